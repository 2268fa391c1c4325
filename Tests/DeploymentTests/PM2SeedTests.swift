import Support
import Testing

@testable import Deployment

@Suite struct PM2SeedTests {
  private static let noise = [
    "[PM2] Spawning PM2 daemon", ">>>> In-memory PM2 is out-of-date", "[ not a list ]", "[", "{", "}]", "\u{1B}[32m",
    "", "a \"quote", "\r", "é🙂", "[\n{ broken",
  ]
  private static let pieces = [
    "[", "]", "{", "}", "\"", "\\", ",", ":", "null", "1e99", "-1", "99999999999999999999", "true", "\u{1B}[", "\0",
    "\n[",
    "pm_id", "é", "\\ud800", "[[[[[[[[",
  ]

  @Test("1,000 seeds: lists are found among noise, and what is changed gives a list or one error")
  func seeds() {
    let failures = FuzzSeeds(1_000, of: "PM2SeedTests").failures { random in
      let processes = (0..<random.number(0...4)).map { id in
        PM2Process(
          id: id, app: random.pick(["app", "dumbflix-frontend", "[{", "\"", "é\n"]),
          pid: Int32(random.number(0...99_999)),
          status: random.pick(["online", "errored", "launching"]), restarts: random.number(0...20))
      }
      let list = "[" + processes.map { entry($0, &random) }.joined(separator: random.pick([",", " ,\n "])) + "]"
      // Nothing before may look like an open list of objects on a line of its own.
      let before = random.once(in: 2) ? random.pick(Self.noise) + "\n" : ""
      let after = random.once(in: 2) ? "\n" + random.pick(Self.noise) : ""
      guard try PM2Manager.processes(in: before + list + after) == processes else {
        return "another list from \((before + list + after).debugDescription)"
      }
      do throws(ManagerError) {
        for process in try PM2Manager.processes(in: random.mutated(before + list + after, with: Self.pieces))
        where process.pid < 0 { return "\(process)" }
      } catch {
        return "\(error)".isEmpty ? "an error without a text" : nil
      }
      return nil
    }
    #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
  }

  private func entry(_ process: PM2Process, _ random: inout SeededGenerator) -> String {
    let app = process.app.replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    let pid = random.once(in: 4) ? "\"\(process.pid)\"" : "\(process.pid)"
    let other = random.pick(["", "\"monit\":{\"memory\":0,\"cpu\":[]},", "\"axm\":\"]}{[\\\"\","])
    return "{\"pid\":\(pid),\(other)\"name\":\"\(app)\",\"pm2_env\":{\"status\":\"\(process.status)\","
      + "\"restart_time\":\(process.restarts),\"exec_mode\":null},\"pm_id\":\(process.id)}"
  }
}
