package import Platform

/// A stack of lbcheck's own in place of a target.
package struct TestbedOptions: Sendable, Equatable {
  package var isUsed = false
  package var backendCount = 3
  /// What the broken build does.
  package var brokenBuild = EmbeddedStack.Build.crashing
  package var reloadFault = EmbeddedStack.ReloadFault.none
  /// How long a backend takes from its start until it listens.
  package var startDelay: Nanoseconds?
  /// How long a backend takes for an answer, where each carries a known rate.
  package var delay: Nanoseconds = 10_000_000
  /// How many answers such a backend works on at a time.
  package var concurrency = 2
  /// Where the proxy listens, 0 for any free port.
  package var port: UInt16 = 0

  package init() {}

  /// A stack whose supervisor does as pm2 does: once the wait for a new process has timed out, it ends the old one.
  package var reloading: EmbeddedStack.Configuration {
    let backends = (1...backendCount).map { EmbeddedStack.Backend(name: "app-\($0)") }
    var configuration = EmbeddedStack.Configuration(
      backends: backends, failTimeout: .seconds(1), readyTimeout: .seconds(3))
    configuration.startDelay = .nanoseconds(startDelay ?? 0)
    configuration.reloadFault = reloadFault
    configuration.endsOldAnyway = true
    return configuration
  }

  /// A stack of backends that each carry a known rate: the concurrency over the delay.
  package var withCeiling: EmbeddedStack.Configuration {
    let backends = (1...backendCount).map { number in
      var backend = EmbeddedStack.Backend(name: "app-\(number)", delay: .nanoseconds(delay))
      backend.concurrency = concurrency
      return backend
    }
    return EmbeddedStack.Configuration(backends: backends, failTimeout: .seconds(1))
  }
}
