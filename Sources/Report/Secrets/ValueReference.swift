/// Where the value of an option stands that is not written out, so that it is in no list of arguments.
///
///     ValueReference("@env:TOKEN")   // .variable("TOKEN")
///     ValueReference("@/run/token")  // .file("/run/token")
///     ValueReference("@@home")       // nil: the text "@home"
public enum ValueReference: Equatable, Sendable {
  /// An environment variable.
  case variable(String)
  /// A file; one whose name begins with `env:` is `./env:…`.
  case file(String)

  private static let variables = "@env:"

  /// - Parameter text: an option's value; `nil` for one that is the value itself.
  public init?(_ text: some StringProtocol) {
    guard text.hasPrefix("@"), !text.hasPrefix("@@") else { return nil }
    self = text.hasPrefix(Self.variables) ? .variable(String(text.dropFirst(5))) : .file(String(text.dropFirst()))
  }

  /// The value that a text is which is no reference: of two signs at its beginning one is left out.
  public static func literal(_ text: String) -> String { text.hasPrefix("@@") ? String(text.dropFirst()) : text }

  /// Whether a text is a reference to a variable, which no credential looks like.
  static func isVariable(_ text: some StringProtocol) -> Bool {
    text.hasPrefix(variables) && text.utf8.count > variables.utf8.count
      && text.dropFirst(variables.count).utf8.allSatisfy { $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 26 || $0 == 0x5F }
  }
}
