extension SignalledServer {
  static let haproxy = SignalledServer(
    kind: .haproxy, program: ServerProgram(names: ["haproxy"]),
    reload: Request(signal: .user2, words: "reload"), workers: WorkerRule(onlyYoungest: true))
}

extension ManagerGuide {
  static let haproxy = ManagerGuide(
    reload: "SIGUSR2 to the master (`-W`), or `reload` on its socket",
    claim: "a new worker takes over the listening sockets, and the old one finishes its connections",
    source: "HAProxy's management guide, Stopping and restarting",
    pitfall:
      "without `expose-fd listeners` (before 2.8 or so, outside master-worker mode) a moment has no listener; `hard-stop-after` cuts "
      + "long connections; a configuration with a mistake leaves the old worker",
    whenLost: "HAProxy: run it in master-worker mode (-W) and check the configuration before (haproxy -c -f FILE)",
    whenCut: "HAProxy: hard-stop-after cuts what is not finished by then: set it above the longest answer")
}
