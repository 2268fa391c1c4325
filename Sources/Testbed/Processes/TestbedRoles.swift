internal import CLinux
internal import Glibc
internal import Platform

/// Runs this process as a part of the embedded stack, if that is what its arguments ask for.
///
/// The program calls it first, with its arguments after its own name. The roles are hidden subcommands:
///
///     testbed-backend --name a [--delay-ms 20] [--single-page-app] [--no-fingerprint]
///       [--start-delay-ms 300] [--crash] [--answer-500] [--control-fd 6 [--ledger FILE] [--request-id-header NAME]]
///     testbed-proxy --upstream 127.0.0.1:4001[,weight=5][,backup] … [--policy round-robin|random|sticky]
///       [--seed N] [--fail-timeout-ms 10000] [--read-timeout-ms 60000]
///
/// Both listen on 127.0.0.1 at `--port N`, or on an inherited socket with `--listen-fd 3`; they write a line to
/// `--ready-fd 4` when they do, end when `--lifeline-fd 5` is closed, and finish their work on SIGTERM within
/// `--grace-ms 10000`.
///
/// - Parameter complain: is given the line that says why the role cannot be played.
/// - Returns: the exit status; nil when the first argument names no role.
package func runTestbedRole(_ arguments: [String], complain: (String) -> Void) -> Int32? {
  guard let role = arguments.first, role == "testbed-backend" || role == "testbed-proxy" else { return nil }
  do {
    let options = try RoleOptions(Array(arguments.dropFirst()), isProxy: role == "testbed-proxy")
    return try run(options)
  } catch {
    complain("lbcheck \(role): \(error)")
    if case .invalidConfiguration = error { return 2 }
    return 3
  }
}

private func run(_ options: RoleOptions) throws(TestbedError) -> Int32 {
  // Blocked before the first thread starts, so that only the waiting below sees them.
  var signals = sigset_t()
  sigemptyset(&signals)
  sigaddset(&signals, SIGTERM)
  sigaddset(&signals, SIGINT)
  pthread_sigmask(SIG_BLOCK, &signals, nil)
  signal(SIGPIPE, SIG_IGN)
  System.raiseDescriptorLimit()
  if let lifeline = options.lifeline { Lifeline.watch(lifeline) }

  if options.startDelay > .zero { MonotonicClock.sleep(until: MonotonicClock.now() + options.startDelay.nanoseconds) }
  if options.crashes { return 1 }
  let listener =
    if let inherited = options.listener { try ListeningSocket(inherited: inherited) } else {
      try ListeningSocket(port: options.port)
    }
  let stop: (Duration) throws(TestbedError) -> Bool
  if options.isProxy {
    let proxy = try RotatingProxy(options.proxy, on: listener)
    try proxy.start()
    stop = { proxy.stop(grace: $0) }
  } else {
    var configuration = options.backend
    configuration.keepsLedger = options.control != nil
    let backend = BackendServer(configuration, on: listener)
    let control = BackendControl(backend, ledgerFile: options.ledgerFile)
    let controlServer = try options.control.map { (descriptor) throws(TestbedError) in
      ControlServer(on: try ListeningSocket(inherited: descriptor), answer: control.answer)
    }
    try backend.start()
    try controlServer?.start()
    stop = { grace throws(TestbedError) in
      let isFinished = backend.stop(grace: grace)
      controlServer?.stop(grace: .seconds(1))
      try control.writeLedger()
      return isFinished
    }
  }
  if let ready = options.ready {
    System.write("ready\n", to: ready)
    System.close(ready)
  }

  var received: Int32 = 0
  while sigwait(&signals, &received) != 0 {}
  // The threads of connections that were cut off end with the process.
  return try stop(options.grace) ? 0 : 1
}

extension System {
  /// Lets this process have as many open connections as the kernel allows it.
  fileprivate static func raiseDescriptorLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = min(limit.rlim_max, 65_536)
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
