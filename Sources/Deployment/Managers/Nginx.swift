extension SignalledServer {
  static let nginx = SignalledServer(
    kind: .nginx, program: ServerProgram(names: ["nginx"]), reload: Request(signal: .hangup),
    workers: nginxWorkers)

  static let nginxWorkers = WorkerRule(
    helpers: ["cache manager process", "cache loader process", "master process"], retiring: "is shutting down")
}

extension ManagerGuide {
  static let nginx = ManagerGuide(
    reload: "SIGHUP to the master",
    claim: "new workers start with the new configuration, and the old ones finish their requests and end",
    source: "nginx.org, Controlling nginx",
    pitfall:
      "a configuration with a mistake is refused and only the error log says so; `worker_shutdown_timeout` cuts long connections; "
      + "a kept connection is closed between requests",
    whenLost: "test the configuration before (nginx -t), and see the error log",
    whenCut:
      "nginx: worker_shutdown_timeout cuts what is not finished by then: set it above the longest answer, or leave it out"
  )
}
