extension SignalledServer {
  static let apache = SignalledServer(
    kind: .apache, program: ServerProgram(names: ["apache2", "httpd"]), reload: Request(signal: .user1),
    restart: Request(signal: .hangup), workers: WorkerRule(followsLoad: true))
}

extension ManagerGuide {
  static let apache = ManagerGuide(
    reload: "SIGUSR1 to the parent: a graceful restart", restart: "SIGHUP: children are killed",
    claim: "children finish their current request, and others with the new configuration replace them",
    source: "httpd.apache.org, Stopping and Restarting",
    pitfall:
      "a configuration with a mistake ends the parent: `apachectl configtest` first; a long download keeps an old child",
    whenLost:
      "check the configuration before (apachectl configtest); kept connections are closed between requests, so clients repeat",
    whenCut:
      "Apache kills children after GracefulShutdownTimeout where it is set: set it above the longest answer, or to 0")
}
