internal import Checks
internal import Report

/// Writes options as the profile that would give them.
enum ProfileWriting {
  /// All that a command takes, in JSON, each option where ``ProfileSchema`` has it.
  static func text(of options: Options, for command: Command) -> String {
    let target = options.target.map { options.showsSecrets ? $0 : Secrets.text($0, .hashed) }
    var top = [member("target", target.map(ShownValue.text) ?? .null, indent: "  ")]
    var nested: [String: [String]] = [:]
    for option in command.settings {
      let (key, isNegated) = option.settingKey
      var value = option.show(options)
      if !options.showsSecrets { value = value.withoutSecrets(of: option) }
      if isNegated, case .truth(let isOn) = value { value = .truth(!isOn) }
      if let (section, name) = place(ProfileSchema.option(key), command) {
        nested[section, default: []].append(member(name, value, indent: "    "))
      } else {
        top.append(member(key, value, indent: "  "))
      }
    }
    for section in ProfileSchema.sections {
      guard let members = nested[section.name] else { continue }
      top.append("  \(quoted(section.name)): {\n\(members.joined(separator: ",\n"))\n  }")
    }
    return "{\n\(top.joined(separator: ",\n"))\n}\n"
  }

  private static func place(_ option: String, _ command: Command) -> (section: String, key: String)? {
    for section in ProfileSchema.sections where section.command == nil || section.command == command.name {
      if let key = section.keys.first(where: { $0.option == option }) { return (section.name, key.name) }
    }
    return nil
  }

  private static func member(_ key: String, _ value: ShownValue, indent: String) -> String {
    "\(indent)\(quoted(key)): \(text(value))"
  }

  private static func text(_ value: ShownValue) -> String {
    switch value {
    case .null: "null"
    case .truth(let isOn): "\(isOn)"
    case .number(let digits): digits
    case .text(let text): quoted(text)
    case .list(let values): "[" + values.map(text).joined(separator: ", ") + "]"
    }
  }

  /// A text in quotes, in one line in which nothing acts on a terminal or a build's log.
  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    var before = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      // GitHub's runner obeys ##[ anywhere in a line.
      case "[" where before.hasSuffix("##"): quoted += escaped(scalar)
      // What cannot be seen, would end a line, or join the character before it.
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
