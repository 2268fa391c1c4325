internal import HTTP
internal import Load

/// A request with other values of its properties: a number stands for a value, another number for another one.
struct VariedRequest {
  let template: RequestTemplate

  /// Fields that are left as they are: another host is another site, credentials that are wrong may lock an account, and the
  /// others are about the connection.
  static let untouched: Set = [
    "host", "authorization", "proxy-authorization", "cookie", "expect", "te", "trailer", "upgrade",
  ]

  /// Those of a call besides: by its type it is known as one, and its time is no word.
  private static let ofCalls: Set = ["content-type", GRPCTimeout.name]

  /// What of it can be varied.
  ///
  /// - Parameter address: whether requests may come from several addresses.
  func properties(address: Bool) -> [AffinityKey] {
    var keys: [AffinityKey] = [.path, .query]
    keys += parameters.map { .parameter($0.name) }
    let fields = template.headers.map(\.name).filter { !Self.untouched.contains($0.lowercased()) }
    keys += fields.filter { template.call == nil || !Self.ofCalls.contains($0.lowercased()) }.map { .header($0) }
    keys += cookies.map { .cookie($0.name) }
    if address { keys.append(.clientAddress) }
    var seen: Set<AffinityKey> = []
    return keys.filter { seen.insert($0).inserted }
  }

  /// The request with some of them varied, the client address left out; `nil` where that is no request.
  func request(_ values: [AffinityKey: UInt64]) -> RequestTemplate? {
    let (path, query) = parts
    var text = values[.path].map { Self.vary(path: path, $0) } ?? path
    var parameters = query.map { $0.split(separator: "&", omittingEmptySubsequences: false).map(String.init) } ?? []
    for (index, parameter) in parameters.enumerated() {
      let name = Self.pair(parameter, "=").name
      if let number = values[.parameter(name)] { parameters[index] = "\(name)=\(Self.word(number))" }
    }
    if let number = values[.query] { parameters.append("lbcheck=\(Self.word(number))") }
    if query != nil || !parameters.isEmpty { text += "?" + parameters.joined(separator: "&") }
    let headers = template.headers.map { field in
      if field.name.lowercased() == "cookie" {
        return HeaderField(name: field.name, value: vary(cookies: field, values))
      }
      guard let number = values[.header(field.name)] else { return field }
      return HeaderField(name: field.name, value: Self.vary(value: field.value, number))
    }
    return try? template.with(path: text, headers: headers)
  }

  /// An address to ask from.
  static func source(_ number: UInt64) -> SocketAddress? {
    SourceAddresses.loopback.address(of: Int(truncatingIfNeeded: number >> 8 & 0xFF_FFFF))
  }

  // MARK: Its parts

  private var parts: (path: String, query: String?) {
    guard let mark = template.path.firstIndex(of: "?") else { return (template.path, nil) }
    return (String(template.path[..<mark]), String(template.path[template.path.index(after: mark)...]))
  }

  private var parameters: [(name: String, value: String)] {
    (parts.query ?? "").split(separator: "&").map { Self.pair(String($0), "=") }.filter { !$0.name.isEmpty }
  }

  private var cookies: [(name: String, value: String)] {
    template.headers.filter { $0.name.lowercased() == "cookie" }
      .flatMap { $0.value.split(separator: ";") }
      .map { Self.pair(String($0.drop { $0 == " " }), "=") }.filter { !$0.name.isEmpty }
  }

  private func vary(cookies field: HeaderField, _ values: [AffinityKey: UInt64]) -> String {
    field.value.split(separator: ";", omittingEmptySubsequences: false).map { part in
      let blanks = part.prefix { $0 == " " }
      let name = Self.pair(String(part.dropFirst(blanks.count)), "=").name
      return values[.cookie(name)].map { "\(blanks)\(name)=\(Self.word($0))" } ?? String(part)
    }.joined(separator: ";")
  }

  private static func pair(_ text: String, _ separator: Character) -> (name: String, value: String) {
    let halves = text.split(separator: separator, maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    return (halves[0], halves.count > 1 ? halves[1] : "")
  }

  /// The last segment with a word at the end of its name, so that its folder and ending stay: what serves one path of a site often
  /// serves its neighbours.
  private static func vary(path: String, _ number: UInt64) -> String {
    let slash = path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex
    let segment = path[slash...]
    let dot = segment.lastIndex(of: ".").flatMap { $0 == segment.startIndex ? nil : $0 } ?? segment.endIndex
    let name = segment[..<dot]
    return path[..<slash] + name + (name.isEmpty ? "" : "-") + word(number) + segment[dot...]
  }

  /// An address stays one, so that whoever reads it takes it for one.
  private static func vary(value: String, _ number: UInt64) -> String {
    let isAddress = SocketAddress(value, port: 0).map { !$0.isIPv6 } ?? false && value.contains(".")
    return isAddress ? "10.\(number >> 8 & 0xFF).\(number >> 16 & 0xFF).\(1 + number >> 24 % 254)" : word(number)
  }

  private static func word(_ number: UInt64) -> String { String(number, radix: 36) }
}
