internal import Checks
internal import Report

/// Writes options as a profile.
enum ProfileWriting {
  /// All options of a command as JSON, in the order of the table.
  static func text(of request: Request, for command: Command) -> String {
    let target = request.target.url.map { request.report.showsSecrets ? $0 : Secrets.text($0, .hashed) }
    var top = [member("target", target.map(SettingValue.text), indent: "  ")]
    var nested: [(section: String, members: [String])] = []
    for option in command.settings {
      let value = option.shown(request)
      guard let section = option.section else {
        top.append(member(option.key.name, value, indent: "  "))
        continue
      }
      let own = member(option.key.name, value, indent: "    ")
      // Several groups of options may have keys in one section.
      if let index = nested.firstIndex(where: { $0.section == section }) {
        nested[index].members.append(own)
      } else {
        nested.append((section, [own]))
      }
    }
    for (section, members) in nested {
      top.append("  \(quoted(section)): {\n\(members.joined(separator: ",\n"))\n  }")
    }
    return "{\n\(top.joined(separator: ",\n"))\n}\n"
  }

  private static func member(_ key: String, _ value: SettingValue?, indent: String) -> String {
    "\(indent)\(quoted(key)): \(value.map(text) ?? "null")"
  }

  private static func text(_ value: SettingValue) -> String {
    switch value {
    case .truth(let isOn): "\(isOn)"
    case .number(let number): Decimal.text(number)
    case .text(let text): quoted(text)
    case .list(let values): "[" + values.map(text).joined(separator: ", ") + "]"
    }
  }

  /// A quoted text on one line, harmless to a terminal or a build log.
  static func quoted(_ text: String) -> String {
    var quoted = "\""
    var before = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      // GitHub's runner obeys ##[ anywhere in a line.
      case "[" where before.hasSuffix("##"): quoted += escaped(scalar)
      // Invisible characters, line ends, and those that join the character before.
      case _ where Escaping.visible(String(scalar)) != String(scalar) || scalar.properties.isGraphemeExtend:
        quoted += escaped(scalar)
      default: quoted.unicodeScalars.append(scalar)
      }
      before = String(before.suffix(1)) + String(scalar)
    }
    return quoted + "\""
  }

  private static func escaped(_ scalar: Unicode.Scalar) -> String {
    UTF16.encode(scalar)!.map { unit in
      let digits = String(unit, radix: 16)
      return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }.joined()
  }
}
