internal import CLinux
internal import Glibc
internal import Platform
internal import Report
internal import Synchronization
internal import Testbed

/// Serves a live page on 127.0.0.1 from one thread, to whoever has its token.
///
/// No client can hold it up: each has a bounded buffer and little time.
final class LiveServer: Sendable {
  struct Limits: Sendable {
    var clients = 32
    /// How long a request's head may take, and how long a client may take nothing of what it is sent.
    var headTime: Nanoseconds = 5_000_000_000
    var writeTime: Nanoseconds = 10_000_000_000
    /// How many bytes may wait for a client that takes none.
    var waiting = 1 << 20
    /// How often an event is sent.
    var interval: Nanoseconds = 1_000_000_000
  }

  private struct State {
    var isClosing = false
    /// The final report.
    var report: String?
  }

  let token = LiveToken()
  let port: UInt16
  private let board: LiveBoard
  private let limits: Limits
  private let listener: ListeningSocket
  private let wake: (reading: Int32, writing: Int32)
  private let state = Mutex(State())
  private let thread = Mutex<KernelThread?>(nil)

  /// Listens, and serves from now on.
  ///
  /// - Parameter port: 0 for a free one.
  init(_ board: LiveBoard, port: UInt16, limits: Limits = Limits()) throws(CommandError) {
    self.board = board
    self.limits = limits
    do throws(TestbedError) {
      listener = try ListeningSocket(port: port)
    } catch {
      throw .unusable(["--live \(port): \(error)"])
    }
    self.port = listener.port
    do throws(SystemError) {
      wake = try System.pipe(isNonBlocking: true)
      let started = try KernelThread(named: "lbcheck-live") { [self] in serve() }
      thread.withLock { $0 = started }
    } catch {
      throw .noThread(error.message)
    }
  }

  /// Where the page is, with its token.
  var url: String { "http://127.0.0.1:\(port)/?token=\(token.text)" }

  /// Shows the end and, if there is one, the final report.
  func show(_ ending: LiveFrame.Ending, report: String?) {
    state.withLock { $0.report = report }
    board.end(ending)
    System.write("e", to: wake.writing)
  }

  /// Ends once every client has got what it was sent, or has not taken it for a second.
  func close() {
    guard let running = thread.withLock({ $0.take() }) else { return }
    state.withLock { $0.isClosing = true }
    System.write("c", to: wake.writing)
    running.join()
    for end in [wake.reading, wake.writing] { System.close(end) }
  }

  // MARK: The thread

  private func serve() {
    var clients: [LiveClient] = []
    defer { clients.forEach { System.close($0.descriptor) } }
    var next = MonotonicClock.now()
    var closing: Nanoseconds?
    while true {
      var now = MonotonicClock.now()
      if closing == nil, state.withLock({ $0.isClosing }) {
        closing = now + 1_000_000_000
        broadcast(&clients, isLast: true)
      }
      if let closing, now >= closing || !clients.contains(where: \.wantsToWrite) { return }
      if now >= next {
        broadcast(&clients, isLast: false)
        next = now + limits.interval
      }
      let deadline = min(next, clients.lazy.map(\.deadline).min() ?? next, closing ?? next)
      let (isWoken, hasNew, ready) = wait(for: clients, until: deadline)
      now = MonotonicClock.now()
      if isWoken {
        drain()
        next = now
      }
      for index in clients.indices where ready[index] { turn(&clients[index], at: now) }
      clients.removeAll { client in
        let isGone = client.deadline <= now
        if isGone { System.close(client.descriptor) }
        return isGone
      }
      if hasNew, closing == nil { accept(&clients, at: now) }
    }
  }

  private func wait(
    for clients: [LiveClient], until deadline: Nanoseconds
  ) -> (isWoken: Bool, hasNew: Bool, ready: [Bool]) {
    var entries = [wake.reading, listener.descriptor].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    entries += clients.map {
      pollfd(fd: $0.descriptor, events: Int16(POLLIN | ($0.wantsToWrite ? POLLOUT : 0)), revents: 0)
    }
    let now = MonotonicClock.now()
    let milliseconds = deadline > now ? min((deadline - now + 999_999) / 1_000_000, 60_000) : 0
    guard poll(&entries, nfds_t(entries.count), Int32(milliseconds)) > 0 else {
      return (false, false, clients.map { _ in false })
    }
    let ready = entries.map { $0.revents != 0 }
    return (ready[0], ready[1], Array(ready.dropFirst(2)))
  }

  private func drain() {
    var buffer = [UInt8](repeating: 0, count: 16)
    while buffer.withUnsafeMutableBytes({ System.read(wake.reading, into: $0) }) > 0 {}
  }

  private func accept(_ clients: inout [LiveClient], at now: Nanoseconds) {
    let descriptor = Int32(System.retrying { Int(clinux_accept_close_on_exec(listener.descriptor)) })
    guard descriptor >= 0 else { return }
    // What waits for a slow client waits here, where it is counted.
    var size: Int32 = 65_536
    setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    var client = LiveClient(descriptor, deadline: now + limits.headTime)
    if clients.count(where: { $0.state != .leaving }) >= limits.clients {
      guard clients.count < 2 * limits.clients else { return System.close(descriptor) }
      // Its answer fits into the socket's buffer.
      client.put(LiveAnswer.refusal(.tooMany))
      _ = client.write(until: now)
      leave(&client, at: now)
    }
    clients.append(client)
  }

  /// Lets a client send and receive; one that is done or gone has no time left.
  private func turn(_ client: inout LiveClient, at now: Nanoseconds) {
    guard client.write(until: now + limits.writeTime) else { return client.deadline = 0 }
    if client.state == .answered, !client.wantsToWrite { leave(&client, at: now) }
    switch client.read(atMost: LiveRequest.longestHead) {
    case .nothing: return
    case .ended: client.deadline = 0
    case .bytes: if client.state == .asking { answer(&client, at: now) }
    }
  }

  private func leave(_ client: inout LiveClient, at now: Nanoseconds) {
    shutdown(client.descriptor, Int32(SHUT_WR))
    client.state = .leaving
    client.deadline = now + 1_000_000_000
  }

  private func answer(_ client: inout LiveClient, at now: Nanoseconds) {
    do throws(LiveRequest.Refusal) {
      guard let head = client.wholeHead, head.count <= LiveRequest.longestHead else {
        guard client.head.count > LiveRequest.longestHead else { return }
        throw .tooLarge
      }
      let request = try LiveRequest(head, port: port, token: token)
      client.state = request.resource == .events && !request.isHead ? .listening : .answered
      let answer = try content(request.resource)
      client.put(request.isHead ? LiveAnswer.head(of: answer) : answer)
    } catch {
      client.state = .answered
      client.put(LiveAnswer.refusal(error))
    }
    client.deadline = now + limits.writeTime
    guard client.write(until: client.deadline) else { return client.deadline = 0 }
    if client.state == .answered, !client.wantsToWrite { leave(&client, at: now) }
    if client.state == .listening, !client.wantsToWrite { client.deadline = .max }
  }

  private func content(_ resource: LiveRequest.Resource) throws(LiveRequest.Refusal) -> String {
    switch resource {
    case .page: return LiveAnswer.page()
    case .events:
      return LiveAnswer.events + LiveAnswer.event("history", board.points)
        + LiveAnswer.event(board.isOver ? "end" : "now", board.frame(at: MonotonicClock.now(), isPoint: false))
    case .metrics: return LiveAnswer.metrics(LiveMetrics.text(board))
    case .report:
      guard let report = state.withLock({ $0.report }) else { throw .notFound }
      return LiveAnswer.report(report)
    }
  }

  /// Sends what holds now to all who listen; a client for whom too much waits is dropped.
  private func broadcast(_ clients: inout [LiveClient], isLast: Bool) {
    let now = MonotonicClock.now()
    let event = LiveAnswer.event(isLast || board.isOver ? "end" : "frame", board.frame(at: now))
    for index in clients.indices where clients[index].state == .listening {
      if !clients[index].wantsToWrite { clients[index].deadline = now + limits.writeTime }
      clients[index].put(event)
      if !clients[index].write(until: now + limits.writeTime) || clients[index].waiting > limits.waiting {
        clients[index].deadline = 0
      } else if !clients[index].wantsToWrite {
        clients[index].deadline = .max
      }
    }
  }
}
