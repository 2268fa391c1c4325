import Deployment
import Report
import Testing

@testable import Checks

@Suite struct ReloadAdviceTests {
  private typealias Manager = ReloadAdvice.Manager
  private typealias Action = ReloadAdvice.Action

  private static let pm2 = Manager(instances: 2, isClusterMode: true)

  private func lines(_ manager: Manager?, _ actions: Action...) -> [String] {
    ReloadAdvice(manager: manager, actions: actions).lines
  }

  @Test("Where nothing was lost there is nothing to advise")
  func nothing() {
    #expect(lines(Self.pm2, Action(phase: .reload, duration: 1, firstNewAnswer: 0.4)).isEmpty)
    #expect(lines(Self.pm2, Action(phase: .restart, failed: 40)).isEmpty, "a restart loses requests")
    #expect(lines(nil, Action(phase: .reload, failed: 3, cut: 3), Action(phase: .brokenReload, downFrom: 6)).isEmpty)
  }

  @Test("A manager by name: what is usually wrong with it, by how requests were lost")
  func guide() throws {
    let guide = ManagerKind.phpFPM.guide
    func lines(_ action: Action) -> [String] { ReloadAdvice(manager: nil, guide: guide, actions: [action]).lines }
    #expect(lines(Action(phase: .reload)).isEmpty)
    #expect(lines(Action(phase: .restart, failed: 9, cut: 9)).isEmpty, "a restart cuts requests")
    #expect(lines(Action(phase: .reload, failed: 3, cut: 3)) == [try #require(guide.whenCut)])
    #expect(lines(Action(phase: .reload, failed: 3)) == [try #require(guide.whenLost)])
    #expect(lines(Action(phase: .reload, failed: 3, cut: 1)).count == 2)
  }

  @Test("A start that takes longer than listen_timeout: raise it, to a value that serves")
  func slowStart() {
    #expect(
      lines(Self.pm2, Action(phase: .reload, duration: 6, failed: 251, firstNewAnswer: 7.48)) == [
        "the first answer of the new process came after 7.5 s, and listen_timeout is 3 s: raise it, such as "
          + "listen_timeout: 11500"
      ])
  }

  @Test(
    "A broken build: how long the site lived on, as a sum where it is one",
    arguments: [
      (
        Manager(instances: 2, isClusterMode: true), 6.4,
        "survived 6.4 s = 2 instances × 3 s (listen_timeout), then nobody"
      ),
      (
        Manager(instances: 1, isClusterMode: true), 3.1,
        "survived 3.1 s = 1 instance × 3 s (listen_timeout), then nobody"
      ),
      (
        Manager(instances: 2, listenTimeout: 2, waitsForReady: true), 8.5,
        "survived 8.5 s = 2 instances × 2 × 2 s (listen_timeout), then nobody"
      ),
      (Manager(instances: 2, isClusterMode: true), 0.25, "survived 0.25 s, then nobody"),
    ])
  fileprivate func broken(manager: ReloadAdvice.Manager, downFrom: Double, words: String) throws {
    let line = try #require(lines(manager, Action(phase: .brokenReload, failed: 500, downFrom: downFrom)).first)
    #expect(line.hasPrefix("the broken reload \(words) answered"), "\(line)")
  }

  @Test("wait_ready without ready is reported by the time that pm2 waited, also where nothing was lost")
  func neverReady() {
    let manager = Manager(instances: 2, listenTimeout: 2, waitsForReady: true, isClusterMode: true)
    #expect(
      lines(manager, Action(phase: .reload, duration: 8.5)) == [
        "wait_ready is set but `ready` never came: pm2 waited 2 × 2 s for each instance; in the app: "
          + "server.listen(PORT, () => process.send?.('ready'))"
      ])
    #expect(lines(manager, Action(phase: .reload, duration: 1.2)).isEmpty)
  }

  @Test("New processes that were not ready, and old ones that do not drain, get the lines to add")
  func codeLines() {
    let unready = lines(Self.pm2, Action(phase: .reload, failed: 5, cut: 0, firstNewAnswer: 0.3))
    #expect(
      unready.count == 1 && unready[0].hasSuffix(ReloadAdvice.readyLine) && unready[0].contains("wait_ready: true"))
    let cut = lines(Self.pm2, Action(phase: .reload, failed: 6, cut: 6, firstNewAnswer: 0.3))
    #expect(
      cut == [
        "requests in flight were cut: let the old process finish them, within kill_timeout (1.6 s); in the app: "
          + "process.on('SIGINT', () => server.close(() => setTimeout(() => process.exit(0), 100)))",
        "if the app already drains: Node loses a connection that it hands to a process just as that exits, so exit a moment "
          + "after the close: \(ReloadAdvice.drainLine); and give each instance a port of its own (increment_var) behind the "
          + "balancer",
      ])
    let unanswered = lines(
      Manager(waitsForReady: true), Action(phase: .reload, duration: 1, failed: 1, timedOut: 1, firstNewAnswer: 0.3))
    #expect(unanswered.count == 1 && unanswered[0].contains("hands to a process just as that exits"))
    #expect(lines(Self.pm2, Action(phase: .reload, failed: 7, cut: 6)).count == 3)
  }

  @Test("Fork mode: its reload is a restart")
  func fork() {
    #expect(
      lines(Manager(isClusterMode: false), Action(phase: .reload, failed: 20, cut: 3)) == [
        "fork mode: a reload is a restart; run the app in cluster mode: pm2 start APP -i 2"
      ])
  }

  @Test("Figures of any size are reported")
  func hostile() {
    let manager = Manager(instances: .max, listenTimeout: 9.2e15, killTimeout: 9.2e15, waitsForReady: true)
    let action = Action(phase: .reload, duration: 1e300, failed: .max, cut: .max, firstNewAnswer: 1e300)
    #expect(lines(manager, action, Action(phase: .brokenReload, downFrom: 1e300)).count == 5)
  }
}
