/// One `server` block of nginx: where it listens, and for which names.
struct NginxServer {
  let directive: NginxDirective
  let names: [String]
  let listens: [NginxListen]

  init(_ directive: NginxDirective) {
    self.directive = directive
    names = directive.all("server_name").flatMap(\.arguments).map { $0.lowercased() }
    let lines = directive.all("listen")
    let isOldTLS = directive.all("ssl").contains { $0.arguments == ["on"] }
    listens =
      lines.isEmpty
      ? [NginxListen(address: nil, port: 80, isTLS: isOldTLS)] : lines.map { NginxListen($0, isTLS: isOldTLS) }
  }

  /// Names that a visitor can type: no pattern, not the catch-all `_`, not empty.
  var plainNames: [String] {
    names.filter {
      !$0.isEmpty && $0 != "_" && !$0.contains("*") && !$0.hasPrefix("~") && !$0.hasPrefix(".") && !$0.contains("$")
    }
  }

  /// How well a name fits; `nil` where it does not.
  enum Fit: Comparable {
    /// A regular expression that is not carried out might fit.
    case perhaps
    case trailingWildcard(Int)
    case leadingWildcard(Int)
    case exact
  }

  /// How well one of its names fits a host, as nginx prefers them: exact, `*.name`, `name.*`, expressions.
  func fit(_ host: String) -> Fit? {
    names.compactMap { name -> Fit? in
      if name == host { return .exact }
      if name.hasPrefix("~") { return RegexBound.mayMatch(String(name.dropFirst()), host) ? .perhaps : nil }
      if name.hasPrefix("."), host.hasSuffix(name) || host == name.dropFirst() {
        return host == name.dropFirst() ? .exact : .leadingWildcard(name.count)
      }
      if name.hasPrefix("*"), host.hasSuffix(name.dropFirst()) { return .leadingWildcard(name.count - 1) }
      if name.hasSuffix(".*"), host.hasPrefix(name.dropLast()) { return .trailingWildcard(name.count) }
      return nil
    }.max()
  }
}

/// Where a server listens.
struct NginxListen: Equatable {
  /// `nil` for every address of this family, such as `*:80`.
  var address: String?
  /// `nil` for a unix socket, and for what is not understood.
  var port: UInt16?
  var isTLS: Bool
  var isIPv6 = false
  var isDefault = false

  init(address: String?, port: UInt16?, isTLS: Bool) {
    self.address = address
    self.port = port
    self.isTLS = isTLS
  }

  init(_ line: NginxDirective, isTLS: Bool) {
    let words = line.arguments
    let text = words.first ?? ""
    self.init(address: nil, port: nil, isTLS: isTLS || words.contains("ssl"))
    isDefault = words.contains("default_server") || words.contains("default")
    if let port = UInt16(text) {
      self.port = port
    } else if !text.hasPrefix("unix:") {
      let isBracketed = text.hasPrefix("[")
      let end = isBracketed ? text.firstIndex(of: "]").map(text.index(after:)) : text.lastIndex(of: ":")
      let rest = text[(end ?? text.endIndex)...]
      port = rest.isEmpty ? 80 : UInt16(rest.dropFirst())
      let host = String(text[..<(end ?? text.endIndex)])
      isIPv6 = isBracketed
      address = ["*", "0.0.0.0", "[::]"].contains(host) ? nil : host
    }
  }

  /// The servers that share an address compete by their names.
  var key: String { "\(isIPv6 ? "6" : "4") \(address ?? "*")" }
}
