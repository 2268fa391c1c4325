extension SignalledServer {
  static let gunicorn = SignalledServer(
    kind: .gunicorn, program: ServerProgram(names: ["gunicorn"], interpreter: "python"),
    reload: Request(signal: .hangup), workers: WorkerRule())
}

extension ManagerGuide {
  static let gunicorn = ManagerGuide(
    reload: "SIGHUP to the master",
    claim: "new workers are started and the old ones shut down gracefully",
    source: "docs.gunicorn.org, Signal Handling",
    pitfall:
      "threaded workers (gthread) drop connections that they have accepted and not yet read; `preload_app` keeps the old code; "
      + "a build that does not boot ends the master",
    whenLost:
      "gunicorn's gthread workers of 20.1 and 23 drop connections that they hold when they are asked to end; 27 was not seen to: "
      + "upgrade, or have the balancer repeat such requests",
    whenCut: "gunicorn ends a worker after graceful_timeout (30 s by default): set it above the longest answer")
}
