import Checks
import Report
import Support
import Testing

@testable import lbcheck

/// The settings of a report, as the tables of options give them.
@Suite struct SettingsTests {
  private func report(_ check: CheckKind, _ settings: [Setting]?) -> ReportDocument {
    var document = ReportDocument(
      tool: ToolSection(name: "lbcheck", version: "0"), check: check, target: TargetSection(url: "http://a/"),
      startedAt: "2026-11-25T06:45:28Z", durationSeconds: 60, verdict: .pass,
      traffic: TrafficSection(
        requests: RequestCounts(scheduled: 1000, completed: 1000, succeeded: 1000, failed: 0),
        rate: RateSection(offered: 500, achieved: 500)))
    document.settings = settings
    return document
  }

  @Test("Every setting that is changed is named by a comparison with both values, and nothing else is")
  func compared() throws {
    for command in Program.commands {
      guard let check = command.check, check.makesTraffic else { continue }
      let base = command.inForce(command.defaults.completed(for: check))
      var random = SeededGenerator(seed: 7)
      for option in command.options where option.scope == .check {
        var request = command.defaults
        for text in try OptionValues.values(for: option, &random) {
          request = command.defaults
          try option.apply(&request, text)
          // A default that is given by hand changes nothing.
          if command.inForce(request.completed(for: check)) != base { break }
        }
        let candidate = command.inForce(request.completed(for: check))
        let differing = ComparedSetting.all(base, candidate)
        let comparison = try ReportComparison(base: report(check, base), candidate: report(check, candidate))
        #expect(comparison.section.settings == differing)
        let named = comparison.notes.filter { $0.hasPrefix("The settings differ: \(option.path) is ") }
        // Options of the testbed mean nothing without it, but are listed all the same.
        #expect(named.count == 1, "\(command.name) \(option.name): \(comparison.notes)")
        let note = named.first ?? ""
        let values = differing.first { $0.key == option.path }
        #expect(note.contains(values?.base?.quoted ?? "not set"))
        #expect(note.contains(values?.candidate?.quoted ?? "not set"))
      }
    }
  }

  @Test("Numbers are numbers with their unit, defaults and what a check chooses are there, and secrets are not")
  func values() throws {
    var request = try ArgumentParser(command: .load).parse([
      "http://a/", "--rate", "2.5k", "--timeout", "500ms", "-H", "Authorization: Bearer abc", "--body", "secret",
    ])
    request = request.completed(for: .load)
    let settings = Command.load.inForce(request, found: [Setting(.backendHeader, .text("X-Backend"))])
    func setting(_ key: String) -> Setting? { settings.first { $0.key == key } }
    #expect(setting("rate") == Setting("rate", .number(2500), unit: "1/s"))
    #expect(setting("timeout") == Setting("timeout", .number(0.5), unit: "s"))
    #expect(setting("duration") == Setting("duration", .number(10), unit: "s"))
    #expect(setting("connections") == Setting("connections", .number(50)))
    #expect(setting("retry") == Setting("retry", .truth(true)))
    #expect(setting("backendHeader") == Setting("backendHeader", .text("X-Backend")))
    #expect(setting("requests") == nil && setting("json") == nil && setting("shard") == nil)
    for text in ["abc", "secret"] { #expect(!settings.contains { $0.inWords.contains(text) }) }
    for found in FoundSetting.allCases { #expect(Command.load.options.contains { $0.path == found.rawValue }) }
  }

  @Test(
    "A default that is given by hand is no other setting",
    arguments: [
      (CheckKind.load, "--method GET"), (.load, "--duration 10s --connections 50 --timeout 10s"),
      (.fairness, "--policy round-robin"), (.fairness, "--requests 3000 --tolerance 2%"),
      (.load, "--expect-status 200-399"), (.load, "--request /"), (.load, "--http 1.1"),
      (.sessions, "--visitors 200"), (.failover, "--settle 15s"), (.capacity, "--p99 200ms --budget 5m"),
    ])
  func defaults(_ check: CheckKind, _ arguments: String) throws {
    func settings(_ arguments: [String]) throws -> [Setting] {
      check.command.inForce(
        try ArgumentParser(command: check.command).parse(["http://a/"] + arguments).completed(for: check))
    }
    #expect(try settings(arguments.split(separator: " ").map(String.init)) == settings([]))
  }

  @Test("A default that depends on others is the one that holds with them")
  func dependentDefaults() throws {
    func settings(_ arguments: String...) throws -> [Setting] {
      Command.fairness.inForce(
        try ArgumentParser(command: .fairness).parse(["http://a/"] + arguments).completed(for: .fairness))
    }
    let weighted = ["--backend", "a=5", "--backend", "b"]
    #expect(
      try settings(weighted[0], weighted[1], weighted[2], weighted[3])
        == settings(weighted[0], weighted[1], weighted[2], weighted[3], "--policy", "weighted-round-robin"))
    #expect(try settings("--body", "x") == settings("--body", "x", "--method", "POST"))
    #expect(try settings("--request", "/a") != settings())
    #expect(try settings("--request", "/=3", "--body", "x") == settings("--body", "x"))
    #expect(try settings("--request", "GET /", "--body", "x") != settings("--body", "x"))
    #expect(try settings("--expect-status", "200") != settings())
    let health = ["--grpc", "grpc.health.v1.Health/Check"]
    #expect(try settings(health[0], health[1]) == settings(health[0], health[1], "--http", "2"))
    #expect(
      try settings("--split", "a=90,b=10", "--split-header", "X-Part")
        == settings("--split", "a=90,b=10", "--backend-header", "X-Part"))
    #expect(try settings("--split", "a=90,b=10") == settings("--split", "a=90,b=10", "--split-margin", "5%"))
  }

  @Test("A setting without a value is not listed")
  func empty() {
    for command in Program.commands {
      guard let check = command.check else { continue }
      for setting in command.inForce(command.defaults.completed(for: check)) {
        #expect(!setting.inWords.isEmpty, "\(command.name) \(setting.key)")
      }
    }
  }

  @Test("Settings are written to JSON and read again as they were")
  func roundTrip() throws {
    let settings = [
      Setting("retry", .truth(true)), Setting("rate", .number(0.1), unit: "1/s"), Setting("policy", .text("1")),
      Setting("header", .list([.text("true"), .number(1)])),
    ]
    let json = try JSONWriter().write(report(.load, settings))
    #expect(try ReportDocument(json: json).settings == settings)
  }

  @Test("Reports without settings are compared by their method texts")
  func old() throws {
    func old(_ workers: String) -> ReportDocument {
      var document = report(.load, nil)
      document.method = [
        MeasuredBy(name: "Workers", value: workers), MeasuredBy(name: "Connections", value: "50, 7 opened"),
      ]
      return document
    }
    var candidate = old("2")
    candidate.method?[1].value = "50, 9 opened"
    let comparison = try ReportComparison(base: old("1"), candidate: candidate)
    #expect(
      comparison.notes == [
        "The settings differ: Workers is 1 in the base, 2 in the candidate.",
        "Neither report records all of its settings, so others may differ.",
      ])
    #expect(comparison.section.settings == nil)
  }

  @Test("A number in an old report's text is the same in any notation, and what it does not record is said")
  func notation() throws {
    func old(_ pace: String?, _ others: [MeasuredBy] = []) -> ReportDocument {
      var document = report(.load, nil)
      document.method = (pace.map { [MeasuredBy(name: "Pace", value: $0)] } ?? []) + others
      return document
    }
    let unrecorded = "The base does not record all of its settings, so others may differ."
    let new = report(.load, [Setting("rate", .number(300), unit: "1/s"), Setting("connections", .number(50))])
    let same = try ReportComparison(base: old("300.0 requests a second"), candidate: new)
    #expect(same.notes == [unrecorded + " Only the candidate records: Connections."])
    let other = try ReportComparison(base: old("250.0 requests a second"), candidate: new)
    #expect(
      other.notes.first == "The settings differ: Pace is 250.0 requests a second in the base, 300 requests a second "
        + "in the candidate.")
    let both = try ReportComparison(
      base: old("300.0 requests a second"),
      candidate: old("300 requests a second", [MeasuredBy(name: "TLS", value: "TLSv1.3")]))
    #expect(
      both.notes == [
        "Neither report records all of its settings, so others may differ. Only the candidate records: TLS."
      ])
  }
}
