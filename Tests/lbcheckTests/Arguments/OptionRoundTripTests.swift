import Checks
import Report
import Support
import Testing

@testable import lbcheck

/// Every option of every command, as the tables have them: what a command line says, the profile printed of it says again.
@Suite struct OptionRoundTripTests {
  private func problem(_ arguments: [String], _ command: Command) throws -> String? {
    var options = try ArgumentParser(command: command).parse(["http://a/"] + arguments)
    options.operands = []
    options.report.showsSecrets = true
    let profile = ProfileWriting.text(of: options, for: command)
    var read = try ProfileReading(try Profile(json5: profile, path: "p")).request(for: command)
    read.report.showsSecrets = true
    guard read == options else { return "\(command.name) \(arguments) is \(profile)" }
    // Shards have to be asked the same, so a part says all of it again, but for what becomes of the report.
    let parameters = PlanParameters.list(options, for: command)
    read = try PlanParameters.request(parameters, target: "http://a/", for: command)
    (read.target.url, read.report, read.sharding) = (options.target.url, options.report, options.sharding)
    return read == options ? nil : "\(command.name) \(arguments) is \(parameters)"
  }

  /// Arguments that give an option, with values made for it.
  private func arguments(for option: Option, _ random: inout SeededGenerator) throws -> [String] {
    guard option.valueName != nil else { return [option.name] }
    let values = try OptionValues.values(for: option, &random)
    return (0..<(option.isRepeatable ? 3 : 1)).flatMap { _ in ["\(option.name)=\(random.pick(values))"] }
  }

  @Test("Command line, profile, part, request: the same again for each option of each command, and for all together")
  func identity() {
    let failures = FuzzSeeds(2, of: "OptionRoundTripTests").failures { random in
      for command in Program.commands where command.readsProfiles {
        var all: [String] = []
        for option in command.settings {
          let given = try arguments(for: option, &random)
          if let problem = try problem(given, command) { return problem }
          all += given
        }
        if let problem = try problem(all, command) { return problem }
      }
      return nil
    }
    #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
  }
}

/// Texts that options take, made by a seed.
enum OptionValues {
  /// Texts of every form that some option takes, each made anew by its seed.
  private static let forms: [@Sendable (inout SeededGenerator) -> String] = [
    { "\($0.number(1...999))\($0.pick(["us", "ms", "s", "m"]))" }, { "\($0.number(1...99)).\($0.number(1...999))s" },
    { "\($0.number(1...20))" }, { "\($0.number(1...64))" }, { "\($0.number(100...9_999_999))" },
    { "\($0.number(1...9)).\($0.number(1...9))k" }, { "0.\($0.number(1...4999))" }, { "\($0.number(1...99))%" },
    { "\($0.number(1...100_000)).\($0.number(1...999))/s" }, { "9\($0.number(0...9)).\($0.number(1...99))%" },
    { "/\($0.word())/" }, { "/\($0.word())?v=\($0.number(1...9))" }, { "/\($0.word())=\($0.number(1...9))" },
    { "POST /\($0.word())" }, { "a.S\($0.number(1...9))/M\($0.number(1...9))" }, { "\($0.word())" },
    { "a \($0.word()) \"text\" \\ it's, ##[x]" },
    { "X-\($0.word()): \($0.word()) é" },
    { "\($0.word())=\($0.number(1...10_000))" }, { "\($0.word())=backup" }, { "127.0.0.1:\($0.number(1...65_535))" },
    { "\($0.word()) '\($0.word()) it' \"\($0.word())'s\"" }, { "\($0.number(1...900))..\($0.number(1...900))" },
    { "\($0.number(1...900)):\($0.number(1...90))s,\($0.number(1...9)).5:\($0.number(1...900))ms" },
    { "\($0.number(1...9))xx,\($0.number(100...499))-\($0.number(500...999))" },
    { "\($0.number(1...99)).5=\($0.number(1...999))ms" },
    { "\($0.number(1...9)),\($0.number(10...64))" }, { $0.pick(["csv", "hgrm,junit"]) },
    { "p99 < \($0.number(1...999))ms" }, { "p9\($0.number(0...9)) within \($0.number(1...50))%" },
    { "127.\($0.number(1...254)).0.\($0.number(1...254)),::\($0.number(1...9))" }, { "0.0\($0.number(1...9))" },
    { "x\($0.word())=\($0.number(1...99)),y=\($0.number(1...9)).5" },
    { "share(\($0.word())) within \($0.number(1...9))%" },
    { "\($0.pick(["gunicorn", "nginx", "systemd", "pm2"])):x\($0.word())" },
  ]

  /// Two values that an option takes, and that mean something else than no value at all.
  static func values(for option: Option, _ random: inout SeededGenerator) throws -> [String] {
    let texts =
      option.choices.isEmpty ? Self.forms.flatMap { form in [form(&random)] } : option.choices
    let values = (option.valueName == nil ? [""] : texts).filter { text in
      var options = Request()
      return (try? option.apply(&options, text)) != nil
    }
    guard !values.isEmpty else { throw UsageError("\(option.name) takes none of the generated texts: add their form") }
    return values
  }
}

extension SeededGenerator {
  fileprivate mutating func word() -> String {
    (0..<number(1...8)).map { _ in pick(["a", "b", "Z", "9", "-", "x", "q"]) }.joined()
  }
}
