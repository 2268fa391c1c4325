/// Where nginx sends a request for a path of a server, followed through its locations.
struct NginxRoute {
  enum Destination: Equatable {
    /// What a `proxy_pass` or the like names, without its scheme and path.
    case passed(String, by: NginxDirective)
    /// nginx answers by itself, as the text says.
    case itself(String)
    case notUnderstood
  }

  private(set) var destination = Destination.notUnderstood
  /// The blocks that hold the request, the outermost first: `http`, `server`, each `location`.
  private(set) var levels: [NginxDirective]
  private(set) var notUnderstood: [NotUnderstood] = []
  /// What else decides, as "a file that exists is answered by nginx itself".
  private(set) var conditions: [String] = []

  private let host: String
  private var hops = 0

  private static let passes = ["proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass"]

  init(http: NginxDirective, server: NginxDirective, host: String, path: String) {
    levels = [http, server]
    self.host = host
    if let answer = answered(before: server, path) { destination = answer } else { follow(path) }
  }

  /// The innermost block.
  var place: ConfigurationPlace { levels[levels.count - 1].place }

  /// The lines of a name in the innermost block that has any, as nginx inherits them.
  func inherited(_ name: String) -> [NginxDirective] {
    levels.reversed().map { $0.all(name) }.first { !$0.isEmpty } ?? []
  }

  /// Names what is not understood.
  private mutating func give(_ place: ConfigurationPlace, _ reason: String) -> Destination {
    notUnderstood.append(NotUnderstood(place, reason))
    return .notUnderstood
  }

  /// The location that takes a path, and what it does.
  ///
  /// - Parameter origin: the location whose `try_files` names the path.
  private mutating func follow(_ path: String, from origin: NginxDirective? = nil) {
    hops += 1
    levels = Array(levels.prefix(2))
    guard hops <= 10 else {
      destination = give(levels[1].place, "the locations lead to each other")
      return
    }
    while true {
      switch choose(in: levels[levels.count - 1], path) {
      case .location(let location): levels.append(location)
      case .none where levels[levels.count - 1] == origin:
        // What try_files names last is a file there.
        destination = .itself("nginx answers from files")
        return
      case .none: return enter(path)
      case .notUnderstood(let place, let reason):
        destination = give(place, reason)
        return
      }
    }
  }

  private enum Choice {
    case location(NginxDirective)
    case none
    case notUnderstood(ConfigurationPlace, String)
  }

  /// The best of a block's locations: `=`, then the longest prefix, which expressions take over unless it has `^~`.
  private func choose(in block: NginxDirective, _ path: String) -> Choice {
    if let missing = block.all(NginxParser.missing).first {
      return .notUnderstood(missing.place, "a file that is missing may say where the requests go")
    }
    var best: (location: NginxDirective, length: Int, isFinal: Bool)?
    for location in block.all("location") {
      let (mark, text) = Self.pattern(location)
      switch mark {
      case "=" where text == path: return .location(location)
      case "", "^~":
        guard path.hasPrefix(text), text.count >= best?.length ?? 0 else { continue }
        best = (location, text.count, mark == "^~")
      default: continue
      }
    }
    if best?.isFinal != true {
      for location in block.all("location") {
        let (mark, text) = Self.pattern(location)
        guard mark.hasPrefix("~"), RegexBound.mayMatch(text, path) else { continue }
        return .notUnderstood(location.place, "location \(mark) \(text) may take \(path)")
      }
    }
    return best.map { .location($0.location) } ?? .none
  }

  /// `location ~ \.php$` in two; `location =/x` and `location ~\.php$` are written without a space too.
  private static func pattern(_ location: NginxDirective) -> (mark: String, text: String) {
    let words = location.arguments
    if words.count == 2 { return (words[0], words[1]) }
    let word = words.first ?? ""
    let mark = ["^~", "~*", "~", "=", "@"].first(where: word.hasPrefix) ?? ""
    return (mark, mark == "@" ? word : String(word.dropFirst(mark.count)))
  }

  /// What the innermost block does with a request.
  private mutating func enter(_ path: String) {
    let location = levels[levels.count - 1]
    if levels.count > 2, let answer = answered(before: location, path) {
      destination = answer
      return
    }
    if let pass = (location.block ?? []).first(where: { Self.passes.contains($0.name) }) {
      destination = passed(pass)
    } else if let lua = (location.block ?? []).first(where: { $0.name.contains("_by_lua") || $0.name == "js_content" })
    {
      destination = give(lua.place, "what '\(lua.name)' answers")
    } else if let fallback = location.all("try_files").first?.arguments.last {
      follow(fallback, of: location)
    } else {
      destination = .itself("nginx answers from files")
    }
  }

  /// The last argument of `try_files`, which is used where none of the files before it exists.
  private mutating func follow(_ fallback: String, of location: NginxDirective) {
    if fallback.hasPrefix("@") {
      guard let named = levels[1].all("location").first(where: { $0.arguments == [fallback] }) else {
        destination = give(location.place, "try_files names \(fallback), which is no location")
        return
      }
      conditions.append("a file that exists is answered by nginx itself (try_files)")
      levels = [levels[0], levels[1], named]
      enter("")
    } else if fallback.hasPrefix("="), Int(fallback.dropFirst()) != nil {
      destination = .itself("nginx answers from files")
    } else {
      let path = String(fallback.prefix { $0 != "?" })
      guard path.hasPrefix("/"), !path.contains("$") else {
        destination = give(location.place, "try_files ends in \(fallback)")
        return
      }
      conditions.append("a file that exists is answered by nginx itself (try_files)")
      follow(path, from: location)
    }
  }

  /// What `return`, `rewrite` and `if` of a block decide before anything else does.
  private mutating func answered(before block: NginxDirective, _ path: String) -> Destination? {
    for line in block.block ?? [] {
      switch line.name {
      case "return": return .itself("nginx answers \(line.arguments.joined(separator: " "))")
      case "rewrite":
        guard let expression = line.arguments.first, RegexBound.mayMatch(expression, path) else { continue }
        return give(line.place, "rewrite \(expression) may change \(path)")
      case "if":
        switch holds(line) {
        case true?: return answered(before: line, path) ?? give(line.place, "what '\(Self.text(line))' does")
        case false?: continue
        case nil:
          notUnderstood.append(NotUnderstood(line.place, "'\(Self.text(line))': such requests may go elsewhere"))
        }
      case _ where line.name.contains("rewrite_by_lua") || line.name.contains("access_by_lua"):
        notUnderstood.append(NotUnderstood(line.place, "'\(line.name)' may send requests elsewhere"))
      default: continue
      }
    }
    return nil
  }

  private static func text(_ condition: NginxDirective) -> String {
    "\(condition.name) \(condition.arguments.joined(separator: " "))"
  }

  /// Whether `if ($host = name)` holds; `nil` for any other condition.
  private func holds(_ condition: NginxDirective) -> Bool? {
    let words = condition.arguments.joined(separator: " ").dropFirst().dropLast().split(separator: " ")
    guard words.count == 3, words[0] == "$host", ["=", "!="].contains(words[1]), !words[2].contains("$") else {
      return nil
    }
    return (words[2].lowercased() == host) == (words[1] == "=")
  }

  /// Whom a `proxy_pass` or the like names.
  private mutating func passed(_ pass: NginxDirective) -> Destination {
    let text = pass.arguments.first ?? ""
    var rest = text[...]
    for scheme in ["https://", "http://", "grpcs://", "grpc://"] where text.lowercased().hasPrefix(scheme) {
      rest = text.dropFirst(scheme.count)
    }
    if rest.hasPrefix("unix:") {
      // After the socket's path a colon begins that of the request.
      let socket = rest.dropFirst(5).prefix { $0 != ":" }
      return socket.contains("$")
        ? give(pass.place, "\(pass.name) \(text) names a variable") : .passed("unix:\(socket)", by: pass)
    }
    let authority = String(rest.prefix { $0 != "/" && $0 != "?" })
    guard let dollar = authority.firstIndex(of: "$") else { return .passed(authority, by: pass) }
    // Variables that begin with a slash: the authority ends before them.
    let variable = authority[dollar...]
    let isPath = ["$request_uri", "$uri", "$document_uri"].contains { variable == $0 || variable.hasPrefix($0 + "$") }
    guard isPath, dollar > authority.startIndex else {
      return give(
        pass.place,
        "\(pass.name) \(text): whom a variable stands for is known only for each request\(origin(of: String(variable)))"
      )
    }
    return .passed(String(authority[..<dollar]), by: pass)
  }

  /// Where a variable gets its value, in words; empty where no line is found.
  private func origin(of variable: String) -> String {
    let name = "$" + variable.drop { "${".contains($0) }.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
    let makers = ["map", "split_clients", "geo", "set"]
    let line = levels.flatMap { $0.block ?? [] }.first { line in
      makers.contains(line.name) && (line.block == nil ? line.arguments.first : line.arguments.last) == name
    }
    return line.map { " (\($0.name) at \($0.place))" } ?? ""
  }
}
