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
          if request != command.defaults { break }
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
        #expect(note.contains(values?.base?.inWords ?? "not set"))
        #expect(note.contains(values?.candidate?.inWords ?? "not set"))
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
    #expect(comparison.notes == ["The settings differ: Workers is 1 in the base, 2 in the candidate."])
    #expect(comparison.section.settings == nil)
  }
}
