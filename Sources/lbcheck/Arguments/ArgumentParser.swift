internal import Checks
internal import Report

/// Bad usage: one line that names the argument and what it takes, and a pointer to help.
package struct UsageError: Error, Equatable, CustomStringConvertible {
  package let description: String
  /// Lines that point at the fault.
  package let excerpt: [String]
  /// The subcommand whose help explains more, if one was recognised.
  package let command: String?

  package init(_ description: String, excerpt: [String] = [], command: String? = nil) {
    self.description = description
    self.excerpt = excerpt
    self.command = command
  }

  init(_ error: ProfileError, command: String? = nil) {
    self.init(error.description, excerpt: error.excerpt, command: command)
  }

  /// The same with a subcommand whose help to point to, unless it has one.
  func of(_ command: String) -> UsageError {
    UsageError(description, excerpt: excerpt, command: self.command ?? command)
  }
}

/// Parses a subcommand's arguments in the GNU style.
///
/// `--name value`, `--name=value`, `-n value`, `-nvalue`, flags; `--` ends the options; any order.
struct ArgumentParser {
  let command: Command

  /// - Parameter request: the defaults, such as a profile's settings; `nil` for the command's own.
  func parse(_ arguments: [String], into request: Request? = nil) throws(UsageError) -> Request {
    var request = request ?? command.defaults
    // Help is shown whatever else is wrong.
    if arguments.prefix(while: { $0 != "--" }).contains(where: { $0 == "--help" || $0 == "-h" }) {
      request.showsHelp = true
      return request
    }
    var given: Set<String> = []
    var positionals: [String] = []
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--" {
        positionals += rest
        break
      }
      guard argument.hasPrefix("-"), argument.count > 1 else {
        positionals.append(argument)
        continue
      }
      // -rate is not -r with the value "ate", but --rate with a dash missing.
      guard argument.hasPrefix("--") || !command.takes(String(split("-" + argument).name.dropFirst(2))) else {
        throw failure("unknown option '\(shown(argument))'; did you mean '-\(shown(argument))'?")
      }
      let (name, attached) = split(argument)
      guard let option = command.options.first(where: { $0.names.contains(name) }) else {
        throw unknown(name)
      }
      guard given.insert(option.name).inserted || option.isRepeatable else {
        throw failure("\(option.name) is given twice")
      }
      try apply(option, attached, &rest, &request)
    }
    try take(positionals, &request)
    return request
  }

  /// Whether arguments give an option.
  func gives(_ option: Option, in arguments: [String]) -> Bool {
    arguments.prefix { $0 != "--" }.contains { option.names.contains(split($0).name) }
  }

  private func apply(
    _ option: Option, _ attached: String?, _ rest: inout ArraySlice<String>, _ request: inout Request
  ) throws(UsageError) {
    guard let valueName = option.valueName else {
      guard attached == nil else { throw failure("\(option.name) takes no value") }
      return try apply(option, "", &request, shownAs: option.name)
    }
    if let attached { return try apply(option, attached, &request, shownAs: option.name) }
    // One of the command's own options is not a value.
    guard let next = rest.first, !command.options.contains(where: { $0.names.contains(split(next).name) }) else {
      throw failure("\(option.name) needs a value: \(option.name) \(valueName)")
    }
    rest = rest.dropFirst()
    try apply(option, next, &request, shownAs: option.name)
  }

  private func apply(
    _ option: Option, _ value: String, _ request: inout Request, shownAs name: String
  ) throws(UsageError) {
    do throws(ValueError) {
      try option.apply(&request, value)
    } catch {
      throw UsageError(
        "\(name) \(error.refusal(of: option.withoutSecrets(value), verb: "takes"))", excerpt: error.marked,
        command: command.name)
    }
  }

  private func take(_ positionals: [String], _ request: inout Request) throws(UsageError) {
    request.operands = positionals
    if command.takesMany { return }
    let expected = command.positionals.map(\.name)
    if positionals.count > expected.count {
      let place = expected.last.map { " after \($0)" } ?? ""
      throw failure("unexpected argument '\(shown(positionals[expected.count]))'\(place)")
    }
    if expected.count > 1, positionals.count < expected.count {
      throw failure("\(expected[positionals.count]) is missing: \(command.name) <\(expected.joined(separator: "> <"))>")
    }
    if let first = positionals.first { request.target.url = first }
  }

  /// `--name=value` and `-nvalue` in two.
  private func split(_ argument: String) -> (name: String, attached: String?) {
    if argument.hasPrefix("--") {
      guard let equals = argument.firstIndex(of: "=") else { return (argument, nil) }
      return (String(argument[..<equals]), String(argument[argument.index(after: equals)...]))
    }
    guard argument.hasPrefix("-"), argument.count > 2 else { return (argument, nil) }
    return (String(argument.prefix(2)), String(argument.dropFirst(2)))
  }

  private func unknown(_ name: String) -> UsageError {
    if Self.following.contains(name), command.takes("expect-status") {
      return failure(
        "\(name): redirects are not followed, since each would be a further request, perhaps to another server, that the figures do "
          + "not show; ask for the URL that they lead to: the report of a run without \(name) names it")
    }
    let near = Suggestions.closest(to: name, among: command.options.flatMap(\.names)).map { "; did you mean '\($0)'?" }
    return failure("unknown option '\(shown(name))'" + (owners(of: name) ?? near ?? ""))
  }

  /// What other programs follow redirects by.
  private static let following: Set = ["-L", "--location", "--location-trusted", "--follow", "--redirects"]

  /// The commands that take an option which this one does not take.
  private func owners(of name: String) -> String? {
    let owners = Program.commands.filter { $0.options.contains { $0.names.contains(name) } }.map(\.name)
    guard let last = owners.last, name.hasPrefix("--") else { return nil }
    let list = owners.count > 1 ? "\(owners.dropLast().joined(separator: ", ")) and \(last) take" : "\(last) takes"
    return ", which \(list), but not \(command.name)"
  }

  private func failure(_ text: String) -> UsageError { UsageError(text, command: command.name) }

  private func shown(_ text: String) -> String { Escaping.terminal(text, width: 80) }
}
