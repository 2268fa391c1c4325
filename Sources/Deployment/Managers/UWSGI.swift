extension SignalledServer {
  static let uwsgi = SignalledServer(
    kind: .uwsgi, program: ServerProgram(names: ["uwsgi", "uwsgi-core"]),
    reload: Request(signal: .hangup, words: "r"),
    // SIGTERM reloads or, with die-on-term, ends it: only the FIFO says which.
    restart: Request(words: "R"),
    workers: WorkerRule(helpers: ["uWSGI http", "uWSGI spooler"]))
}

extension ManagerGuide {
  static let uwsgi = ManagerGuide(
    reload: "SIGHUP to the master, or `r` into its FIFO", restart: "by the FIFO only: `R`",
    claim: "workers finish their requests, then the whole stack starts again with the same sockets",
    source: "uwsgi-docs.readthedocs.io, Management and Graceful reloading",
    pitfall:
      "no worker answers from the end of the old ones until the app is loaded; requests wait in the socket's queue (`listen`, 100)",
    whenLost:
      "use lazy-apps with chain reloading (`c` into the FIFO, or touch-chain-reload), and a longer queue (listen)",
    whenCut: "uwsgi kills a worker after worker-reload-mercy (60 s by default): set it above the longest answer")
}
