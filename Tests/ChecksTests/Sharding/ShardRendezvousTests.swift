import Foundation
import Load
import Platform
import Support
import Synchronization
import Testing

@testable import Checks

/// Shards as threads, each with a clock of its own.
@Suite struct ShardRendezvousTests {
  private enum Outcome: Sendable {
    case agreed(CommonStart)
    case failed(CheckError)

    var start: CommonStart? { if case .agreed(let start) = self { start } else { nil } }
    var error: CheckError? { if case .failed(let error) = self { error } else { nil } }
  }

  private struct Task: Sendable {
    var index: Int
    var count: Int
    var digest = "d"
    var machine: String?
    /// By how much its clock is ahead, in nanoseconds.
    var ahead: Int64 = 0
    /// When it comes, in seconds.
    var delay = 0.0
  }

  /// Runs tasks beside each other, each until it has agreed or failed.
  private func run(
    _ tasks: [Task], _ path: String, timeout: Double = 20, stop: StopSignal = StopSignal(),
    first: @escaping @Sendable () throws(CheckError) -> Void = {}
  ) -> [Outcome] {
    let outcomes = Results()
    let isOver = DispatchGroup()
    for (position, task) in tasks.enumerated() {
      isOver.enter()
      // A queue would run no more of them at a time than there are cores.
      Thread.detachNewThread {
        outcomes.put(outcome(of: task, path, timeout, stop, first), at: position)
        isOver.leave()
      }
    }
    isOver.wait()
    return tasks.indices.map { outcomes[$0]! }
  }

  private final class Results: Sendable {
    private let outcomes = Mutex<[Int: Outcome]>([:])

    func put(_ outcome: Outcome, at position: Int) { outcomes.withLock { $0[position] = outcome } }

    subscript(position: Int) -> Outcome? { outcomes.withLock { $0[position] } }
  }

  private func outcome(
    of task: Task, _ path: String, _ timeout: Double, _ stop: StopSignal,
    _ first: @Sendable () throws(CheckError) -> Void
  ) -> Outcome {
    usleep(UInt32(task.delay * 1e6))
    let rendezvous = ShardRendezvous(
      files: RendezvousFiles(path: path), shard: Shard(index: task.index, count: task.count)!, digest: task.digest,
      timeout: Nanoseconds(timeout * 1e9), watch: CheckWatch(stop: stop), machine: task.machine)
    do throws(CheckError) {
      return .agreed(try rendezvous.agree(clock: { WallClock.now() + task.ahead }, first: first))
    } catch {
      return .failed(error)
    }
  }

  @Test("All agree on one start a little ahead, and each knows its clock's offset from the first's")
  func rendezvous() throws {
    let folder = try TemporaryFolder()
    let begun = StopSignal()
    let aheads: [Int64] = [0, 5_000_000_000, -3_600_000_000_000]
    let tasks = aheads.enumerated().map { Task(index: $0, count: 3, ahead: $1, delay: $0 == 0 ? 0.2 : 0) }
    let outcomes = run(tasks, folder.path + "/start") { begun.stop() }
    let starts = outcomes.compactMap(\.start)
    #expect(starts.count == 3, "\(outcomes)")
    #expect(Set(starts.map(\.time)).count == 1)
    #expect(Set(starts.map(\.run)).count == 1)
    for (start, ahead) in zip(starts, aheads) {
      let clock = try #require(start.clock)
      #expect(abs(clock.offset - ahead) <= clock.uncertainty, "\(clock) for \(ahead)")
      // By its own clock each begins at the same moment, after now.
      #expect(start.localTime - ahead - WallClock.now() < 60_000_000_000)
    }
    #expect(begun.isStopped)
  }

  @Test("Shards on one machine have one clock, whatever the exchange shows")
  func sameMachine() throws {
    let folder = try TemporaryFolder()
    let outcomes = run(
      [
        Task(index: 0, count: 3, machine: "m"), Task(index: 1, count: 3, machine: "m", ahead: 1_000_000_000),
        Task(index: 2, count: 3, machine: "n", ahead: 1_000_000_000),
      ], folder.path + "/start")
    #expect(outcomes[1].start?.clock == ClockOffset(offset: 0, uncertainty: 0))
    #expect(abs((outcomes[2].start?.clock?.offset ?? 0) - 1_000_000_000) < 900_000_000)
    #expect(RendezvousFiles.machine?.isEmpty == false)
  }

  @Test("What an earlier run has left confuses nobody, whoever comes first", arguments: [0.0, 0.3])
  func leftovers(delay: Double) throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/start"
    let before = run([Task(index: 0, count: 2), Task(index: 1, count: 2)], path).compactMap(\.start)
    #expect(before.count == 2)
    let outcomes = run([Task(index: 0, count: 2, delay: delay), Task(index: 1, count: 2, delay: 0.3 - delay)], path)
    let again = outcomes.compactMap(\.start)
    #expect(again.count == 2, "\(outcomes)")
    #expect(Set(again.map(\.run)).count == 1)
    #expect(again.first?.run != before.first?.run)
  }

  @Test("A shard that does not come is named by the first, and ends the others")
  func missing() throws {
    let folder = try TemporaryFolder()
    let outcomes = run(
      [Task(index: 0, count: 4), Task(index: 2, count: 4)], folder.path + "/start", timeout: 1)
    #expect(
      outcomes[0].error
        == .unmeasurable("--start-file: parts 2, 4 of 4 did not come within 1 s", advice: []))
    #expect(
      outcomes[1].error
        == .unmeasurable(
          "--start-file: part 1: --start-file: parts 2, 4 of 4 did not come within 1 s", advice: []))
    let alone = run([Task(index: 1, count: 2)], folder.path + "/other", timeout: 0.3)
    #expect(alone[0].error == .unmeasurable("--start-file: part 1 did not come within 0 s", advice: []))
  }

  @Test("How long a shard waits is by its own clock: moved, an hour passes at once", arguments: [0, 1])
  func patience(index: Int) throws {
    let folder = try TemporaryFolder()
    let clock = ManualClock()
    let begun = clock.now
    let rendezvous = ShardRendezvous(
      files: RendezvousFiles(path: folder.path + "/start"), shard: Shard(index: index, count: 2)!, digest: "d",
      timeout: 3_600_000_000_000, watch: CheckWatch(), time: .manual(clock))
    let error = #expect(throws: CheckError.self) { try rendezvous.agree {} }
    #expect(error?.description.contains("did not come within 3600 s") == true, "\(String(describing: error))")
    #expect(clock.now - begun >= 3_600_000_000_000 && clock.now - begun < 3_601_000_000_000)
  }

  @Test("A refusal that an earlier run has left is not taken for this one's")
  func oldRefusal() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/start"
    #expect(run([Task(index: 0, count: 2)], path, timeout: 0.1)[0].start == nil)
    let outcomes = run([Task(index: 0, count: 2, delay: 0.3), Task(index: 1, count: 2)], path)
    #expect(outcomes.compactMap(\.start).count == 2, "\(outcomes)")
  }

  @Test("A shard of another plan ends all")
  func foreign() throws {
    let folder = try TemporaryFolder()
    let outcomes = run(
      [Task(index: 0, count: 3), Task(index: 1, count: 3), Task(index: 2, count: 3, digest: "e")],
      folder.path + "/start")
    #expect(
      outcomes[0].error == .usage("--start-file: part 3 has another plan, number of parts or version than part 1"))
    #expect(outcomes.dropFirst().allSatisfy { $0.start == nil })
  }

  @Test("Of two processes with the same number one is refused")
  func doubled() throws {
    let folder = try TemporaryFolder()
    let outcomes = run(
      [
        Task(index: 0, count: 3, delay: 0.1), Task(index: 1, count: 3), Task(index: 1, count: 3),
        Task(index: 2, count: 3, delay: 1),
      ], folder.path + "/start")
    let refused = outcomes.compactMap(\.error)
    #expect(refused.count == 1, "\(outcomes)")
    #expect(refused.first?.description.contains("another process is part 2 of 3") == true)
  }

  @Test("When the first is stopped, the others hear of it; when its own stage fails, they hear why")
  func interrupted() throws {
    let folder = try TemporaryFolder()
    let outcomes = run([Task(index: 0, count: 2), Task(index: 1, count: 2)], folder.path + "/start") {
      () throws(CheckError) in throw .unmeasurable("it does not answer", advice: [])
    }
    #expect(outcomes[0].error == .unmeasurable("it does not answer", advice: []))
    #expect(outcomes[1].error == .unmeasurable("--start-file: part 1: it does not answer", advice: []))
    let stop = StopSignal()
    stop.stop()
    #expect(run([Task(index: 0, count: 2)], folder.path + "/start", stop: stop)[0].error == .interrupted)
    #expect(run([Task(index: 1, count: 2)], folder.path + "/start", stop: stop)[0].error == .interrupted)
  }

  @Test("A folder that cannot be written to is named")
  func unwritable() {
    let outcome = run([Task(index: 0, count: 2)], "/proc/no/start")[0]
    #expect(
      outcome.error == .usage("--start-file: cannot write /proc/no/start: \(SystemWording.noSuchFile)"))
  }

  @Test("Once all is over, nothing is left but the mark of the end")
  func cleaning() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/start"
    let start = run([Task(index: 0, count: 2), Task(index: 1, count: 2)], path)[0].start
    let first = ShardRendezvous(
      files: RendezvousFiles(path: path), shard: Shard(index: 0, count: 2)!, digest: "d", timeout: 1,
      watch: CheckWatch())
    #expect(!ShardRendezvous.hasEnded(start?.run ?? "", first.files))
    try first.end("r")
    #expect(ShardRendezvous.hasEnded("r", first.files))
    #expect(!ShardRendezvous.hasEnded("s", first.files))
    first.cleanUp(start?.run ?? "")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["start.end"])
  }

  @Test("No part leaves a question or its answer behind, however the agreement ends")
  func leavesNothing() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/start"
    func left() -> [String] {
      ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter {
        $0.contains("ask") || $0.contains("answer")
      }
    }
    // A part that is too many, and one whose plan is another.
    _ = run([Task(index: 0, count: 2), Task(index: 2, count: 3)], path, timeout: 2)
    #expect(left().isEmpty, "\(left())")
    _ = run([Task(index: 0, count: 2), Task(index: 1, count: 2, digest: "other")], path, timeout: 2)
    #expect(left().isEmpty, "\(left())")
    // The first waits for a third that never comes.
    _ = run([Task(index: 0, count: 3), Task(index: 1, count: 3)], path, timeout: 1)
    #expect(left().isEmpty, "\(left())")
    // The first is killed after all have agreed.
    let starts = run([Task(index: 0, count: 2), Task(index: 1, count: 2)], path).compactMap(\.start)
    #expect(!left().isEmpty)
    ShardRendezvous(
      files: RendezvousFiles(path: path), shard: Shard(index: 1, count: 2)!, digest: "d", timeout: 0,
      watch: CheckWatch(stop: StopSignal())
    ).cleanUp(starts.first?.run ?? "")
    #expect(left().isEmpty, "\(left())")
  }
}
