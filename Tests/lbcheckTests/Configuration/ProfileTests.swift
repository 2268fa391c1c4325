import Testing

@testable import lbcheck

@Suite struct ProfileTests {
  @Test("Keys become options; backends and headers become lists")
  func settings() throws {
    let profile = try Profile(
      json5: """
        // JSON5: comments, bare keys, single quotes, a comma at the end
        {
          target: 'http://alvin.xyz/',
          backendHeader: "X-Backend",
          resolve: ["alvin.xyz:80:127.0.0.1"],
          backends: { "app-1": 5, spare: "backup" },
          headers: { Accept: "text/html" },
          requests: 3000,
          tolerance: .05,
          noRetry: true,
          json: false,
        }
        """, path: "p.json5")
    #expect(profile.target == "http://alvin.xyz/")
    #expect(
      profile.settings.map(\.name) == [
        "backend-header", "resolve", "backend", "header", "requests", "tolerance", "no-retry", "json",
      ])
  }

  @Test(
    "What cannot be used is refused with its place",
    arguments: [
      ("[]", "p.json5: expected an object { … }"),
      ("{ target: 5 }", "p.json5: target: expected a URL in quotes, not a number"),
      ("{ deploy: 3 }", "p.json5: deploy: expected an object { … }, not a number"),
      ("{ backends: { a: [] } }", "p.json5: backends.a: expected a text or a number, not a list"),
    ])
  func errors(text: String, message: String) {
    let error = #expect(throws: ProfileError.self) { try Profile(json5: text, path: "p.json5") }
    #expect(error?.description == message)
  }

  @Test("Broken syntax names the file and the place")
  func syntax() {
    let error = #expect(throws: ProfileError.self) {
      try Profile(json5: "{\n target: \"a\"\n requests 5\n}", path: "p.json5")
    }
    #expect(error?.description == "p.json5: line 3, column 2: expected , or }")
    #expect(throws: ProfileError.self) { try Profile(path: "/nonexistent/p.json5") }
  }

  @Test(
    "A profile that was printed with its secrets masked is refused, with the place",
    arguments: [
      (["-H", "Authorization: Bearer zzzz"], "header"), (["--body", "a=1"], "body"),
    ])
  func masked(_ arguments: [String], _ place: String) throws {
    let command = try #require(Program.commands.first { $0.name == "load" })
    let options = try ArgumentParser(command: command).parse(["http://a/"] + arguments)
    let printed = ProfileWriting.text(of: options, for: command)
    let error = #expect(throws: ProfileError.self) {
      try ProfileReading(try Profile(json5: printed, path: "p.json5")).request(for: command)
    }
    let text = error?.description ?? ""
    #expect(text.hasPrefix("p.json5: \(place)") && text.contains("--show-secrets"), "\(text)")
    var shown = options
    shown.report.showsSecrets = true
    let whole = ProfileWriting.text(of: shown, for: command)
    #expect(throws: Never.self) { try ProfileReading(try Profile(json5: whole, path: "p.json5")).request(for: command) }
  }
}
