/// The cookies of one visitor.
///
/// ```swift
/// var jar = CookieJar()
/// jar.store("route=a; Path=/", from: target, at: now)
/// jar.field(for: target, at: now)  // "route=a"
/// ```
///
/// A jar holds at most ``mostCookies``, of 4,096 bytes each; the oldest go first.
public struct CookieJar: Sendable, Equatable {
  /// In order of creation; a cookie that is set anew keeps its place (RFC 6265 5.3).
  public private(set) var cookies: [Cookie] = []

  /// As many as RFC 6265 6.1 asks of a client for one domain.
  public static let mostCookies = 50

  public init() {}

  /// Takes over what an answer's Set-Cookie field says.
  ///
  /// - Parameters:
  ///   - target: what was asked.
  ///   - now: seconds since 1970.
  /// - Returns: the cookie that is kept from now on; `nil` where it ended one, or none is kept.
  @discardableResult
  public mutating func store(_ field: String, from target: Target, at now: Int64) -> Cookie? {
    guard let cookie = Cookie(field, from: target, at: now) else { return nil }
    let index = cookies.firstIndex(where: cookie.isSame)
    guard cookie.expiry.map({ $0 > now }) ?? true else {
      if let index { cookies.remove(at: index) }
      return nil
    }
    if let index {
      cookies[index] = cookie
    } else {
      cookies.append(cookie)
      if cookies.count > Self.mostCookies { cookies.removeFirst() }
    }
    return cookie
  }

  /// The values of the Set-Cookie fields of a head as it was received; those that are no UTF-8 are left out.
  public static func fields(in head: UnsafeRawBufferPointer) -> [String] {
    head.split(separator: lineFeed).compactMap { line in
      let name = UnsafeRawBufferPointer(rebasing: line.prefix(10))
      guard equals(name, lowercase: "set-cookie"), line.dropFirst(10).first == UInt8(ascii: ":") else { return nil }
      let value = line.dropFirst(11)
      return String(validating: value.last == carriageReturn ? value.dropLast() : value, as: UTF8.self)
    }
  }

  /// Drops all but some of the cookies.
  public mutating func keep(where isKept: (Cookie) -> Bool) { cookies.removeAll { !isKept($0) } }

  /// The value of a request's Cookie field; `nil` where no cookie goes with it. Longer paths come first.
  public func field(for target: Target, at now: Int64) -> String? {
    let due = cookies.filter { $0.isFor(target, at: now) }
    guard !due.isEmpty else { return nil }
    let ordered = due.enumerated().sorted {
      ($1.element.path.count, $0.offset) < ($0.element.path.count, $1.offset)
    }
    return ordered.map { "\($0.element.name)=\($0.element.value)" }.joined(separator: "; ")
  }
}
