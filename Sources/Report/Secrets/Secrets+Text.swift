/// Credentials within running text: messages, a manager's own words, URLs, lines for a shell.
extension Secrets {
  /// The text without the credentials in it.
  public static func text(_ text: String, _ mark: Mark = .hidden) -> String {
    var text = text
    let bytes = text.utf8
    let (hasColon, hasEquals) = (bytes.contains(UInt8(ascii: ":")), bytes.contains(UInt8(ascii: "=")))
    if bytes.contains(UInt8(ascii: "@")) { hideUserinfo(&text, mark) }
    if hasColon { hideFields(&text, mark) }
    if hasEquals { hideAssignments(&text, mark) }
    if bytes.contains(UInt8(ascii: "-")) { hideOptions(&text, mark) }
    hideKnownForms(&text, mark)
    return text
  }

  /// A text that may be missing.
  public static func text(_ text: String?, _ mark: Mark = .hidden) -> String? { text.map { Self.text($0, mark) } }

  /// `https://user:password@host`, `user:password@host`.
  private static func hideUserinfo(_ text: inout String, _ mark: Mark) {
    text = text.replacing(#/(:\/\/)([^\/?#\s'"]+)@/#.matchingSemantics(.unicodeScalar)) { match in
      "\(match.1)\(mask(match.2, mark))@"
    }
    text = text.replacing(
      #/(^|[\s'"=])([^\s'"\/@:=]+:[^\s'"\/]+)@([A-Za-z0-9\[])/#.matchingSemantics(.unicodeScalar)
    ) { match in "\(match.1)\(mask(match.2, mark))@\(match.3)" }
  }

  /// `Authorization: Bearer abc`, `"password": "abc"`; a host with its port is none.
  private static func hideFields(_ text: inout String, _ mark: Mark) {
    text = text.replacing(
      #/(["'])([A-Za-z][A-Za-z0-9_.\-]*)(["']\s*:\s*["'])([^"']+)/#.matchingSemantics(.unicodeScalar)
    ) { match in
      let value = isCredential(name: match.2) ? mask(match.4, mark) : String(match.4)
      return "\(match.1)\(match.2)\(match.3)\(value)"
    }
    text = text.replacing(
      #/(^|[\s'"`])([A-Za-z][A-Za-z0-9_\-]*)(:[ \t]*)([^'"\n]+)/#.matchingSemantics(.unicodeScalar)
    ) { match in
      let isPort = match.3 == ":" && match.4.prefixMatch(of: #/[0-9]{1,5}($|[^A-Za-z0-9_=])/#) != nil
      let isHidden = isCredential(name: match.2) && !isPort && !match.4.hasPrefix("//")
      // What is no credential's may be the beginning of one: "error: Cookie: a=b".
      let value = isHidden ? mask(match.4, mark) : fields(within: String(match.4), mark)
      return "\(match.1)\(match.2)\(match.3)\(value)"
    }
  }

  private static func fields(within rest: String, _ mark: Mark) -> String {
    guard rest.utf8.contains(UInt8(ascii: ":")) else { return rest }
    var rest = rest
    hideFields(&rest, mark)
    return rest
  }

  /// `?token=abc&…`, `API_KEY='a b'`.
  private static func hideAssignments(_ text: inout String, _ mark: Mark) {
    text = text.replacing(
      #/(^|[\s?&;#'"`(,{])([A-Za-z_\-][A-Za-z0-9_.\-\[\]]*)=("[^"]*"|'[^']*'|[^\s&'"]*)/#
        .matchingSemantics(.unicodeScalar)
    ) { match in
      let quote = match.3.first.flatMap { $0 == "'" || $0 == "\"" ? String($0) : nil } ?? ""
      let value = quote.isEmpty ? match.3 : match.3.dropFirst().dropLast()
      let isHidden = isCredential(value, of: match.2)
      return "\(match.1)\(match.2)=\(quote)\(isHidden ? mask(value, mark) : String(value))\(quote)"
    }
  }

  /// `--api-key abc`, `-u user:password`.
  private static func hideOptions(_ text: inout String, _ mark: Mark) {
    text = text.replacing(
      #/(^|\s)(--?[A-Za-z][A-Za-z0-9\-]*)([ \t]+)('[^']*'|"[^"]*"|[^\s\-'"][^\s]*)/#.matchingSemantics(.unicodeScalar)
    ) { match in
      let isUser = ["-u", "--user", "--proxy-user"].contains(String(match.2))
      let isPair = match.4.contains(":") && !match.4.allSatisfy { $0.isNumber || $0 == ":" }
      let isHidden = isUser ? isPair : isCredential(name: match.2.drop { $0 == "-" })
      return "\(match.1)\(match.2)\(match.3)\(isHidden ? mask(match.4, mark) : String(match.4))"
    }
  }

  /// What is a credential by its form alone: tokens in JSON (RFC 7519), the schemes of RFC 7617 and RFC 6750, keys of services
  /// that mark theirs.
  private static func hideKnownForms(_ text: inout String, _ mark: Mark) {
    // Each is read only where a text may have it: reading them all costs more than looking for their beginnings.
    let forms: [(beginning: String, form: () -> Regex<Substring>)] = [
      ("eyJ", { #/eyJ[A-Za-z0-9_\-]{8,}(?:\.[A-Za-z0-9_\-]*)*/# }), ("AKIA", { #/AKIA[A-Z0-9]{16}/# }),
      ("ASIA", { #/ASIA[A-Z0-9]{16}/# }), ("gh", { #/gh[pousr]_[A-Za-z0-9]{20,}/# }),
      ("github_pat_", { #/github_pat_[A-Za-z0-9_]{20,}/# }), ("glpat-", { #/glpat-[A-Za-z0-9_\-]{16,}/# }),
      ("xox", { #/xox[abposr]-[A-Za-z0-9\-]{10,}/# }), ("AIza", { #/AIza[A-Za-z0-9_\-]{30,}/# }),
      ("sk_", { #/sk_(?:live|test)_[A-Za-z0-9]{10,}/# }),
    ]
    for (beginning, form) in forms where text.contains(beginning) {
      text = text.replacing(form().matchingSemantics(.unicodeScalar)) { mask($0.0, mark) }
    }
    guard text.contains("earer ") || text.contains("asic ") else { return }
    text = text.replacing(
      #/([Bb]earer|[Bb]asic)([ ]+)([A-Za-z0-9._~+\/=\-]{8,}|…(?:\([0-9a-f]+\))?)/#.matchingSemantics(.unicodeScalar)
    ) { match in "\(match.1)\(match.2)\(mask(match.3, mark))" }
  }
}
