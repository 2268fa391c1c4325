import Platform
import Testing

@testable import Load

/// A run of these tests, which must be one that a part may hold.
struct Run {
  private let run: Load.Run

  init(_ plan: Plan) throws(LoadError) { run = try Load.Run(plan) }

  func measure(
    stop: StopSignal = StopSignal(), finish: FinishSignal = FinishSignal(), every interval: Nanoseconds = 100_000_000,
    observe: (LiveSnapshot) -> Void = { _ in }, begin: (LiveFeed) -> Void = { _ in }
  ) -> Measurements {
    let measured = run.measure(stop: stop, finish: finish, every: interval, observe: observe, begin: begin)
    let contradictions = measured.consistency.compactMap { rule in
      rule.rule.contradiction.map { "\(rule.field.stringValue) \($0)" }
    }
    #expect(contradictions.isEmpty, "\(contradictions)")
    return measured
  }
}
