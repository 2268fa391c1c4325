internal import Report

/// One option as users type it and as the help shows it.
package struct Option: Sendable {
  /// The long name first, such as `["--requests", "-n"]`.
  package let names: [String]
  /// What stands for its value in the help; `nil` for a flag.
  package let valueName: String?
  package let help: String
  /// The value taken without it, as the help shows it.
  package let standard: String?
  package let isRepeatable: Bool
  /// The values that it takes, if there are only these.
  package let choices: [String]
  /// Takes a value over; for a flag the text is empty.
  let apply: @Sendable (inout Options, String) throws(ValueError) -> Void
  /// Its value as a profile would say it; for a flag, whether it is given.
  let show: @Sendable (Options) -> ShownValue
  /// Whether its value is a program with its arguments, which a profile may give as a list.
  let takesWords: Bool
  /// Whether a number may stand for its value without quotes in a profile.
  let takesNumbers: Bool

  var name: String { names[0] }

  private init(
    _ names: [String], _ valueName: String?, _ help: String, standard: String?, isRepeatable: Bool,
    choices: [String] = [], takesWords: Bool = false, takesNumbers: Bool = false,
    apply: @escaping @Sendable (inout Options, String) throws(ValueError) -> Void,
    show: @escaping @Sendable (Options) -> ShownValue
  ) {
    self.names = names
    self.valueName = valueName
    self.help = help
    self.standard = standard
    self.isRepeatable = isRepeatable
    self.choices = choices
    self.apply = apply
    self.show = show
    self.takesWords = takesWords
    self.takesNumbers = takesNumbers
  }

  /// An option without a value.
  static func flag(_ names: String..., help: String, set: @escaping @Sendable (inout Options) -> Void) -> Option {
    Option(names, nil, help, standard: nil, isRepeatable: true) { (options, _) throws(ValueError) in
      set(&options)
    } show: { options in
      // Whoever has set it already changes nothing.
      var changed = options
      set(&changed)
      return .truth(changed == options)
    }
  }

  /// An option that takes one value.
  static func value<Value: Equatable & SendableMetatype>(
    _ names: String..., named valueName: String, help: String, standard: String? = nil,
    choices: [String] = [], as read: @escaping @Sendable (String) throws(ValueError) -> Value,
    to path: any WritableKeyPath<Options, Value> & Sendable
  ) -> Option {
    Option(
      names, valueName, help, standard: standard, isRepeatable: false, choices: choices,
      takesWords: Value.self == [String].self,
      takesNumbers: Value.self != String.self
    ) { (options, text) throws(ValueError) in
      options[keyPath: path] = try read(text)
    } show: { options in
      ValueFormatting.show(options[keyPath: path], as: read)
    }
  }

  /// An option that takes one value and is `nil` without it.
  static func value<Value: Equatable & SendableMetatype>(
    _ names: String..., named valueName: String, help: String, standard: String? = nil,
    choices: [String] = [], as read: @escaping @Sendable (String) throws(ValueError) -> Value,
    to path: any WritableKeyPath<Options, Value?> & Sendable
  ) -> Option {
    Option(
      names, valueName, help, standard: standard, isRepeatable: false, choices: choices,
      takesWords: Value.self == [String].self,
      takesNumbers: Value.self != String.self
    ) { (options, text) throws(ValueError) in
      options[keyPath: path] = try read(text)
    } show: { options in
      ValueFormatting.show(options[keyPath: path], standard: options.usesTestbed ? nil : standard, as: read)
    }
  }

  /// An option that may be given more than once.
  static func list<Value: Equatable & SendableMetatype>(
    _ names: String..., named valueName: String, help: String, choices: [String] = [],
    as read: @escaping @Sendable (String) throws(ValueError) -> Value,
    to path: any WritableKeyPath<Options, [Value]> & Sendable
  ) -> Option {
    Option(
      names, valueName, help, standard: nil, isRepeatable: true, choices: choices,
      takesNumbers: Value.self != String.self
    ) { (options, text) throws(ValueError) in
      options[keyPath: path].append(try read(text))
    } show: { options in
      .list(options[keyPath: path].map { ValueFormatting.show($0, as: read) })
    }
  }
}

/// Options that belong together under one heading of the help.
package struct OptionGroup: Sendable {
  package let title: String
  package let options: [Option]
}

/// One subcommand: what it is for and what it takes.
package struct Command: Sendable {
  package let name: String
  package let abstract: String
  /// Paragraphs below the abstract, lines as they are.
  package let discussion: String
  /// The name of its first positional argument with its help; `nil` if it takes none.
  package let positional: (name: String, help: String)?
  package let groups: [OptionGroup]
  /// The values that the positional argument takes, if there are only these.
  var choices: [String] = []
  /// Whether the positional argument may be given any number of times.
  var takesMany = false
  /// The positional arguments after the first; where there are any, all have to be given.
  var following: [(name: String, help: String)] = []
  /// Who acts for it, and what it will have done; nobody unless it says so. It throws where that is not told.
  var work: @Sendable (Options) throws(UsageError) -> ManagedWork? = { (_) throws(UsageError) in nil }
  let run: @Sendable (Options, Invocation) throws(CommandError) -> Outcome

  /// Runs it; bad usage points to its help.
  func outcome(_ options: Options, _ invocation: Invocation) throws(CommandError) -> Outcome {
    do throws(CommandError) { return try run(options, invocation) } catch { throw error.of(self) }
  }

  /// The check that it is, if it is one.
  var check: CheckKind? { CheckKind(rawValue: name) }

  var positionals: [(name: String, help: String)] { (positional.map { [$0] } ?? []) + following }

  var options: [Option] { groups.flatMap(\.options) }

  /// Whether it takes an option, named without its dashes.
  func takes(_ option: String) -> Bool { options.contains { $0.names.contains("--" + option) } }

  /// Whether profiles may hold its options.
  var readsProfiles: Bool { takes("profile") || positional?.name == "profile" }
}
