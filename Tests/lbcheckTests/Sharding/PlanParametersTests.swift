import Checks
import Report
import Testing

@testable import lbcheck

@Suite struct PlanParametersTests {
  @Test(
    "Options that are listed in a part are read from it as they were",
    arguments: [
      [], ["--rate", "500", "--duration", "10s", "--poisson", "--seed", "7"], ["--steps", "100:2s,200.5:500ms"],
      ["--ramp", "10..500", "--duration", "1m", "-c", "64", "--workers", "2", "--fresh-connections", "25%"],
      ["-H", "Accept: text/html", "-H", "Range: b", "-X", "POST", "--no-retry"],
      ["--request", "/a=2", "--request", "POST /b", "--expect-status", "200,404", "--resolve", "a:80:127.0.0.1", "-k"],
      ["--expect-body", "/<h1>[Ss]hop/", "--allow-cache", "--backend-list", "path"], ["--expect-body", "a, b = c"],
    ])
  func roundTrip(arguments: [String]) throws {
    var options = try ArgumentParser(command: .load).parse(["http://a/"] + arguments)
    let list = PlanParameters.list(options, for: .load)
    let read = try PlanParameters.request(list, target: "http://a/", for: .load)
    #expect(PlanParameters.list(read, for: .load) == list)
    options.operands = []
    #expect(read == options)
  }

  @Test("What each part may set otherwise is not listed, and secrets are not kept")
  func own() throws {
    let options = try ArgumentParser(command: .load).parse([
      "http://a/", "--shard", "2/4", "--start-file", "x", "--out", "y", "--json", "-q", "--format", "csv",
      "-H", "Authorization: Bearer abc",
    ])
    let list = PlanParameters.list(options, for: .load)
    let names = list.map(\.name)
    for name in ["--shard", "--start-file", "--start-at", "--no-shard", "--out", "--json", "--format", "--profile"] {
      #expect(!names.contains(name))
    }
    let header = try #require(list.first { $0.name == "--header" }?.values)
    #expect(header.count == 1 && header[0].hasPrefix("Authorization: …("))
    let read = try PlanParameters.request(list, target: "http://a/", for: .load)
    #expect(PlanParameters.list(read, for: .load) == list, "what was left out once stays as it is")
    #expect(names.contains("--rate"))
  }

  @Test("An option that this program does not have, or a value that it does not take, is named")
  func unknown() {
    #expect(throws: UsageError("load has no option '--warp'")) {
      try PlanParameters.request([PartParameter(name: "--warp", values: ["9"])], target: "a", for: .load)
    }
    #expect(throws: UsageError.self) {
      try PlanParameters.request([PartParameter(name: "--rate", values: ["fast"])], target: "a", for: .load)
    }
  }

  @Test("A folder's parts are those with a part's name")
  func names() {
    #expect(PartFiles.numbers(in: "part-12-of-1000.json")! == (12, 1000))
    for name in [
      "part-0-of-4.json", "part-1-of-4.json-3", ".part-1-of-4.json-77", "part-1-of-4", "part-a-of-4.json",
      "part-1-4.json", "part--1-of-4.json", "report.json",
    ] { #expect(PartFiles.numbers(in: name) == nil) }
  }

  @Test("What a command takes without any option reads the same again", arguments: ["load", "fairness", "capacity"])
  func defaults(_ name: String) throws {
    let command = try #require(Program.commands.first { $0.name == name })
    var request = command.defaults
    request.target.url = "http://127.0.0.1/"
    let list = PlanParameters.list(request, for: command)
    #expect(try PlanParameters.request(list, target: "http://127.0.0.1/", for: command) == request)
  }
}
