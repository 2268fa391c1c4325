extension SignalledServer {
  static let puma = SignalledServer(
    kind: .puma, program: ServerProgram(names: ["puma"], interpreter: "ruby"), reload: Request(signal: .user1),
    restart: Request(signal: .user2), workers: WorkerRule(mayBeAlone: true))
}

extension ManagerGuide {
  static let puma = ManagerGuide(
    reload: "SIGUSR1 to the master: a phased restart", restart: "SIGUSR2: a hot restart",
    claim: "workers are replaced one after another, without downtime; in a hot restart requests wait",
    source: "puma.io, docs/restart.md",
    pitfall: "with one process or `preload_app!` there is no phased restart, and a hot restart is done instead",
    whenLost: "give puma two workers or more (-w 2) and no preload_app!: otherwise USR1 is a hot restart",
    whenCut: "puma ends a worker after worker_shutdown_timeout (30 s by default): set it above the longest answer")
}
