internal import Report

/// One option of the command line, with its help and its key in profiles and reports.
package struct Option: Sendable {
  /// What an option is about.
  enum Scope: Sendable {
    /// What is measured and judged: a setting of the report, the same for all shards.
    case check
    /// How the report is written and shown.
    case output
    /// The profile itself, the program, or the part that a process makes; meaningless within a profile.
    case process
  }

  /// The long name first, such as `["--requests", "-n"]`.
  package let names: [String]
  /// The placeholder of its value in the help; `nil` for a flag.
  package let valueName: String?
  package let help: String
  /// The default in words; `nil` where the default value says it.
  package let defaultText: String?
  package let isRepeatable: Bool
  var scope = Scope.check
  /// The object of a profile that holds its key; `nil` for the top.
  var section: String?
  /// Its key in that section where it is not its name.
  private var sectionKey: String?
  fileprivate let type: AnyType
  /// Applies a value to a request; for a flag the text is empty.
  let apply: @Sendable (inout Request, String) throws(ValueError) -> Void
  /// Its value as in a profile, `nil` for none; for a flag, whether it is given.
  let show: @Sendable (Request) -> SettingValue?
  /// The same as in a report.
  private let measure: @Sendable (Request) -> SettingValue?

  var name: String { names[0] }

  /// The values that it takes, if there are only these.
  package var choices: [String] { type.choices }
  /// Whether its value is a program with its arguments, which a profile may give as a list.
  var takesWords: Bool { type.value == [String].self }
  /// Whether a number may stand for its value without quotes in a profile.
  var takesNumbers: Bool { type.value != String.self }
  /// What it takes, in the words of an error.
  var expectation: String { type.expectation() }

  /// A value for it with credentials masked, valid or not.
  func withoutSecrets(_ text: String, _ mark: Secrets.Mark = .hidden) -> String { type.withoutSecrets(text, mark) }

  /// Its value with credentials masked.
  func withoutSecrets(_ value: SettingValue) -> SettingValue {
    switch value {
    case .truth, .number: value
    case .text(let text): .text(withoutSecrets(text, .hashed))
    case .list(let items) where takesWords: .list(Secrets.words(items.compactMap(\.text)).map(SettingValue.text))
    case .list(let items): .list(items.map(withoutSecrets))
    }
  }

  /// The same option, about something else.
  func about(_ scope: Scope) -> Option {
    var option = self
    option.scope = scope
    return option
  }

  /// Its key in a profile, and whether that negates the flag: `retry` for `--no-retry`.
  var key: (name: String, isNegated: Bool) {
    (sectionKey ?? Self.key(positiveName), valueName == nil && name.hasPrefix("--no-"))
  }

  /// Its name without dashes, and without `no-`.
  var positiveName: String { String(name.dropFirst(valueName == nil && name.hasPrefix("--no-") ? 5 : 2)) }

  /// Its value in a profile; `nil` for none.
  func shown(_ options: Request) -> SettingValue? { inKey(show(options), options) }

  /// Its keys in a profile from the top, as `reload.settle`.
  var path: String { (section.map { $0 + "." } ?? "") + key.name }

  /// Its setting in a report; `nil` where it has no value.
  func setting(_ options: Request) -> Setting? {
    guard let value = inKey(measure(options), options), value != .list([]), value != .text("") else { return nil }
    if case .number = value { return Setting(path, value, unit: type.unit) }
    return Setting(path, value)
  }

  /// The value that holds without it, in words; `nil` for a flag and where there is none.
  func defaultValue(of request: Request) -> String? {
    switch show(request) {
    case .number(let number): Decimal.text(number)
    case .text(let text): text
    case .truth, .list, nil: nil
    }
  }

  private func inKey(_ value: SettingValue?, _ options: Request) -> SettingValue? {
    if key.isNegated, case .truth(let isOn)? = value { return .truth(!isOn) }
    return options.report.showsSecrets ? value : value.map(withoutSecrets)
  }

  /// `backend-header` as `backendHeader`.
  static func key(_ option: String) -> String {
    let words = option.split(separator: "-")
    return words.dropFirst().reduce(into: words.first.map(String.init) ?? "") { key, word in
      key += word.prefix(1).uppercased() + word.dropFirst()
    }
  }

  /// `backendHeader` as `backend-header`.
  static func name(ofKey key: String) -> String {
    key.reduce(into: "") { name, character in
      if character.isUppercase { name += "-" }
      name += character.lowercased()
    }
  }

  // MARK: Making one

  /// The part of an option's type that does not depend on its value.
  fileprivate struct AnyType: Sendable {
    let value: any Sendable.Type
    var choices: [String] = []
    var unit: String?
    var expectation: @Sendable () -> String = { "true or false" }
    var withoutSecrets: @Sendable (String, Secrets.Mark) -> String = { text, _ in text }
  }

  /// An option without a value.
  static func flag(
    _ names: String..., help: String, sets path: any WritableKeyPath<Request, Bool> & Sendable, to isOn: Bool = true
  ) -> Option {
    let show: @Sendable (Request) -> SettingValue? = { .truth($0[keyPath: path] == isOn) }
    return Option(
      names: names, valueName: nil, help: help, defaultText: nil, isRepeatable: true, type: AnyType(value: Bool.self),
      apply: { (options, _) throws(ValueError) in options[keyPath: path] = isOn }, show: show, measure: show)
  }

  /// An option that takes one value.
  static func value<Value>(
    _ names: String..., named valueName: String, key: String? = nil, help: String, defaultText: String? = nil,
    as type: OptionType<Value>, to path: any WritableKeyPath<Request, Value> & Sendable
  ) -> Option {
    one(names, valueName, key, help, defaultText, type, read: { $0[keyPath: path] }, write: { $0[keyPath: path] = $1 })
  }

  /// An option that takes one value and is `nil` without it.
  static func value<Value>(
    _ names: String..., named valueName: String, key: String? = nil, help: String, defaultText: String? = nil,
    as type: OptionType<Value>, to path: any WritableKeyPath<Request, Value?> & Sendable
  ) -> Option {
    one(names, valueName, key, help, defaultText, type, read: { $0[keyPath: path] }, write: { $0[keyPath: path] = $1 })
  }

  private static func one<Value>(
    _ names: [String], _ valueName: String, _ key: String?, _ help: String, _ defaultText: String?,
    _ type: OptionType<Value>, read: @escaping @Sendable (Request) -> Value?,
    write: @escaping @Sendable (inout Request, Value) -> Void
  ) -> Option {
    Option(
      names: names, valueName: valueName, help: help, defaultText: defaultText, isRepeatable: false, sectionKey: key,
      type: type.erased, apply: { (options, text) throws(ValueError) in write(&options, try type.read(text)) },
      // No option takes an empty text, so it means no value.
      show: { read($0).map(type.show).flatMap { $0 == .text("") ? nil : $0 } }, measure: { read($0).map(type.measured) }
    )
  }

  /// An option that may be given more than once.
  static func list<Value>(
    _ names: String..., named valueName: String, key: String? = nil, help: String, as type: OptionType<Value>,
    to path: any WritableKeyPath<Request, [Value]> & Sendable
  ) -> Option {
    Option(
      names: names, valueName: valueName, help: help, defaultText: nil, isRepeatable: true, sectionKey: key,
      type: type.erased,
      apply: { (options, text) throws(ValueError) in options[keyPath: path].append(try type.read(text)) },
      show: { .list($0[keyPath: path].map(type.show)) }, measure: { .list($0[keyPath: path].map(type.measured)) })
  }
}

extension OptionType {
  fileprivate var erased: Option.AnyType {
    Option.AnyType(
      value: Value.self, choices: choices, unit: unit, expectation: { expectation }, withoutSecrets: withoutSecrets)
  }

  fileprivate func measured(_ value: Value) -> SettingValue { measure.map { .number($0(value)) } ?? show(value) }
}

extension SettingValue {
  fileprivate var text: String? {
    if case .text(let text) = self { text } else { nil }
  }
}
