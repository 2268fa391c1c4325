import Platform
import Testing

@testable import Deployment

@Suite struct NamedManagerTests {
  @Test(
    "What is read is what is shown",
    arguments: [
      "gunicorn:/run/a b.pid", "puma:p", "unicorn:p", "uwsgi:/run/fifo", "php-fpm:p", "apache", "apache:/run/x",
      "nginx",
      "nginx-upgrade:/run/nginx.pid", "haproxy:/run/haproxy.sock", "caddy", "caddy:localhost:2020",
      "systemd:shop@{instance}",
      "compose:web", "kubectl:deployment/shop", "pm2:shop,api",
    ])
  func identity(_ text: String) throws { #expect(try NamedManager(text).text == text) }

  @Test(
    "Anything else says the form that is expected",
    arguments: [
      ("gunicorn", "gunicorn:PIDFILE"), ("gunicorn:", "gunicorn:PIDFILE"), ("kubectl:shop", "kubectl:deployment/NAME"),
      ("kubectl:deployment/", "kubectl:deployment/NAME"), ("kubectl:pod/a", "kubectl:deployment/NAME"),
      ("systemd:--now", "systemd:UNIT"), ("pm2", "pm2:APP[,APP]"),
    ])
  func refusals(_ text: String, _ form: String) {
    #expect(throws: ManagerError(form)) { try NamedManager(text) }
  }

  @Test("An unknown name is told all that are known")
  func unknown() {
    let error = #expect(throws: ManagerError.self) { try NamedManager("guincorn:/p") }
    for kind in ManagerKind.allCases { #expect(error?.description.contains(kind.form) == true) }
  }

  @Test("What can be asked: the manager's own actions and those that commands are given for")
  func actions() throws {
    func actions(_ name: String?, restart: Bool = false, stop: Bool = false) throws -> Set<ManagerAction> {
      var options = ManagerOptions()
      options.named = try name.map { try NamedManager($0) }
      options.restartCommand = restart ? ["true"] : nil
      (options.stopCommand, options.startCommand) = stop ? (["true"], ["true"]) : (nil, nil)
      #expect((options.manager != nil) == (name != nil || restart || stop))
      return options.actions
    }
    #expect(try actions("gunicorn:/p") == [.reload])
    #expect(try actions("gunicorn:/p", restart: true) == [.reload, .restart])
    #expect(try actions("gunicorn:/p", stop: true) == [.reload, .stop, .start])
    #expect(try actions("puma:/p") == [.reload, .restart])
    #expect(try actions("uwsgi:/nowhere.pid") == [.reload], "only its FIFO restarts")
    #expect(try actions("systemd:u") == Set(ManagerAction.allCases))
    #expect(try actions(nil, restart: true) == [.restart] && actions(nil).isEmpty)
  }

  @Test(
    "A word to Caddy or HAProxy goes to an address",
    arguments: [
      ("localhost:2019", LocalConversation.Address.tcp(host: "localhost", port: "2019")),
      (":2019", .tcp(host: "localhost", port: "2019")), ("[::1]:80", .tcp(host: "::1", port: "80")),
      ("unix//run/caddy.sock", .unix("/run/caddy.sock")),
    ])
  func addresses(_ text: String, _ address: LocalConversation.Address) {
    #expect(LocalConversation.Address(text) == address)
  }

  @Test("What is no address is none", arguments: ["localhost", "a:b", "::1:80", "a:0", "a:65536", ""])
  func noAddress(_ text: String) { #expect(LocalConversation.Address(text) == nil) }

  @Test("HAProxy's table of processes names its master")
  func processTable() {
    let table = "#<PID> <type> <reloads> <uptime> <version>\n812 master 2 0d00h01m28s 2.6.12\n# workers\n920 worker 0\n"
    #expect(MasterPlace.masterPid(inProcessTable: table) == 812)
    #expect(MasterPlace.masterPid(inProcessTable: "Unknown command\n") == nil)
  }

  @Test("Caddy's answer is a status with a body")
  func answers() throws {
    let answer = try #require(CaddyManager.read("HTTP/1.0 400 Bad Request\r\nA: b\r\n\r\n{\"error\":\"x\"}\r\n\r\n"))
    #expect(answer.status == 400 && answer.body == "{\"error\":\"x\"}\r\n\r\n")
    #expect(CaddyManager.read("SSH-2.0-x\r\n\r\n") == nil && CaddyManager.read("HTTP/1.0 200 OK\r\n") == nil)
  }
}
