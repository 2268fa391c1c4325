import Foundation
import Load
import Platform
import Report
import Statistics
import Support
import Testing

@testable import Checks

@Suite struct RendezvousFileSeedTests {
  private static func text(_ content: some Encodable) throws -> HostileJSON {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .prettyPrinted
    let text = String(decoding: try encoder.encode(content), as: UTF8.self)
    return HostileJSON("{\"schema\": \"lbcheck.start/1\", \"content\": \(text)}")
  }

  @Test("200 seeds: whatever others leave in the start-files, each part agrees or gives one reason, in time")
  func seeds() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/start"
    let run = "first"
    let files: [(name: String, content: HostileJSON)] = [
      (".first", try Self.text(RendezvousFiles.First(run: run, machine: "m"))),
      ("", try Self.text(RendezvousFiles.Start(run: run, time: WallClock.now() + 100_000_000_000, names: ["second"]))),
      (".answer-2", try Self.text(RendezvousFiles.Answer(name: "second", question: 1, received: 1, answered: 2))),
      (
        ".ask-2",
        try Self.text(
          RendezvousFiles.Ask(run: run, name: "second", digest: "d", question: 1, isReady: true, roundTrip: 1_000))
      ),
      (
        ".ask-3",
        try Self.text(RendezvousFiles.Ask(run: run, name: "x", digest: "d", question: 1, isReady: true, roundTrip: 1))
      ),
    ]
    let failures = FuzzSeeds(200, of: "RendezvousFileSeedTests").failures(longest: 5) { random in
      // The others' files, one or two of them changed; the first part writes its own in their place.
      for (name, content) in files {
        let isChanged = random.once(in: 2)
        let text = isChanged ? content.changed(&random) : content.changed(&random, changes: 0)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path + name))
      }
      let isFirst = random.once(in: 2)
      let rendezvous = ShardRendezvous(
        files: RendezvousFiles(path: path), shard: Shard(index: isFirst ? 0 : 1, count: 2)!, digest: "d",
        timeout: 3_000_000, watch: CheckWatch(), machine: random.pick(["m", nil]), name: isFirst ? run : "second")
      do throws(CheckError) {
        let start = try rendezvous.agree(first: {})
        _ = (start.localTime, start.clock?.correction)
        guard start.localTime.subtractingSaturated(WallClock.now()).magnitude < 3_700_000_000_000 else {
          return "a start at \(start)"
        }
      } catch {
        if error.description.isEmpty { return "an error without a reason" }
      }
      return nil
    }
    #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
  }
}
