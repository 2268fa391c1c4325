extension SignalledServer {
  static let unicorn = SignalledServer(
    kind: .unicorn, program: ServerProgram(names: ["unicorn", "unicorn_rails"], interpreter: "ruby"),
    reload: Request(signal: .hangup), workers: WorkerRule())
}

extension ManagerGuide {
  static let unicorn = ManagerGuide(
    reload: "SIGHUP to the master",
    claim: "the configuration is read again and all workers are restarted gracefully",
    source: "unicorn's SIGNALS",
    pitfall: "with `preload_app true` the old code stays; a build that does not boot leaves no worker",
    whenLost:
      "a new build that does not boot leaves unicorn without workers: start it by USR2 beside the old one, then QUIT that",
    whenCut: "unicorn kills a worker after timeout (60 s by default): set it above the longest answer")
}
