extension Target {
  /// The URL that a reference means beside this one, as text: a `Location` may be relative (RFC 9110 10.2.2), and is resolved by
  /// RFC 3986 5.2.2 then. The fragment is dropped. What has another scheme, or none that is known here, stays as it is.
  ///
  ///     try Target("http://alvin.xyz/a/b?c").resolving("../d")  // "http://alvin.xyz/d"
  public func resolving(_ reference: String) -> String {
    let text = reference.prefix { $0 != "#" }
    guard !Target.hasScheme(text) else { return String(text) }
    if text.hasPrefix("//") { return "\(scheme.rawValue):\(text)" }
    let ownPath = path.prefix { $0 != "?" }
    let query = text.firstIndex(of: "?").map { text[$0...] }
    let relative = text.prefix { $0 != "?" }
    let site = "\(scheme.rawValue)://\(authority)"
    if relative.isEmpty { return site + (query.map { ownPath + $0 } ?? path[...]) }
    let merged =
      relative.hasPrefix("/")
      ? relative : (ownPath.lastIndex(of: "/").map { ownPath[...$0] } ?? "/") + relative
    return site + Target.removingDotSegments(merged) + (query ?? "")
  }

  /// Whether text begins with a scheme and its colon (RFC 3986 3.1).
  private static func hasScheme(_ text: Substring) -> Bool {
    guard let colon = text.firstIndex(of: ":"), let first = text.utf8.first, isLetter(first) else { return false }
    return text[..<colon].utf8.allSatisfy {
      isLetter($0) || (0x30...0x39).contains($0) || [0x2B, 0x2D, 0x2E].contains($0)
    }
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }

  /// A path that begins with a slash without its `.` and `..` (RFC 3986 5.2.4).
  private static func removingDotSegments(_ path: Substring) -> String {
    let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    var kept: [Substring] = []
    for (index, segment) in segments.enumerated() {
      let isLast = index == segments.count - 1
      switch segment {
      case ".": if isLast { kept.append("") }
      case "..":
        _ = kept.popLast()
        if isLast { kept.append("") }
      default: kept.append(segment)
      }
    }
    return "/" + kept.joined(separator: "/")
  }
}
