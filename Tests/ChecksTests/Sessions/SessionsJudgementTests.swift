import Report
import Testing

@testable import Checks

@Suite struct SessionsJudgementTests {
  private func judge(_ staged: StagedVisitors, _ backends: [ExpectedBackend] = []) -> SessionsJudgement {
    SessionsJudgement(staged.findings, expecting: backends, tolerance: 0.02)
  }

  private func verdict(_ kind: AssertionKind.Visitors, _ judgement: SessionsJudgement) -> Verdict? {
    judgement.assertions.first { $0.kind == .visitors(kind) }?.verdict
  }

  private func action(_ name: String) -> ActionSection {
    ActionSection(command: [name], exitStatus: 0, startSeconds: 1, durationSeconds: 0.1)
  }

  // MARK: Who stays

  @Test("Visitors who each meet one backend stay")
  func stays() {
    var staged = StagedVisitors(200)
    staged.come(4, StagedBalancer.sticky)
    #expect(verdict(.newVisitorsSpread, judge(staged)) == .inconclusive)
    staged.draw([1400, 1400, 1400])
    let judgement = judge(staged)
    #expect(verdict(.everyVisitorStays, judgement) == .pass && verdict(.newVisitorsSpread, judgement) == .pass)
    #expect(judgement.section.kept == 200 && judgement.section.keptShare == 1 && judgement.section.moves == [])
    // Nothing was done to their backends.
    #expect(verdict(.movedOnlyIfTheirBackendWent, judgement) == nil)
  }

  @Test("A rotation, and a balancer of connections, keep nobody")
  func keepsNobody() {
    for rule in [StagedBalancer.drawn, StagedBalancer.perConnection] {
      var staged = StagedVisitors(200)
      staged.come(4, rule)
      #expect(verdict(.everyVisitorStays, judge(staged)) == .fail)
    }
  }

  @Test(
    "That a cookie does not come back is said with its reason",
    arguments: [
      (SessionsFindings.SetCookie(name: "S", answers: 800, path: "/other"), "send the cookie S only below /other"),
      (SessionsFindings.SetCookie(name: "S", answers: 800, seconds: 0), "keep the cookie S for 0 s"),
      (SessionsFindings.SetCookie(name: "S", answers: 800, refused: 800), "cookies that clients do not keep: S"),
      (SessionsFindings.SetCookie(name: "S", answers: 800), nil),
    ] as [(SessionsFindings.SetCookie, String?)])
  func unsentCookie(cookie: SessionsFindings.SetCookie, why: String?) {
    var staged = StagedVisitors(200)
    staged.come(4, StagedBalancer.drawn)
    staged.findings.cookies = [cookie]
    let judgement = SessionsJudgement(staged.findings, expecting: [], tolerance: 0.02, lasted: 2)
    let stays = judgement.assertions.first { $0.kind == .visitors(.everyVisitorStays) }
    #expect(stays?.verdict == .fail)
    #expect(why.map { stays?.detail?.contains($0) == true } ?? (stays?.detail?.contains("cookie") == false))
  }

  @Test("One visitor of two hundred who moves once is one too many")
  func onePercent() {
    var staged = StagedVisitors(200)
    staged.come(4) { visitor, request, turn in
      turn == 200 * 2 + 77 ? .by((StagedVisitors.hash(visitor) + 1) % 3) : StagedBalancer.sticky(visitor, request, turn)
    }
    let judgement = judge(staged)
    #expect(verdict(.everyVisitorStays, judgement) == .fail && judgement.section.kept == 199)
    #expect(judgement.section.moves == [VisitorMoves(at: "baseline", visitors: 1, because: .unexplained)])
  }

  @Test("With one backend alone nothing is known, and it is no pass")
  func oneBackend() {
    var staged = StagedVisitors(200)
    staged.come(4) { _, _, _ in .by(1) }
    staged.findings.addresses = 1
    let judgement = judge(staged)
    #expect(verdict(.everyVisitorStays, judgement) == .inconclusive)
    #expect(verdict(.newVisitorsSpread, judgement) == .inconclusive && judgement.section.by == "unknown")
    #expect(judgement.assertions[0].detail?.contains("--source-addresses") == true)
    let named = judge(staged, ["a", "b", "c"].map { ExpectedBackend(name: $0, role: .primary(weight: 1)) })
    #expect(verdict(.everyVisitorStays, named) == .inconclusive && verdict(.newVisitorsSpread, named) == .fail)
  }

  @Test("Visitors whose backend falls silent have not stayed, nor have they moved without a reason")
  func silent() {
    var staged = StagedVisitors(200)
    staged.come(2, StagedBalancer.sticky)
    staged.come(2) { visitor, _, _ in .by(StagedVisitors.hash(visitor) % 3 == 2 ? 0 : StagedVisitors.hash(visitor) % 3)
    }
    let judgement = judge(staged)
    #expect(verdict(.everyVisitorStays, judgement) == .inconclusive)
    #expect(judgement.section.moves.map(\.because) == [.silent])
    // One answer of it to anybody shows that it runs.
    staged.come { visitor, _, turn in
      visitor == 5 ? .by(2) : .by(StagedVisitors.hash(visitor) % 3 == 2 ? 0 : StagedVisitors.hash(visitor) % 3)
    }
    #expect(verdict(.everyVisitorStays, judge(staged)) == .fail)
  }

  @Test("Visitors whose answers name no backend leave it open, however few")
  func unseen() {
    var staged = StagedVisitors(200)
    staged.come(4) { visitor, request, turn in
      visitor == 9 ? SessionsFindings.Answer(.nobody) : StagedBalancer.sticky(visitor, request, turn)
    }
    let judgement = judge(staged)
    #expect(verdict(.everyVisitorStays, judgement) == .inconclusive && judgement.section.notFollowed == 1)
  }

  @Test("So few visitors may stay by chance", arguments: [(1, 4), (2, 4), (200, 1)])
  func tooFew(visitors: Int, visits: Int) {
    var staged = StagedVisitors(visitors)
    staged.come(visits) { visitor, _, _ in .by(visitor % 2) }
    #expect(verdict(.everyVisitorStays, judge(staged)) == .inconclusive)
  }

  // MARK: By what

  @Test("What visitors stay by is what they meet their backend with when they come with a part of it")
  func keys() {
    typealias Control = SessionsFindings.Control
    func by(_ meets: [Control: Bool], cookies: [String]) -> String {
      var staged = StagedVisitors(200)
      staged.come(4, StagedBalancer.sticky)
      staged.findings.cookies = cookies.map { SessionsFindings.SetCookie(name: $0) }
      for (control, isBound) in meets.sorted(by: { "\($0.key)" < "\($1.key)" }) {
        staged.control(control) { isBound ? StagedBalancer.sticky($0)! : StagedBalancer.drawn($0, 0, $0 * 7)! }
      }
      return judge(staged).section.by
    }
    #expect(by([.address: false, .cookies: true], cookies: ["SRV"]) == "cookie SRV")
    #expect(by([.address: true], cookies: []) == "client address")
    #expect(by([.address: true, .cookies: false], cookies: ["session"]) == "client address")
    #expect(by([.address: true, .cookies: true], cookies: ["SRV"]) == "cookie SRV or client address")
    #expect(by([.address: false, .cookies: false], cookies: ["SRV"]) == "cookie SRV and client address")
    #expect(
      by(
        [.address: false, .cookies: true, .cookie("session"): false, .cookie("SRV"): true], cookies: ["session", "SRV"])
        == "cookie SRV")
  }

  @Test("Staying for as long as a connection lasts is told from staying by nothing")
  func connection() {
    var staged = StagedVisitors(200)
    staged.come(4, StagedBalancer.perConnection)
    #expect(judge(staged).section.by == "connection")
    staged = StagedVisitors(200)
    staged.come(4, StagedBalancer.drawn)
    #expect(judge(staged).section.by == "nothing")
  }

  @Test("From one address, staying without cookies is staying by something unknown")
  func oneAddress() {
    var staged = StagedVisitors(200)
    staged.come(4, StagedBalancer.sticky)
    staged.control(.address) { StagedBalancer.sticky($0)! }
    staged.findings.addresses = 1
    #expect(judge(staged).section.by == "unknown")
  }

  // MARK: Who moves

  /// Visitors who stay, of whom backend 1's are stopped; the rule says where they all are meanwhile, and after.
  private func stopping(
    _ during: @escaping StagedVisitors.Rule, after: @escaping StagedVisitors.Rule = StagedBalancer.sticky
  ) -> SessionsJudgement {
    var staged = StagedVisitors(300)
    staged.come(4, StagedBalancer.sticky)
    staged.findings.stopped = "b"
    staged.findings.actions = [action("stop"), action("start")]
    staged.come(2, in: .stop("b"), during)
    staged.come(2, in: .start("b"), after)
    return judge(staged)
  }

  @Test("A consistent hash moves the stopped backend's visitors, and back")
  func consistent() {
    let judgement = stopping { visitor, request, turn in
      StagedVisitors.hash(visitor) % 3 == 1 ? .by(visitor % 2 * 2) : StagedBalancer.sticky(visitor, request, turn)
    }
    #expect(verdict(.movedOnlyIfTheirBackendWent, judgement) == .pass)
    let stays = judgement.assertions.first { $0.kind == .visitors(.movedOnlyIfTheirBackendWent) }
    // Of some two hundred, one in 1 / (1 − 0.001^(1/200)) is seen to move.
    #expect(stays?.detail?.contains(" had no reason to move; one in ") == true)
    let stopped = judgement.section.stopped
    #expect(stopped?.moved == stopped?.visitors && stopped?.returned == stopped?.visitors && stopped?.othersMoved == 0)
    #expect(judgement.section.moves.map(\.because) == [.stopped, .cameBack])
  }

  @Test("Whose backend went may meet one after another at first, and has to stay with one in the end")
  func settling() {
    func displaced(_ meets: @escaping (_ request: Int, _ turn: Int) -> Int) -> SessionsJudgement {
      stopping { visitor, request, turn in
        StagedVisitors.hash(visitor) % 3 == 1
          ? .by(meets(request, turn)) : StagedBalancer.sticky(visitor, request, turn)
      }
    }
    let settled = displaced { request, turn in turn < 300 * 2 * 5 ? request * 2 : 2 }
    #expect(verdict(.movedOnlyIfTheirBackendWent, settled) == .pass)
    #expect(verdict(.movedOnlyIfTheirBackendWent, displaced { request, _ in request * 2 }) == .fail)
  }

  @Test("A hash whose table changes with its backends moves others, too, and fails")
  func modulo() {
    let judgement = stopping { visitor, _, _ in .by(StagedVisitors.hash(visitor) % 2 * 2) }
    #expect(verdict(.movedOnlyIfTheirBackendWent, judgement) == .fail)
    #expect((judgement.section.stopped?.othersMoved ?? 0) > 50)
  }

  @Test("Visitors of others who move only when the backend is back have no reason, either")
  func late() {
    let judgement = stopping(
      { visitor, request, turn in
        StagedVisitors.hash(visitor) % 3 == 1 ? .by(0) : StagedBalancer.sticky(visitor, request, turn)
      },
      after: { visitor, request, turn in
        visitor == 8 ? .by(1) : visitor == 9 ? .by(2) : StagedBalancer.sticky(visitor, request, turn)
      })
    #expect(verdict(.movedOnlyIfTheirBackendWent, judgement) == .fail)
  }

  @Test("A stop without effect, and one of a backend without visitors, show nothing")
  func withoutEffect() {
    #expect(verdict(.movedOnlyIfTheirBackendWent, stopping(StagedBalancer.sticky)) == .inconclusive)
    var staged = StagedVisitors(300)
    staged.come(4) { visitor, _, _ in .by(StagedVisitors.hash(visitor) % 2) }
    staged.findings.stopped = "c"
    staged.findings.actions = [action("stop"), action("start")]
    staged.come(2, in: .stop("c")) { visitor, _, _ in .by(StagedVisitors.hash(visitor) % 2) }
    #expect(verdict(.movedOnlyIfTheirBackendWent, judge(staged)) == .inconclusive)
  }

  @Test("Visitors whom a page without a name answers have not just stayed, nor is a backend back that answers nobody")
  func unserved() {
    let page = stopping { visitor, request, turn in
      StagedVisitors.hash(visitor) % 3 == 1
        ? SessionsFindings.Answer(.nobody) : StagedBalancer.sticky(visitor, request, turn)
    }
    #expect(verdict(.movedOnlyIfTheirBackendWent, page) == .inconclusive)
    func back(_ newcomers: [SessionsFindings.Answer]) -> Verdict? {
      var staged = StagedVisitors(300)
      staged.come(4, StagedBalancer.sticky)
      staged.findings.stopped = "b"
      staged.findings.actions = [action("stop"), action("start")]
      for phase in [SessionsPhase.stop("b"), .start("b")] {
        staged.come(2, in: phase) { visitor, _, _ in
          .by(StagedVisitors.hash(visitor) % 3 == 1 ? 0 : StagedVisitors.hash(visitor) % 3)
        }
      }
      staged.findings.newcomers = newcomers
      return judge(staged).assertions.first { $0.kind == .takeover(.chosenAgain) }?.verdict
    }
    #expect(back([.by(0), .by(2)]) == .fail && back([.by(0), .by(1)]) == .pass)
  }

  @Test("Where visitors do not stay, a stop shows nothing of what moves them")
  func notStaying() {
    var staged = StagedVisitors(300)
    staged.come(4, StagedBalancer.drawn)
    staged.findings.stopped = "b"
    staged.findings.actions = [action("stop"), action("start")]
    staged.come(4, in: .stop("b")) { _, _, turn in .by(StagedVisitors.hash(turn) % 2 * 2) }
    #expect(verdict(.movedOnlyIfTheirBackendWent, judge(staged)) == .inconclusive)
  }

  @Test("The first requests of a stopped backend's visitors may fail; those after the balancer has settled count")
  func failing() {
    var failures = 0
    let judgement = stopping { visitor, request, turn in
      guard StagedVisitors.hash(visitor) % 3 == 1 else { return StagedBalancer.sticky(visitor, request, turn) }
      if turn < 300 * 2 * 5 {
        failures += 1
        return nil
      }
      return .by(0)
    }
    #expect(judgement.excused == failures && judgement.section.stopped?.failed == failures / 2)
    var late = StagedVisitors(300)
    late.come(4, StagedBalancer.sticky)
    late.findings.stopped = "b"
    late.findings.actions = [action("stop"), action("start")]
    late.come(2, in: .stop("b")) { visitor, request, turn in
      StagedVisitors.hash(visitor) % 3 == 1 ? nil : StagedBalancer.sticky(visitor, request, turn)
    }
    // Only the first of the two rounds is excused.
    #expect(judge(late).excused == (judge(late).section.stopped?.visitors ?? 0) * 2)
  }

  @Test("A reload that moves visitors has no reason, one after which backends have new names leaves it open")
  func reload() {
    func reloading(_ names: [String], _ rule: @escaping StagedVisitors.Rule) -> SessionsJudgement {
      var staged = StagedVisitors(200, backends: names)
      staged.come(4, StagedBalancer.sticky)
      staged.findings.actions = [action("reload")]
      staged.come(2, in: .reload, rule)
      return judge(staged)
    }
    #expect(
      verdict(.movedOnlyIfTheirBackendWent, reloading(["a", "b", "c"], StagedBalancer.sticky)) == .pass)
    let forgetful = reloading(["a", "b", "c"]) { visitor, _, _ in .by((StagedVisitors.hash(visitor) + 1) % 3) }
    #expect(verdict(.movedOnlyIfTheirBackendWent, forgetful) == .fail)
    #expect(forgetful.section.moves == [VisitorMoves(at: "reload", visitors: 200, because: .unexplained)])
    let renamed = reloading(["1", "2", "3", "4", "5", "6"]) { visitor, _, _ in .by(StagedVisitors.hash(visitor) % 3 + 3)
    }
    #expect(verdict(.movedOnlyIfTheirBackendWent, renamed) == .inconclusive)
  }

  @Test("An action that was not carried out leaves open whom it would have moved")
  func notCarriedOut() {
    var staged = StagedVisitors(200)
    staged.come(4, StagedBalancer.sticky)
    var failed = action("reload")
    failed.problem = "it ended with 1"
    staged.findings.actions = [failed]
    staged.come(2, in: .reload, StagedBalancer.sticky)
    #expect(verdict(.movedOnlyIfTheirBackendWent, judge(staged)) == .inconclusive)
  }
}
