internal import Glibc
internal import Platform
internal import Report

/// Finds times in which successful answers name no backend, though others do: a maintenance page, a cache, a redirect.
struct NobodyWatch {
  private static let risk = 1e-12
  private static let enough = 50
  /// How long backends have to answer alone before they do again, and how many answers that takes.
  private static let back: (time: Nanoseconds, answers: Int) = (1_000_000_000, 10)

  private var named = 0
  private var nameless = 0
  private var run: (start: Nanoseconds, count: Int)?
  private var since: Nanoseconds?
  private var again: (start: Nanoseconds, count: Int)?

  var isServing: Bool { since != nil }

  /// Takes a successful answer.
  mutating func take(at time: Nanoseconds, isNamed: Bool) -> [Sighting] {
    isNamed ? takeNamed(at: time) : takeNameless(at: time)
  }

  private mutating func takeNamed(at time: Nanoseconds) -> [Sighting] {
    named += 1
    run = nil
    guard let since else { return [] }
    again = (again?.start ?? time, (again?.count ?? 0) + 1)
    guard let again, again.count >= Self.back.answers, time - again.start >= Self.back.time else { return [] }
    self.since = nil
    self.again = nil
    return [Sighting(again.start, .backendsAnswering(afterSeconds: again.start.seconds(since: since)))]
  }

  private mutating func takeNameless(at time: Nanoseconds) -> [Sighting] {
    again = nil
    guard since == nil else { return [] }
    run = (run?.start ?? time, (run?.count ?? 0) + 1)
    let count = nameless + named
    guard let run, named > 0, count >= Self.enough, run.count >= needed else {
      nameless += 1
      return []
    }
    since = run.start
    return [Sighting(run.start, .nobodyAnswering)]
  }

  /// How many in a row chance does not explain.
  private var needed: Int {
    let share = Double(nameless + 1) / Double(nameless + named + 2)
    return max(2, Int((log(Self.risk) / log(share)).rounded(.up)))
  }
}
