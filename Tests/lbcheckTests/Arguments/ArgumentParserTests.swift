import Checks
import HTTP
import Load
import Testing

@testable import lbcheck

@Suite struct ArgumentParserTests {
  private func parse(_ arguments: [String], _ command: Command = .fairness) throws -> Request {
    try ArgumentParser(command: command).parse(arguments)
  }

  private func error(_ arguments: String..., command: Command = .fairness) -> String? {
    do {
      _ = try parse(arguments, command)
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test("Options are taken in every usual form and order")
  func forms() throws {
    let forms: [[String]] = [
      ["http://a/", "--requests", "30", "--connections", "5"], ["--requests=30", "http://a/", "--connections=5"],
      ["-n", "30", "-c5", "http://a/"], ["-n30", "--connections", "5", "--", "http://a/"],
    ]
    for form in forms {
      let options = try parse(form)
      #expect(options.target.url == "http://a/")
      #expect(options.traffic.requests == 30)
      #expect(options.traffic.connections == 5)
    }
  }

  @Test("Repeatable options gather, flags switch")
  func lists() throws {
    let options = try parse([
      "a", "--backend", "x:1=5", "--backend=y", "--backend", "z=backup", "--no-retry", "-q", "-q", "--json",
      "--no-color", "--no-progress", "-H", "A: b", "-H", "C:d",
    ])
    #expect(options.expectation.backends.map(\.name) == ["x:1", "y", "z"])
    #expect(options.expectation.backends.map(\.role) == [.primary(weight: 5), .primary(weight: 1), .backup])
    #expect(
      !options.traffic.retriesClosedConnections && options.report.isQuiet && options.report.printsJSON
        && !options.report.usesColour && !options.report.showsProgress)
    #expect(options.target.headers.map(\.name) == ["A", "C"])
    #expect(options.target.headers.map(\.value) == ["b", "d"])
  }

  @Test("An error names the argument and what it takes")
  func errors() {
    #expect(error("a", "--request-count", "1") == "unknown option '--request-count'")
    #expect(error("a", "--reqests", "1") == "unknown option '--reqests'; did you mean '--requests'?")
    #expect(error("a", "--requests") == "--requests needs a value: --requests N")
    #expect(error("a", "--requests", "--json") == "--requests needs a value: --requests N")
    #expect(
      error("a", "--requests", "abc")
        == "--requests takes a number of requests such as 3000 or 10k (1 to 1000000000), not 'abc'")
    #expect(
      error("a", "--timeout", "10m") == "--timeout takes a duration such as 500ms, 10s or 2m, at most 5m, not '10m'")
    #expect(error("a", "-n", "1", "--requests", "2") == "--requests is given twice")
    #expect(error("a", "b") == "unexpected argument 'b' after target")
    #expect(error("a", "b", "c", command: .compare) == "unexpected argument 'c' after candidate")
    #expect(error("a", command: .compare) == "candidate is missing: compare <base> <candidate>")
    #expect(error(command: .compare) == "base is missing: compare <base> <candidate>")
    #expect(
      error("a", "b", "--level", "1", command: .compare)
        == "--level takes a share such as 0.95 or 95% (50% to 99.99%), not '1'")
    #expect(error("a", "--json=yes") == "--json takes no value")
    #expect(
      error("a", "--policy", "rr")
        == "--policy takes round-robin, weighted-round-robin, random, least-connections, two-choices, sticky or single, not 'rr'"
    )
    #expect(
      error("a", "--policy", "\u{1B}[2J")
        == "--policy takes round-robin, weighted-round-robin, random, least-connections, two-choices, sticky or single, not '\\x1b[2J'"
    )
    #expect(
      error("a", "--policy", "random", command: .load)
        == "unknown option '--policy', which fairness takes, but not load")
    #expect(
      error("a", "--targets", "t", command: .fairness)
        == "unknown option '--targets', which reload-test, watch, failover, capacity and load take, but not fairness")
    #expect(
      error("a", "-b", "sid")
        == "--cookie takes NAME=VALUE, NAME=@FILE or NAME=@env:VARIABLE, several with semicolons, not '…'")
  }

  @Test("Redirects are not followed, and what to do instead is said under each name that other programs have for it")
  func redirects() {
    for name in ["-L", "--location", "--location-trusted", "--follow"] {
      let text = error("http://a/", name) ?? ""
      #expect(
        text.hasPrefix("\(name): redirects are not followed") && text.contains("a run without \(name)"), "\(text)")
    }
    #expect(error("a", "-L", command: .compare)?.hasPrefix("unknown option '-L'") == true)
  }

  @Test("Help wins over every error, and one dash too few is noticed")
  func helpAndDashes() throws {
    #expect(try parse(["--bogus", "-n", "abc", "--help"]).showsHelp)
    #expect(try parse(["-h"]).showsHelp)
    #expect(error("a", "-rate=500") == "unknown option '-rate=500'; did you mean '--rate=500'?")
    #expect(error("a", "-requests", "5") == "unknown option '-requests'; did you mean '--requests'?")
  }

  @Test("Whatever is typed, parsing ends in options or in an error of one line")
  func fuzz() {
    var random = SystemRandomNumberGenerator()
    let pieces =
      Command.fairness.options.flatMap(\.names) + [
        "", "-", "--", "=", "--=", "-n", "-n=", "1", "-1", "1e999", "NaN", "\u{0}", "٣", "500ms", "a=b=c", "::",
        "[::1]:80",
        "--requests=", "-H", "x: y\r\nz: 1", String(repeating: "9", count: 400), "🙂", "-é", "%", "1..2", "..",
      ]
    for _ in 0..<5_000 {
      let arguments = (0..<Int.random(in: 0...5, using: &random)).map { _ in pieces.randomElement(using: &random)! }
      do {
        _ = try parse(arguments)
      } catch {
        #expect(!"\(error)".contains("\n"), "\(arguments)")
      }
    }
  }

  @Test("Help shows every option once, in lines that fit")
  func help() {
    for command in Program.commands {
      let text = HelpScreen(width: 100).text(for: command)
      #expect(text.hasPrefix("OVERVIEW: "))
      #expect(text.contains("USAGE: lbcheck \(command.name) "))
      for option in command.options { #expect(text.contains(option.name), "\(command.name) \(option.name)") }
      for line in text.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
      let names = command.options.flatMap(\.names)
      #expect(Set(names).count == names.count)
    }
    let top = HelpScreen(width: 80).text(for: Program.commands, overview: Program.overview)
    for command in Program.commands { #expect(top.contains("  \(command.name) ")) }
  }
}
