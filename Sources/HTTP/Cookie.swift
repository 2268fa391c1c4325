/// One cookie as a client keeps it (RFC 6265 5.3).
public struct Cookie: Sendable, Equatable {
  public let name: String
  public let value: String
  /// The host that it is sent to, in lower case; with its subdomains unless ``isHostOnly``.
  public let domain: String
  public let isHostOnly: Bool
  public let path: String
  /// Whether it is sent over TLS only.
  public let isSecure: Bool
  /// When it expires, in seconds since 1970; `nil` for the end of the visit.
  public let expiry: Int64?

  /// The longest name and value together, in bytes, that browsers keep.
  static let mostBytes = 4096

  /// Reads a Set-Cookie field's value (RFC 6265 5.2 and 5.3).
  ///
  /// - Parameters:
  ///   - target: what was asked when it came.
  ///   - now: seconds since 1970.
  /// - Returns: `nil` for one that a browser would not keep: without a name, too large, with a control character, of another host, of a whole top-level
  ///   domain, or Secure over `http://`.
  public init?(_ field: String, from target: Target, at now: Int64) {
    let parts = field.split(separator: ";", omittingEmptySubsequences: false)
    guard let pair = parts.first, let equals = pair.firstIndex(of: "=") else { return nil }
    name = Self.trimmed(pair[..<equals])
    value = Self.trimmed(pair[pair.index(after: equals)...])
    guard !name.isEmpty, name.utf8.count + value.utf8.count <= Self.mostBytes,
      !(name + value).utf8.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F })
    else { return nil }
    var attributes: [String: String] = [:]
    for part in parts.dropFirst() {
      let words = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      // Of several, the last one counts.
      attributes[Self.trimmed(words[0]).lowercased()] = words.count > 1 ? Self.trimmed(words[1]) : ""
    }
    isSecure = attributes["secure"] != nil
    if isSecure, target.scheme != .https { return nil }

    var wanted = (attributes["domain"] ?? "").lowercased()
    if wanted.hasPrefix(".") { wanted.removeFirst() }
    if wanted.isEmpty || wanted == target.host {
      (domain, isHostOnly) = (target.host, wanted.isEmpty)
    } else {
      guard wanted.contains("."), Self.isSubdomain(target.host, of: wanted) else { return nil }
      (domain, isHostOnly) = (wanted, false)
    }
    let path = attributes["path"] ?? ""
    self.path = path.hasPrefix("/") ? path : Self.defaultPath(of: target.path)
    if let age = attributes["max-age"].flatMap(Self.seconds) {
      let (end, overflow) = now.addingReportingOverflow(age)
      expiry = age <= 0 ? .min : overflow ? .max : end
    } else {
      expiry = attributes["expires"].flatMap(CookieDate.secondsSince1970)
    }
  }

  /// Whether it goes into a request (RFC 6265 5.4).
  public func isFor(_ target: Target, at now: Int64) -> Bool {
    guard expiry.map({ $0 > now }) ?? true, !isSecure || target.scheme == .https else { return false }
    guard target.host == domain || !isHostOnly && Self.isSubdomain(target.host, of: domain) else { return false }
    let asked = target.path.prefix { $0 != "?" }
    return asked == path || asked.hasPrefix(path) && (path.hasSuffix("/") || asked.dropFirst(path.count).first == "/")
  }

  /// Whether both are the same cookie, of which the later one replaces the earlier.
  func isSame(as other: Cookie) -> Bool { name == other.name && domain == other.domain && path == other.path }

  private static func trimmed(_ text: Substring) -> String {
    let blanks: Set<Character> = [" ", "\t"]
    let rest = text.drop { blanks.contains($0) }
    return String(rest.prefix(rest.count - rest.reversed().prefix { blanks.contains($0) }.count))
  }

  /// A number that may be negative; beyond the range of seconds the nearest.
  private static func seconds(_ text: String) -> Int64? {
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      return nil
    }
    return Int64(text) ?? (text.hasPrefix("-") ? .min : .max)
  }

  /// Whether a host lies below a domain (RFC 6265 5.1.3); addresses lie below none.
  private static func isSubdomain(_ host: String, of domain: String) -> Bool {
    let isAddress = host.contains(":") || host.allSatisfy { $0.isNumber || $0 == "." }
    return !isAddress && host.hasSuffix("." + domain)
  }

  /// The folder of what was asked (RFC 6265 5.1.4).
  private static func defaultPath(of path: String) -> String {
    let asked = path.prefix { $0 != "?" }
    guard let last = asked.lastIndex(of: "/"), last > asked.startIndex else { return "/" }
    return String(asked[..<last])
  }
}

/// A date in the forms that servers give to cookies (RFC 6265 5.1.1).
enum CookieDate {
  private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

  /// - Returns: `nil` where a part is missing or out of range.
  static func secondsSince1970(_ text: String) -> Int64? {
    var (clock, day, month, year) = (nil as [Int]?, nil as Int?, nil as Int?, nil as Int?)
    for token in text.split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == ":") }) {
      if clock == nil, let time = time(token) {
        clock = time
      } else if day == nil, let number = number(token, digits: 1...2) {
        day = number
      } else if month == nil, let index = months.firstIndex(of: String(token.prefix(3).lowercased())) {
        month = index + 1
      } else if year == nil, let number = number(token, digits: 2...4) {
        year = number < 70 ? number + 2000 : number < 100 ? number + 1900 : number
      }
    }
    guard let clock, let day, let month, let year, (1...31).contains(day), year >= 1601, clock[0] < 24, clock[1] < 60,
      clock[2] < 60
    else { return nil }
    // Years that begin in March put the leap day last.
    let shifted = month > 2 ? year : year - 1
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    let days = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    return Int64(days) * 86_400 + Int64(clock[0] * 3600 + clock[1] * 60 + clock[2])
  }

  private static func time(_ token: Substring) -> [Int]? {
    let parts = token.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3 else { return nil }
    let numbers = parts.compactMap { number($0, digits: 1...2) }
    return numbers.count == 3 ? numbers : nil
  }

  /// The number at the token's beginning, if it has so many digits.
  private static func number(_ token: Substring, digits: ClosedRange<Int>) -> Int? {
    let leading = token.prefix { $0.isASCII && $0.isNumber }
    return digits.contains(leading.count) ? Int(leading) : nil
  }
}
