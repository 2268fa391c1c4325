import Support

@testable import Checks

/// Findings of visitors whose balancer is a rule.
struct StagedVisitors {
  var findings: SessionsFindings
  /// From 0 for each answer that the rule gives.
  private var turn = 0

  /// - Parameter backends: their names by number.
  init(_ visitors: Int, requestsPerVisit: Int = 2, backends: [String] = ["a", "b", "c"]) {
    findings = SessionsFindings(visitors: visitors, requestsPerVisit: requestsPerVisit)
    findings.backends = backends
    findings.addresses = visitors
  }

  /// One answer: the visitor, the request within the visit, and a count of all answers so far.
  typealias Rule = (_ visitor: Int, _ request: Int, _ turn: Int) -> SessionsFindings.Answer?

  /// Has every visitor come so many times; `nil` of the rule is a request that failed.
  mutating func come(_ times: Int = 1, in phase: SessionsPhase = .baseline, _ rule: Rule) {
    for _ in 0..<times {
      var answers: [SessionsFindings.Answer] = []
      for visitor in 0..<findings.visitors {
        for request in 0..<findings.requestsPerVisit {
          var answer = rule(visitor, request, turn) ?? SessionsFindings.Answer(.failed)
          answer.isOnSameConnection = request > 0
          answers.append(answer)
          turn += 1
        }
      }
      findings.rounds.append(.init(phase: phase, answers: answers))
    }
  }

  /// Has all come with a part of what they have; each meets the backend that the rule says.
  mutating func control(_ control: SessionsFindings.Control, _ rule: (Int) -> SessionsFindings.Answer) {
    let all = Array(0..<findings.visitors)
    findings.controls.append(.init(control: control, visitors: all, answers: all.map(rule)))
  }

  /// Has new visitors met the backends so often, at each address of the target.
  mutating func draw(_ counts: [Int]...) {
    findings.draws = counts.map { Dictionary(uniqueKeysWithValues: $0.enumerated().map { ($0, $1) }) }
  }

  /// Has a quarter of the visitors each come back after so many seconds; each meets the backend that the rule says, if any.
  mutating func rest(_ lengths: [Double], _ rule: (_ visitor: Int, _ seconds: Double) -> Int?) {
    findings.rests = lengths.enumerated().map { group, seconds in
      let some = (0..<findings.visitors).filter { $0 / max(findings.targets.count, 1) % lengths.count == group }
      let answers = some.map { visitor in rule(visitor, seconds).map { .by($0) } ?? SessionsFindings.Answer(.failed) }
      return .init(seconds: seconds, visitors: some, answers: answers)
    }
  }

  /// A number for another, the same each time, that shows nothing of it.
  static func hash(_ number: Int) -> Int {
    var random = SeededGenerator(seed: UInt64(truncatingIfNeeded: number))
    return random.number(0...1_000_000)
  }
}

extension SessionsFindings.Answer {
  static func by(_ backend: Int) -> Self { Self(.backend, Int16(backend)) }
}

/// The usual balancers as rules.
enum StagedBalancer {
  /// Each visitor has a backend of its own.
  static func sticky(_ visitor: Int, _: Int = 0, _: Int = 0) -> SessionsFindings.Answer? {
    .by(StagedVisitors.hash(visitor) % 3)
  }

  /// Chance decides anew each time.
  static func drawn(_: Int, _: Int, _ turn: Int) -> SessionsFindings.Answer? { .by(StagedVisitors.hash(turn + 77) % 3) }

  /// Chance decides for each connection.
  static func perConnection(_: Int, _ request: Int, _ turn: Int) -> SessionsFindings.Answer? {
    .by(StagedVisitors.hash(turn - request + 991) % 3)
  }
}
