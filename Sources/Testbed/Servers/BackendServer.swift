internal import Glibc
internal import Platform
internal import Synchronization

/// A small HTTP/1.1 server that plays one backend behind a load balancer.
///
/// Every answer names the backend in `X-Backend` and its generation in `X-Generation`. It has a page at `/` and
/// `/index.html`, a file at every path under `/assets/`, and an answer after so many milliseconds at
/// `/slow?ms=500` (at most 60,000); every other path is a 404, or the page again for a single-page app. The
/// path `/__lbcheck/count` gives the number of requests answered so far, itself not counted.
///
///     let backend = BackendServer(.init(name: "a"), on: try ListeningSocket())
///     try backend.start()
///     // … requests to 127.0.0.1, port `backend.port` …
///     backend.stop(grace: .seconds(1))
package final class BackendServer: Sendable {
  package struct Configuration: Sendable {
    /// The value of `X-Backend`; characters unsafe in a header or a page become `-`.
    package var name: String

    /// The value of `X-Generation`; this process's pid unless given.
    package var generation: String

    /// How long every answer waits, which bounds what one connection can carry.
    package var delay: Duration

    /// How many answers may be worked on at a time; the others wait for their turn. 0 sets no bound.
    ///
    /// With a delay this makes a known ceiling: concurrency / delay answers a second.
    package var concurrency = 0

    /// Whether unknown paths get the page, as an app with its own routes wants it.
    package var isSinglePageApp: Bool

    /// Whether answers carry `X-Backend` and `X-Generation`.
    package var hasFingerprint: Bool

    /// Whether every answer is a 500, as from a build that starts and does not work.
    package var answersWithErrors = false

    /// Whether a ledger of its requests is kept.
    package var keepsLedger = false

    /// The request header with the id that the ledger notes.
    package var requestIDHeader = "X-Request-Id"

    package init(
      name: String, generation: String? = nil, delay: Duration = .zero, isSinglePageApp: Bool = false,
      hasFingerprint: Bool = true
    ) {
      self.name = name
      self.generation = generation ?? String(getpid())
      self.delay = delay
      self.isSinglePageApp = isSinglePageApp
      self.hasFingerprint = hasFingerprint
    }
  }

  private let configuration: Configuration
  private let site: BackendSite
  private let server: ThreadedServer

  package init(_ configuration: Configuration, on listener: ListeningSocket) {
    self.configuration = configuration
    let site = BackendSite(configuration)
    self.site = site
    server = ThreadedServer(on: listener, threadName: "backend") { BackendSession(site, $0).run() }
  }

  deinit {
    server.stop(grace: .zero)
  }

  package var port: UInt16 { server.port }

  /// How many requests were answered, those for the count itself left out.
  package var requestCount: Int { site.requestCount.load(ordering: .relaxed) }

  package var openConnections: Int { server.openConnections }

  var ledger: RequestLedger? { site.ledger }

  /// What has arrived; nil unless a ledger is kept.
  package var ledgerDocument: LedgerDocument? {
    site.ledger?.document(of: configuration.name, generation: configuration.generation)
  }

  package var fault: BackendFault { site.faults.fault }

  /// Injects a fault from now on, until another is set; answers in flight are finished as they began.
  ///
  /// - Throws: `systemCall` when its port cannot be listened on again.
  package func setFault(_ fault: BackendFault) throws(TestbedError) {
    let setting = try site.faults.set(fault) { () throws(TestbedError) in
      if fault == .refuse { server.pause() } else { try server.resume() }
    }
    if case .flap(let on, let off) = fault {
      try SmallThread.start("flap") { [weak self] in
        var isOn = true
        while true {
          MonotonicClock.sleep(until: MonotonicClock.now() + (isOn ? on : off).nanoseconds)
          guard let self, self.turn(on: !isOn, in: setting) else { return }
          isOn.toggle()
        }
      }
    }
  }

  /// Turns the port on or off for a setting; false when that is over.
  private func turn(on: Bool, in setting: Int) -> Bool {
    site.faults.whileInForce(setting) {
      if on { try? server.resume() } else { server.pause() }
    }
  }

  package func start() throws(TestbedError) { try server.start() }

  /// Stops accepting, finishes the answers in flight and closes; what lasts longer than `grace` is cut off.
  ///
  /// - Returns: whether everything was finished within `grace`.
  @discardableResult
  package func stop(grace: Duration) -> Bool { server.stop(grace: grace) }
}

/// What all connections of one backend share: its answers and its counter.
final class BackendSite: Sendable {
  private let delay: UInt64
  /// When each worker slot is free again; empty without a bound.
  private let slots: Mutex<[UInt64]>
  let requestCount = Atomic(0)
  let page: CannedAnswer
  let missing: CannedAnswer
  private let script: CannedAnswer
  private let style: CannedAnswer
  private let file: CannedAnswer
  private let isSinglePageApp: Bool
  private let error: CannedAnswer?
  let ledger: RequestLedger?
  let requestIDHeader: String
  let faults: FaultSwitch

  init(_ configuration: BackendServer.Configuration) {
    let name = BackendSite.plain(configuration.name)
    let generation = BackendSite.plain(configuration.generation)
    let fields = configuration.hasFingerprint ? [("X-Backend", name), ("X-Generation", generation)] : []
    let html = "text/html; charset=utf-8"
    page = CannedAnswer(
      "200 OK", fields, html,
      "<!doctype html>\n<title>lbcheck testbed</title>\n<p>Served by backend <b>\(name)</b>.</p>\n")
    missing = CannedAnswer("404 Not Found", fields, html, "<!doctype html>\n<title>404 Not Found</title>\n")
    script = CannedAnswer("200 OK", fields, "text/javascript", "// \(name)\n")
    style = CannedAnswer("200 OK", fields, "text/css", "/* \(name) */\n")
    file = CannedAnswer("200 OK", fields, "text/plain", "\(name)\n")
    error =
      configuration.answersWithErrors
      ? CannedAnswer("500 Internal Server Error", fields, "text/plain", "500 Internal Server Error\n") : nil
    delay = configuration.delay.nanoseconds
    slots = Mutex(Array(repeating: 0, count: configuration.concurrency))
    isSinglePageApp = configuration.isSinglePageApp
    ledger = configuration.keepsLedger ? RequestLedger() : nil
    requestIDHeader = configuration.requestIDHeader.lowercased()
    faults = FaultSwitch(fields: fields)
  }

  /// When an answer that is begun now is ready, if it takes `slowness` nanoseconds beyond the usual delay.
  func readyTime(slowness: UInt64) -> UInt64 {
    let now = MonotonicClock.now()
    return slots.withLock { slots in
      guard let slot = slots.indices.min(by: { slots[$0] < slots[$1] }) else { return now + delay + slowness }
      slots[slot] = max(now, slots[slot]) + delay + slowness
      return slots[slot]
    }
  }

  /// The answer to a path that is none of the hidden ones.
  func answer(to path: Substring.UTF8View) -> CannedAnswer {
    if let error { return error }
    if path.elementsEqual("/".utf8) || path.elementsEqual("/index.html".utf8) || path.elementsEqual("/slow".utf8) {
      return page
    }
    if path.starts(with: "/assets/".utf8) {
      if path.suffix(3).elementsEqual(".js".utf8) { return script }
      return path.suffix(4).elementsEqual(".css".utf8) ? style : file
    }
    return isSinglePageApp ? page : missing
  }

  static func plain(_ text: String) -> String {
    String(
      text.unicodeScalars.map { scalar in
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-", ".", "_", ":": Character(scalar)
        default: "-"
        }
      })
  }
}
