internal import Checks
internal import Report

/// A check's settings as its parts hold them: all shards need the same, and merging reads them back.
enum PlanParameters {
  static func list(_ request: Request, for command: Command) -> [PartParameter] {
    command.options.filter { $0.scope == .check }.map { option in
      let shown = option.show(request).map { request.report.showsSecrets ? $0 : option.withoutSecrets($0) }
      return PartParameter(name: option.name, values: shown.map { values($0, of: option) } ?? [])
    }
  }

  private static func values(_ shown: SettingValue, of option: Option) -> [String] {
    switch shown {
    case .truth(let isOn): isOn ? ["true"] : []
    case .number(let number): [Decimal.text(number)]
    // No option takes an empty text, so it means no value.
    case .text(let text): text.isEmpty ? [] : [text]
    case .list(let items):
      option.takesWords
        ? [CommandWords.line(items.flatMap { values($0, of: option) })] : items.flatMap { values($0, of: option) }
    }
  }

  /// The options that a list was made from.
  ///
  /// - Throws: ``UsageError`` for what this program does not know.
  static func request(_ parameters: [PartParameter], target: String, for command: Command) throws(UsageError) -> Request
  {
    var request = command.defaults
    request.target.url = target
    for parameter in parameters {
      let name = Escaping.terminal(parameter.name, width: 40)
      guard let option = command.options.first(where: { $0.name == parameter.name }) else {
        throw UsageError("\(command.name) has no option '\(name)'")
      }
      for value in parameter.values {
        do throws(ValueError) {
          try option.apply(&request, option.valueName == nil ? "" : value)
        } catch {
          throw UsageError("\(name): \(error.refusal(of: option.withoutSecrets(value)))", excerpt: error.marked)
        }
      }
    }
    return request
  }
}
