internal import Checks

/// Writes options as the profile that would give them.
enum ProfileWriting {
  /// All that a command takes, in JSON, each option where ``ProfileSchema`` has it.
  static func text(of options: Options, for command: Command) -> String {
    var top = [member("target", options.target.map(ShownValue.text) ?? .null, indent: "  ")]
    var nested: [String: [String]] = [:]
    for option in command.settings {
      let (key, isNegated) = option.settingKey
      var value = option.show(options)
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

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      // What would end a line, or join the character before it.
      case _
      where scalar.value < 0x20 || scalar.value == 0x7F || scalar.value == 0x85 || scalar.value == 0x2028
        || scalar.value == 0x2029 || (scalar.properties.isGraphemeExtend && scalar.value <= 0xFFFF):
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
