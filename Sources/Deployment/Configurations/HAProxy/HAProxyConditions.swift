/// The conditions of HAProxy's rules, as far as the request that is asked about decides them.
struct HAProxyConditions {
  /// The request that is asked about.
  struct Request {
    /// The value of its `Host` field, in lower case.
    let host: String
    let path: String
    let isTLS: Bool
  }

  private let request: Request
  /// The lines of each ACL; one that holds a variable of the environment is empty.
  private var lists: [String: [[String]]] = [:]

  init(_ section: HAProxySection, _ request: Request) {
    self.request = request
    for line in section.lines where line.keyword == "acl" && line.words.count > 2 {
      lists[line.words[1], default: []].append(line.hasVariable ? [] : Array(line.words.dropFirst(2)))
    }
  }

  /// Whether `if …` or `unless …` holds; `nil` where the request alone does not tell. Without a condition it does.
  func holds(_ words: ArraySlice<String>) -> Bool? {
    guard let keyword = words.first else { return true }
    guard ["if", "unless"].contains(keyword) else { return nil }
    var terms: [Bool?] = []
    var alternatives: [Bool?] = []
    var rest = words.dropFirst()
    while let word = rest.popFirst() {
      switch word {
      case "||", "or":
        alternatives.append(Self.all(terms))
        terms = []
      case "and": continue
      case "{", "!{":
        let end = rest.firstIndex(of: "}") ?? rest.endIndex
        let value = value(Array(rest[..<end]))
        terms.append(word == "{" ? value : value.map { !$0 })
        rest = rest[end...].dropFirst()
      default:
        let isNegated = word.hasPrefix("!")
        let value = listed(isNegated ? String(word.dropFirst()) : word)
        terms.append(isNegated ? value.map { !$0 } : value)
      }
    }
    alternatives.append(Self.all(terms))
    let holds: Bool? = alternatives.contains(true) ? true : alternatives.contains(nil) ? nil : false
    return keyword == "if" ? holds : holds.map { !$0 }
  }

  /// Whether all terms hold; one that does not decides even among unknown ones.
  private static func all(_ terms: [Bool?]) -> Bool? {
    terms.contains(false) ? false : terms.contains(nil) ? nil : true
  }

  /// Lines of one name are alternatives.
  private func listed(_ name: String) -> Bool? {
    guard let lines = lists[name] else { return nil }
    let values = lines.map(value)
    return values.contains(true) ? true : values.contains(nil) ? nil : false
  }

  private func value(_ words: [String]) -> Bool? {
    guard let fetch = words.first else { return nil }
    if words == ["ssl_fc"] { return request.isTLS }
    var patterns = words.dropFirst()
    var ignoresCase = false
    if patterns.first == "-i" {
      ignoresCase = true
      patterns = patterns.dropFirst()
    }
    guard !patterns.isEmpty, !patterns.contains(where: { $0.hasPrefix("-") }) else { return nil }
    let fold = { (text: String) in ignoresCase ? text.lowercased() : text }
    switch fetch {
    case "hdr(host)", "req.hdr(host)", "hdr(Host)", "req.hdr(Host)":
      return patterns.contains { fold($0) == request.host }
    case "path": return patterns.contains { fold($0) == fold(request.path) }
    case "path_beg": return patterns.contains { fold(request.path).hasPrefix(fold($0)) }
    case "path_end": return patterns.contains { fold(request.path).hasSuffix(fold($0)) }
    default: return nil
    }
  }
}
