/// Reads the directives of an nginx configuration, those of included files in their place.
struct NginxParser {
  private let files: NginxFiles
  private(set) var notUnderstood: [NotUnderstood] = []
  private var openFiles = 0
  private var filesRead = 0
  private var depth = 0

  private static let mostFiles = 2_000
  private static let mostOpenFiles = 20
  private static let mostDepth = 60

  init(_ files: NginxFiles) { self.files = files }

  /// The directives at the top.
  ///
  /// - Throws: ``ConfigurationError`` for a file that cannot be read or a line that is none of nginx's grammar.
  mutating func directives() throws(ConfigurationError) -> [NginxDirective] {
    try directives(in: try files.bytes(files.main), of: files.main)
  }

  private mutating func directives(in bytes: [UInt8], of file: String) throws(ConfigurationError) -> [NginxDirective] {
    filesRead += 1
    openFiles += 1
    defer { openFiles -= 1 }
    var lexer = NginxLexer(bytes, file: file)
    return try block(&lexer, opened: nil)
  }

  /// - Parameter opened: where the block was opened; `nil` for a whole file.
  private mutating func block(
    _ lexer: inout NginxLexer, opened: ConfigurationPlace?
  ) throws(ConfigurationError) -> [NginxDirective] {
    var directives: [NginxDirective] = []
    var words: [String] = []
    var place = lexer.place
    while let token = try lexer.next() {
      switch token {
      case .word(let word):
        if words.isEmpty { place = lexer.place }
        words.append(word)
      case .semicolon:
        guard let name = words.first else { throw ConfigurationError(lexer.place, "expected a directive before ';'") }
        if name == "include", words.count == 2 {
          directives += try included(words[1], place)
        } else {
          directives.append(NginxDirective(name: name, arguments: Array(words.dropFirst()), place: place, block: nil))
        }
        words = []
      case .opening:
        guard let name = words.first else { throw ConfigurationError(lexer.place, "expected a directive before '{'") }
        let inner = try inner(name, &lexer, place)
        directives.append(NginxDirective(name: name, arguments: Array(words.dropFirst()), place: place, block: inner))
        words = []
      case .closing:
        guard words.isEmpty else { throw ConfigurationError(lexer.place, "expected ';' after '\(words[0])', not '}'") }
        guard opened != nil else { throw ConfigurationError(lexer.place, "'}' closes nothing") }
        return directives
      }
    }
    if let first = words.first { throw ConfigurationError(place, "expected ';' or '{' after '\(first)'") }
    if let opened { throw ConfigurationError(opened, "a block is not closed: expected '}'") }
    return directives
  }

  private mutating func inner(
    _ name: String, _ lexer: inout NginxLexer, _ place: ConfigurationPlace
  ) throws(ConfigurationError) -> [NginxDirective]? {
    if name.hasSuffix("_by_lua_block") {
      notUnderstood.append(NotUnderstood(place, "\(name): Lua is not read"))
      try lexer.skipLua()
      return nil
    }
    guard depth < Self.mostDepth else { throw ConfigurationError(place, "blocks are nested too deep") }
    depth += 1
    defer { depth -= 1 }
    return try block(&lexer, opened: place)
  }

  /// What the files of an `include` hold; one that cannot be read is named, and what it would hold is not known.
  private mutating func included(
    _ pattern: String, _ place: ConfigurationPlace
  ) throws(ConfigurationError) -> [NginxDirective] {
    guard openFiles < Self.mostOpenFiles else { throw ConfigurationError(place, "files include each other too deep") }
    var directives: [NginxDirective] = []
    for path in files.included(pattern) {
      guard filesRead < Self.mostFiles else { throw ConfigurationError(place, "too many files are included") }
      let bytes: [UInt8]
      do throws(ConfigurationError) {
        bytes = try files.bytes(path)
      } catch {
        notUnderstood.append(NotUnderstood(place, "include \(pattern): \(error)"))
        directives.append(NginxDirective(name: Self.missing, arguments: [pattern], place: place, block: nil))
        continue
      }
      directives += try self.directives(in: bytes, of: path)
    }
    return directives
  }

  /// Stands for an `include` whose file is missing; no directive of nginx is called so.
  static let missing = "include"
}
