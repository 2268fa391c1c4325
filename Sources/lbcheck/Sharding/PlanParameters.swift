internal import Report

/// What a check was told, as a list that its parts hold: all shards have to be told the same, and merging reads it back.
enum PlanParameters {
  /// What each shard may be told otherwise: which it is, and what becomes of its report.
  private static let own = Set(
    (OptionGroup.sharding.options + OptionGroup.trafficReport.options).map(\.name) + ["--profile", "--print-profile"])

  static func list(_ options: Options, for command: Command) -> [PartParameter] {
    command.options.filter { !own.contains($0.name) }.map { option in
      let shown = option.show(options)
      return PartParameter(
        name: option.name, values: values(options.showsSecrets ? shown : shown.withoutSecrets(of: option), of: option))
    }
  }

  private static func values(_ shown: ShownValue, of option: Option) -> [String] {
    switch shown {
    case .null, .truth(false): []
    case .truth(true): ["true"]
    case .number(let text): [text]
    case .text(let text): [text]
    case .list(let items):
      option.takesWords
        ? [ValueFormatting.command(items.flatMap { values($0, of: option) })] : items.flatMap { values($0, of: option) }
    }
  }

  /// The options that a list was made from.
  ///
  /// - Throws: ``UsageError`` for what this program does not know.
  static func options(_ parameters: [PartParameter], target: String, for command: Command) throws(UsageError) -> Options
  {
    var options = Options()
    options.target = target
    for parameter in parameters {
      let name = Escaping.terminal(parameter.name, width: 40)
      guard let option = command.options.first(where: { $0.name == parameter.name }) else {
        throw UsageError("\(command.name) has no option '\(name)'")
      }
      for value in parameter.values {
        do throws(ValueError) {
          try option.apply(&options, option.valueName == nil ? "" : value)
        } catch {
          throw UsageError("\(name): \(error.refusal(of: option.withoutSecrets(value)))", excerpt: error.marked)
        }
      }
    }
    return options
  }
}
