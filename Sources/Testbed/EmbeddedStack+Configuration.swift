extension EmbeddedStack {
  /// One backend of the stack.
  package struct Backend: Sendable {
    /// The value of `X-Backend`: letters, digits, `-`, `.` and `_`; each name once.
    package var name: String

    /// Its weight, at least 1.
    package var weight: Int

    /// Whether the proxy asks it only when all others have failed.
    package var isBackup: Bool

    /// How long every answer waits.
    package var delay: Duration

    /// How many answers it works on at a time, 0 for no bound; with a delay, its ceiling is concurrency / delay.
    package var concurrency = 0

    package var isSinglePageApp: Bool

    /// Whether its answers carry `X-Backend` and `X-Generation`.
    package var hasFingerprint: Bool

    package init(
      name: String, weight: Int = 1, isBackup: Bool = false, delay: Duration = .zero, isSinglePageApp: Bool = false,
      hasFingerprint: Bool = true
    ) {
      self.name = name
      self.weight = weight
      self.isBackup = isBackup
      self.delay = delay
      self.isSinglePageApp = isSinglePageApp
      self.hasFingerprint = hasFingerprint
    }

    /// - Throws: `invalidConfiguration` for a name that a header could not carry, or that is there twice.
    static func check(names: [String]) throws(TestbedError) {
      var seen: Set<String> = []
      for name in names {
        guard !name.isEmpty, BackendSite.plain(name) == name else {
          throw .invalidConfiguration("\"\(name)\" is no name for a backend")
        }
        guard seen.insert(name).inserted else { throw .invalidConfiguration("two backends are called \(name)") }
      }
    }
  }

  /// The build that a backend's next start runs.
  package enum Build: String, Sendable, CaseIterable {
    case healthy
    /// Ends with status 1 before it listens.
    case crashing = "crash"
    /// Listens, and answers every request with a 500.
    case answeringErrors = "errors"
  }

  /// What goes wrong with a reload although the build is healthy.
  package enum ReloadFault: String, Sendable, CaseIterable {
    case none
    /// Only the first backend gets a new process, without an error.
    case replacesOnlyTheFirst = "partial"
    /// The old processes are left running beside the new ones on the same ports.
    case leavesTheOldRunning = "stale"
    /// The old processes are killed in the middle of their answers.
    case cutsRequests = "cut"
  }

  package struct Configuration: Sendable {
    package var backends: [Backend]
    package var policy: RotationPolicy

    /// Where the proxy listens, 0 for any free port.
    package var proxyPort: UInt16

    /// How long the proxy leaves out a backend that failed.
    package var failTimeout: Duration

    /// How long a backend may be silent before the proxy counts it as failed.
    package var readTimeout: Duration

    /// How long a child may take until it is ready.
    package var readyTimeout: Duration

    /// How long a child may take to finish its answers in flight before it is killed.
    package var stopGrace: Duration

    /// How long a backend takes from its start until it listens.
    package var startDelay = Duration.zero

    package var reloadFault = ReloadFault.none

    /// Whether the old process of a reload ends even if its successor has never become ready, as pm2's does after
    /// `listen_timeout`, which `readyTimeout` stands for.
    package var endsOldAnyway = false

    /// The program that is started in the hidden roles, nil for the running one.
    package var executablePath: String?

    package init(
      backends: [Backend], policy: RotationPolicy = .roundRobin, proxyPort: UInt16 = 0,
      failTimeout: Duration = .seconds(10), readTimeout: Duration = .seconds(60),
      readyTimeout: Duration = .seconds(10), stopGrace: Duration = .seconds(5), executablePath: String? = nil
    ) {
      self.backends = backends
      self.policy = policy
      self.proxyPort = proxyPort
      self.failTimeout = failTimeout
      self.readTimeout = readTimeout
      self.readyTimeout = readyTimeout
      self.stopGrace = stopGrace
      self.executablePath = executablePath
    }
  }
}

extension EmbeddedStack.Configuration {
  /// - Throws: `TestbedError.invalidConfiguration` for no backend, or one whose name or weight is none.
  func validate() throws(TestbedError) {
    guard !backends.isEmpty else { throw .invalidConfiguration("the stack has no backend") }
    try EmbeddedStack.Backend.check(names: backends.map(\.name))
    for backend in backends {
      guard (1...1_000_000).contains(backend.weight) else {
        throw .invalidConfiguration("the weight of \(backend.name) is not between 1 and 1000000")
      }
    }
  }
}
