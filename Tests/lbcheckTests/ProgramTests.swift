import Deployment
import Load
import Support
import Testing

@testable import lbcheck

@Suite struct ProgramTests {
  @Test(
    "A bound on the command line wins over a profile's, whichever of the two that has",
    arguments: [
      ("requests: 500", ["--duration", "3s"], nil, 3_000_000_000), ("duration: '9s'", ["-n", "20"], 20, nil),
      ("requests: 500", ["-n", "20"], 20, nil), ("requests: 500, duration: '9s'", ["-d", "3s"], nil, 3_000_000_000),
      ("requests: 500, duration: '9s'", ["-d", "3s", "-n", "20"], 20, 3_000_000_000),
      ("requests: 500, duration: '9s'", [], 500, 9_000_000_000),
      // A ramp goes on for the profile's time.
      ("ramp: '1..9', duration: '9s'", ["-n", "20"], 20, 9_000_000_000),
    ] as [(String, [String], Int?, UInt64?)])
  func bounds(_ profile: String, _ arguments: [String], _ requests: Int?, _ duration: UInt64?) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("{ target: 'http://127.0.0.1/', \(profile) }", to: "p.json5")
    let request = try Program.request(for: .load, ["--profile", path] + arguments)
    #expect(request.traffic.requests == requests && request.traffic.duration == duration)
  }

  @Test(
    "A host without a profile is told where it was looked for",
    arguments: [
      (["nowhere.example"], "Profiles/nowhere.example.json5"), (["http://nowhere.example/"], nil),
      (["127.0.0.1:80"], nil), (["127.0.0.1"], nil), (["nowhere.example", "--profile", "Profiles/default.json5"], nil),
      (["alvin.xyz"], nil),
    ] as [([String], String?)])
  func missingProfile(_ arguments: [String], _ path: String?) throws {
    #expect(Program.missingProfile(try ArgumentParser(command: .fairness).parse(arguments)) == path)
  }

  @Test("The testbed reads no profile that is not named: Profiles/default.json5 is about a site")
  func testbed() throws {
    let site = try Program.request(for: .reloadTest, [])
    try #require(site.manager.pm2App != nil, "the tests run in the package's folder, whose default profile has pm2")
    let request = try Program.request(for: .reloadTest, ["--testbed"])
    #expect(request == (try ArgumentParser(command: .reloadTest).parse(["--testbed"])))
    let named = try Program.request(for: .reloadTest, ["--testbed", "--profile", "Profiles/default.json5"])
    #expect(named.manager.pm2App == site.manager.pm2App)
  }
}
