import Platform
import Testing

@testable import Deployment

/// What each server is told, and which of its children serve, as its documentation has it.
@Suite struct SignalledServerTests {
  @Test(
    "The signal or the words by which a server reloads and restarts",
    arguments: [
      (SignalledServer.gunicorn, "HUP", nil, nil, nil), (.puma, "USR1", nil, "USR2", nil),
      (.unicorn, "HUP", nil, nil, nil), (.uwsgi, "HUP", "r", nil, "R"), (.phpFPM, "USR2", nil, nil, nil),
      (.apache, "USR1", nil, "HUP", nil), (.nginx, "HUP", nil, nil, nil), (.haproxy, "USR2", "reload", nil, nil),
    ])
  func requests(
    _ server: SignalledServer, _ reload: String, _ reloadWords: String?, _ restart: String?, _ restartWords: String?
  ) {
    #expect(server.reload.signal?.rawValue == reload && server.reload.words == reloadWords)
    #expect(server.restart?.signal?.rawValue == restart && server.restart?.words == restartWords)
    // The help says the same.
    #expect(server.kind.guide.reload.contains(server.kind == .uwsgi ? "SIGHUP" : "SIG\(reload)"))
    #expect((server.restart != nil) == (server.kind.guide.restart != nil))
  }

  private static func child(_ pid: Int32, _ title: String) -> ProcessEntry {
    ProcessEntry(pid: pid, name: "x", arguments: [title], startTicks: UInt64(pid))
  }

  @Test(
    "The children that take new connections, by their titles as the servers give them, the oldest first",
    arguments: [
      (SignalledServer.gunicorn, ["gunicorn: worker [app:app]", "gunicorn: worker [app:app]"], [1, 2]),
      (.puma, ["puma: cluster worker 0: 7 [shop]", "puma: cluster worker 1: 7 [shop]"], [1, 2]),
      (.unicorn, ["unicorn worker[0] -c unicorn.rb", "unicorn worker[1] -c unicorn.rb"], [1, 2]),
      (.uwsgi, ["uWSGI worker 1", "uWSGI http 1", "uWSGI worker 2", "uWSGI spooler"], [1, 3]),
      (.phpFPM, ["php-fpm: pool www", "php-fpm: pool www"], [1, 2]),
      (.apache, ["/usr/sbin/apache2 -k start", "/usr/sbin/apache2 -k start"], [1, 2]),
      (
        .nginx,
        [
          "nginx: worker process is shutting down", "nginx: worker process", "nginx: cache manager process",
          "nginx: cache loader process",
        ], [2]
      ),
      (.haproxy, ["haproxy -sf 2 -W -f haproxy.cfg", "haproxy -sf 2 -W -f haproxy.cfg"], [2]),
    ])
  func serving(_ server: SignalledServer, _ titles: [String], _ pids: [Int32]) {
    let children = titles.enumerated().map { Self.child(Int32($0.offset + 1), $0.element) }
    #expect(server.workers.serving(children).map(\.pid) == pids)
  }

  @Test(
    "Whether fewer workers than before are all, and whether none is an outage",
    arguments: [
      (SignalledServer.gunicorn, false, [false]), (.puma, false, [true]), (.unicorn, false, [false]),
      (.uwsgi, false, [false]), (.phpFPM, true, []), (.apache, true, []), (.nginx, false, [false]),
      (.haproxy, false, [false]),
    ])
  func numbers(_ server: SignalledServer, _ fewerAreAll: Bool, _ upWithNone: [Bool]) {
    // HAProxy counts only its youngest, whatever their number.
    if server.kind != .haproxy {
      let progress = server.workers.progress(
        before: [Self.child(1, "worker"), Self.child(2, "worker")], children: [Self.child(3, "worker")],
        isMasterRunning: true)
      #expect(progress == (fewerAreAll ? .done(new: 1) : .starting(new: 1)))
    }
    #expect(server.workers.instances([], master: Self.child(9, "master")).map(\.isUp) == upWithNone)
  }

  @Test("Every manager that is a server by a signal has its row here")
  func all() {
    let rows: [ManagerKind] = [.gunicorn, .puma, .unicorn, .uwsgi, .phpFPM, .apache, .nginx, .haproxy]
    let byOtherMeans: [ManagerKind] = [.nginxUpgrade, .caddy, .systemd, .compose, .kubectl, .pm2]
    #expect(Set(rows + byOtherMeans) == Set(ManagerKind.allCases))
  }
}
