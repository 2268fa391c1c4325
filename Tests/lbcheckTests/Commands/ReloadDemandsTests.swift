import Testing

@testable import lbcheck

@Suite struct ReloadDemandsTests {
  /// What a demand misses, and nil where it can be judged.
  private func problem(_ arguments: String...) throws -> String? {
    let options = try ArgumentParser(command: .reloadTest).parse(arguments)
    do {
      try options.requireWhatMustSurvive()
      return nil
    } catch { return "\(error)" }
  }

  @Test("What has to be survived is done, or is a usage error that names what is missing")
  func table() throws {
    let commands = ["--reload-command", "true"]
    func of(_ more: [String]) throws -> String? {
      let options = try ArgumentParser(command: .reloadTest).parse(["http://a/"] + commands + more)
      do {
        try options.requireWhatMustSurvive()
        return nil
      } catch { return "\(error)" }
    }
    #expect(try of([]) == nil)
    #expect(try of(["--survives-restart"])?.contains("give --restart-command") == true)
    #expect(
      try of(["--survives-restart", "--restart-command", "true", "--no-restart"])?.contains(
        "--no-restart") == true)
    #expect(try of(["--survives-restart", "--restart-command", "true"]) == nil)
    #expect(
      try of(["--survives-broken-build"])?.contains("--break-command and --repair-command") == true)
    #expect(
      try of(["--survives-broken-build", "--break-command", "false"])?.contains("--repair-command")
        == true)
    #expect(
      try of(["--survives-broken-build", "--break-command", "a", "--repair-command", "b"]) == nil)
    #expect(
      try problem("--testbed", "--survives-broken-build")?.contains("give --broken-build") == true)
    #expect(try problem("--testbed", "--survives-broken-build", "--broken-build") == nil)
    #expect(try problem("--testbed", "--survives-restart") == nil)
    #expect(try problem("--testbed", "--survives-restart", "--no-restart") != nil)
    #expect(try problem("http://a/", "--pm2", "x", "--survives-restart") == nil)
    #expect(try problem("http://a/", "--pm2", "x", "--survives-broken-build") != nil)
  }
}
