internal import Report

/// Options that belong together under one heading of the help.
package struct OptionGroup: Sendable {
  package let title: String
  package let options: [Option]

  init(title: String, _ scope: Option.Scope = .check, options: [Option]) {
    self.title = title
    self.options = options.map { option in
      var option = option
      if option.scope == .check { option.scope = scope }
      return option
    }
  }
}

extension [Option] {
  /// The options of one object of a profile.
  func inSection(_ section: String) -> [Option] {
    map { option in
      var option = option
      option.section = section
      return option
    }
  }
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
  /// The request without any arguments.
  var defaults = Request()
  /// The values that the positional argument takes, if there are only these.
  var choices: [String] = []
  /// Whether the positional argument may be repeated.
  var takesMany = false
  /// The positional arguments after the first; where there are any, all have to be given.
  var following: [(name: String, help: String)] = []
  /// The manager that acts for it and the actions it will need; none by default. Throws where that is not configured.
  var work: @Sendable (Request) throws(UsageError) -> ManagedWork? = { (_) throws(UsageError) in nil }
  let run: @Sendable (Request, Invocation) throws(CommandError) -> Outcome

  /// Runs it; bad usage points to its help.
  func outcome(_ request: Request, _ invocation: Invocation) throws(CommandError) -> Outcome {
    do throws(CommandError) { return try run(request, invocation) } catch { throw error.of(self) }
  }

  /// The check that it is, if it is one.
  var check: CheckKind? { CheckKind(rawValue: name) }

  var positionals: [(name: String, help: String)] { (positional.map { [$0] } ?? []) + following }

  var options: [Option] { groups.flatMap(\.options) }

  /// Every setting in force; what a check has found out itself replaces what was given.
  func inForce(_ request: Request, found: [Setting] = []) -> [Setting] {
    options.filter { $0.scope == .check }.compactMap { option in
      found.first { $0.key == option.path } ?? option.setting(request)
    }
  }

  /// Whether it takes an option, named without its dashes.
  func takes(_ option: String) -> Bool { options.contains { $0.names.contains("--" + option) } }

  /// Whether profiles may hold its options.
  var readsProfiles: Bool { takes("profile") || positional?.name == "profile" }
}
