extension SignalledServer {
  static let phpFPM = SignalledServer(
    kind: .phpFPM, program: ServerProgram(names: ["php-fpm"]), reload: Request(signal: .user2),
    workers: WorkerRule(followsLoad: true))
}

extension ManagerGuide {
  static let phpFPM = ManagerGuide(
    reload: "SIGUSR2 to the master",
    claim: "all workers are reloaded gracefully, with the configuration and the binary",
    source: "php-fpm(8)",
    pitfall: "`process_control_timeout` is 0 by default: workers are killed with their requests",
    whenLost: "php-fpm: set process_control_timeout = 10s; by default its workers are killed at once",
    whenCut: "php-fpm: set process_control_timeout above the longest answer; by default (0) workers are killed at once")
}
