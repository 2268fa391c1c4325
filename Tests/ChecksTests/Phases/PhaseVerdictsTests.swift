import Platform
import Report
import Testing

@testable import Checks
@testable import Load

@Suite struct PhaseVerdictsTests {
  private static let second: Nanoseconds = 1_000_000_000

  /// Phases of one second with a request every 10 ms; the baseline may be more than the target carries.
  private func verdicts(
    notJudged: [Int: String] = [:], pauses: [GeneratorPause] = [], isTooSlow: Bool = false
  ) -> PhaseVerdicts {
    var measured = Measurements()
    measured.pauses = pauses
    for index in 0..<300 {
      let due = Nanoseconds(index) * 10_000_000
      measured.records.append(
        RequestRecord(due: due, sent: due, done: due + 2_000_000, connection: 0, status: 200))
    }
    if isTooSlow { measured.openDues = [Self.second / 2] }
    let spans = (0..<3).map { place in
      PhaseSpan(
        name: "\(place)", start: Nanoseconds(place) * Self.second, end: Nanoseconds(place + 1) * Self.second,
        action: nil, notJudged: notJudged[place])
    }
    return PhaseVerdicts(PhaseAnalysis.all(spans, of: measured, staleAfter: 0))
  }

  /// What an assertion about phases becomes.
  private func verdict(
    _ verdict: Verdict, about indices: [Int], _ certainty: PhaseVerdicts.Certainty = .usual, in verdicts: PhaseVerdicts
  ) -> Verdict {
    var verdicts = verdicts
    verdicts.add(Assertion(name: "x", verdict: verdict, expected: "", actual: ""), about: indices, certainty)
    return verdicts.assertions[0].verdict
  }

  private let all = [Verdict.pass, .fail]

  @Test("What began while the site was down is open, whichever of the phases it was, unless it is proven")
  func notJudged() {
    let down = verdicts(notJudged: [2: "the site was already down"])
    for given in all {
      #expect(verdict(given, about: [1, 2], in: down) == .inconclusive)
      #expect(verdict(given, about: [2], .countsPauses, in: down) == .inconclusive)
      #expect(verdict(given, about: [2], .proven, in: down) == given)
      #expect(verdict(given, about: [1], in: down) == given)
      #expect(verdict(given, about: [], in: down) == given)
    }
  }

  @Test("Where the target could not carry the traffic before any action, all but the baseline is open")
  func pace() {
    let slow = verdicts(isTooSlow: true)
    for given in all {
      #expect(verdict(given, about: [0], in: slow) == given)
      #expect(verdict(given, about: [1], in: slow) == .inconclusive)
      #expect(verdict(given, about: [0, 1], .countsPauses, in: slow) == .inconclusive)
      #expect(verdict(given, about: [], in: slow) == .inconclusive)
      #expect(verdict(given, about: [1], .proven, in: slow) == given)
    }
  }

  @Test("A failure is excused by the generator's pause in any of the phases, unless it has separated its own failures")
  func paused() {
    let paused = verdicts(pauses: [
      GeneratorPause(.stopped, start: 2_200_000_000, end: 2_600_000_000, length: 400_000_000)
    ])
    #expect(verdict(.fail, about: [1, 2], in: paused) == .inconclusive)
    #expect(verdict(.fail, about: [1, 2], .countsPauses, in: paused) == .fail)
    #expect(verdict(.fail, about: [1, 2], .proven, in: paused) == .fail)
    #expect(verdict(.pass, about: [2], in: paused) == .pass)
    #expect(verdict(.fail, about: [1], in: paused) == .fail)
  }

  /// A baseline, a reload and a restart of a second each; requests due in the reload's last 50 ms fail.
  ///
  /// - Parameter sentAt: when each of those is sent, in milliseconds after it was due.
  private func lateVerdicts(sentAfter delay: Nanoseconds, isLast: Bool = false) -> PhaseVerdicts {
    var measured = Measurements()
    for index in 0..<300 {
      let due = Nanoseconds(index) * 10_000_000
      let place = isLast ? 295..<300 : 195..<200
      let fails = place.contains(index)
      let sent = fails ? due + delay * 1_000_000 : due
      measured.records.append(
        RequestRecord(
          due: due, sent: sent, done: sent + 2_000_000, connection: 0, status: fails ? 502 : 200,
          failure: fails ? .status : nil))
    }
    let spans = ["baseline", "reload", "restart"].enumerated().map { place, name in
      PhaseSpan(
        name: name, start: Nanoseconds(place) * Self.second, end: Nanoseconds(place + 1) * Self.second,
        action: place == 0 ? nil : ActionSection(command: ["x"], startSeconds: Double(place), durationSeconds: 0.1))
    }
    return PhaseVerdicts(PhaseAnalysis.all(spans, of: measured, staleAfter: 0))
  }

  @Test(
    "What lbcheck sent only once the next action had begun is held against nobody, all else is",
    arguments: [
      // Sent before the restart, and after it by all or some of them.
      (0, false, .fail), (50, false, .inconclusive), (60, false, .inconclusive), (20, false, .fail),
      // There is no next action to meet.
      (60, true, .fail),
    ] as [(Nanoseconds, Bool, Verdict)])
  func sentLate(delay: Nanoseconds, isLast: Bool, expected: Verdict) {
    var verdicts = lateVerdicts(sentAfter: delay, isLast: isLast)
    verdicts.demandNoLoss(by: .reload, in: isLast ? [2] : [1])
    let assertion = verdicts.assertions[0]
    #expect(assertion.verdict == expected)
    #expect(assertion.actual == "5")
    #expect((assertion.detail?.contains("sent 5 late") == true) == (expected == .inconclusive))
    #expect(verdicts.phases[isLast ? 2 : 1].verdict == expected)
  }

  @Test(
    "A status that none had before any action leaves open whether the site served",
    arguments: [(0, Verdict.pass), (9, .pass), (10, .inconclusive), (60, .inconclusive)])
  func unknownStatus(strange: Int, expected: Verdict) {
    var measured = Measurements()
    for index in 0..<600 {
      let due = Nanoseconds(index) * 10_000_000
      let isStrange = index >= 300 && index < 300 + strange
      measured.records.append(
        RequestRecord(due: due, sent: due, done: due + 2_000_000, connection: 0, status: isStrange ? 204 : 200))
    }
    let spans = (0..<2).map { place in
      PhaseSpan(
        name: ["baseline", "reload"][place], start: Nanoseconds(place) * 3 * Self.second,
        end: Nanoseconds(place + 1) * 3 * Self.second, action: nil)
    }
    var verdicts = PhaseVerdicts(PhaseAnalysis.all(spans, of: measured, staleAfter: 0))
    verdicts.demandNoLoss(by: .reload, in: [1])
    #expect(verdicts.assertions[0].verdict == expected)
    #expect(
      verdicts.assertions[0].detail?.contains("had status 204, none before any action")
        == (expected == .pass ? nil : true))
  }

  @Test("A phase that was not reached leaves what is said of the others as it is")
  func unreached() {
    #expect(verdict(.pass, about: [1, 9], in: verdicts()) == .pass)
    #expect(verdict(.fail, about: [9], in: verdicts(notJudged: [1: "down"])) == .fail)
  }
}
