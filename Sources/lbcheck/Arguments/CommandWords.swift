/// A command line split into words as a shell would, without a shell's operators: quotes of one kind hold spaces and those of the
/// other kind, adjoining parts are one word, and a backslash is itself.
///
/// A command is started without a shell, so an operator would reach the program as an argument: `pm2 reload a && pm2 reload b`
/// would reload only `a` and exit with status 0. An unquoted one is therefore an error that gives the line to write instead.
struct CommandWords {
  let words: [String]

  /// - Throws: ``ValueError`` for an unquoted shell operator, a quote that is not closed, or no program.
  init(_ text: String) throws(ValueError) {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var rest = text[...]
    while let character = rest.first {
      if quote == nil, let shellOperator = Self.shellOperator(in: rest) {
        throw Self.refusal(of: shellOperator, in: text)
      }
      rest = rest.dropFirst()
      if let open = quote {
        if character == open { quote = nil } else { word = (word ?? "") + String(character) }
      } else if character == "'" || character == "\"" {
        quote = character
        word = word ?? ""
      } else if character == " " {
        if let word { words.append(word) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    if let word { words.append(word) }
    guard quote == nil, let program = words.first, !program.isEmpty else {
      throw ValueError(takes: "a program with its arguments, such as 'systemctl reload app'")
    }
    self.words = words
  }

  /// Joins a program and its arguments into one line that splits into the same words.
  static func line(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

  private static func quoted(_ word: String) -> String {
    if !needsQuotes(word) { return word }
    guard word.contains("'") else { return "'\(word)'" }
    // Quotes of one kind go within those of the other; adjoining parts are one word.
    return word.split(separator: "'", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "'\($0)'" }
      .joined(separator: "\"'\"")
  }

  /// Whether a word would be an operator if a shell read it unquoted.
  static func isOperator(_ word: String) -> Bool { operators.contains(word) }

  /// Whether a word has to be quoted to be taken literally.
  private static func needsQuotes(_ word: String) -> Bool {
    word.isEmpty || word.contains { " '\"".contains($0) }
      || word.indices.contains { shellOperator(in: word[$0...]) != nil }
  }

  /// The operators and command substitutions of the POSIX shell (IEEE Std 1003.1, XCU 2.10), the longest first.
  private static let operators = ["&&", "||", ";;", "<<", ">>", ">&", "<&", "$(", "&", "|", ";", "<", ">", "`"]

  private static func shellOperator(in text: Substring) -> String? { operators.first(where: text.hasPrefix) }

  private static func refusal(of shellOperator: String, in text: String) -> ValueError {
    let without = "a command without the shell's '\(shellOperator)', since it is started without a shell"
    // Quotes of one kind hold those of the other.
    let quote = !text.contains("'") ? "'" : !text.contains("\"") ? "\"" : nil
    guard let quote else {
      return ValueError(takes: without + "; put the line into a file and give 'sh FILE'")
    }
    return ValueError(takes: without + "; write:", marked: ["  sh -c \(quote)\(text)\(quote)"])
  }
}
