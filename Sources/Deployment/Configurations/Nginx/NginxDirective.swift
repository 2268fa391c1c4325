/// One directive of an nginx configuration, with what its block holds.
package struct NginxDirective: Sendable, Equatable {
  package let name: String
  /// Without quotes and escapes; variables are as they are written.
  package let arguments: [String]
  package let place: ConfigurationPlace
  /// `nil` for one that ends in `;`, and for a block in another language.
  package let block: [NginxDirective]?

  /// The directives of a name in its block.
  func all(_ name: String) -> [NginxDirective] { (block ?? []).filter { $0.name == name } }

  /// As it would be written in a configuration.
  var text: String { ([name] + arguments.map(Self.quoted)).joined(separator: " ") + ";" }

  private static func quoted(_ word: String) -> String {
    let special = " \t\r\n;{}\"'#\\"
    guard word.isEmpty || word.contains(where: { special.contains($0) }) else { return word }
    let escaped = word.flatMap { character -> [Character] in
      switch character {
      case "\"", "\\": ["\\", character]
      case "\n": ["\\", "n"]
      case "\t": ["\\", "t"]
      case "\r": ["\\", "r"]
      default: [character]
      }
    }
    return "\"\(String(escaped))\""
  }
}
