internal import CLinux
import Glibc
import Synchronization

/// A server that answers every request after a delay known beforehand, and keeps its own record of it.
///
///     let server = try DelayingServer(delays: [5_000_000, 20_000_000], after: 1)
///     // … 3 requests …
///     server.exchanges[1].held  // a little over 20_000_000
///
/// One thread waits in `epoll` without timer slack and does nothing else, so that it costs hardly more than the delays. Times
/// are nanoseconds of CLOCK_MONOTONIC, the clock that lbcheck reads.
package final class DelayingServer: Sendable {
  /// One request as the server saw it.
  package struct Exchange: Sendable {
    /// Which connection brought it, counted from 0 in the order in which they were accepted.
    package let connection: Int
    /// When its bytes had been read.
    package let arrived: UInt64
    /// When its answer was about to be sent; 0 before that.
    package fileprivate(set) var answered: UInt64 = 0

    /// How long the answer was held back: never more than a client can have waited.
    package var held: UInt64 { answered - arrived }
  }

  package let port: UInt16
  private let listener: Int32
  private let record = Mutex<[Exchange]>([])
  private let probeCount: Int

  /// The requests of the plan in the order of their arrival, without the probes.
  package var exchanges: [Exchange] { Array(record.withLock { $0 }.dropFirst(probeCount)) }

  /// - Parameters:
  ///   - delays: of each request in the order of arrival, in nanoseconds; those beyond the last are answered at once.
  ///   - probes: how many requests before them are answered at once.
  package init(delays: [UInt64], after probes: Int) throws {
    signal(SIGPIPE, SIG_IGN)
    port = FreePort.reserve()
    probeCount = probes
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var one: Int32 = 1
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, 4)
    guard FreePort.bindLoopback(listener, port) == 0, listen(listener, 128) == 0 else {
      close(listener)
      throw TestFailure("cannot listen on port \(port)")
    }
    let plan = [UInt64](repeating: 0, count: probes) + delays
    ScriptedServer.thread { [listener, weak self] in
      clinux_set_timer_slack_ns(1)
      SharedProcessor.enter()
      var loop = Loop(listener: listener, delays: plan)
      loop.run(
        arrived: { exchange in self?.record.withLock { $0.append(exchange) } },
        answered: { number, time in self?.record.withLock { $0[number].answered = time } })
    }
  }

  /// Ends the thread, which closes everything.
  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// What the thread owns.
  private struct Loop {
    let listener: Int32
    let delays: [UInt64]
    private let queue = epoll_create1(Int32(EPOLL_CLOEXEC))
    /// The number of each open connection by its descriptor.
    private var connections: [Int32: Int] = [:]
    private var accepted = 0
    private var arrivals = 0
    private var waiting: [(due: UInt64, number: Int, socket: Int32)] = []
    private let answer = Array("HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 2\r\n\r\nok".utf8)

    init(listener: Int32, delays: [UInt64]) {
      self.listener = listener
      self.delays = delays
      watch(listener)
    }

    /// Serves until the listener is shut down.
    mutating func run(arrived: (Exchange) -> Void, answered: (Int, UInt64) -> Void) {
      var buffer = [UInt8](repeating: 0, count: 8192)
      var events = [epoll_event](repeating: epoll_event(), count: 16)
      defer {
        for socket in Array(connections.keys) + [listener, queue] { close(socket) }
      }
      while true {
        let now = DelayingServer.now()
        let next = waiting.min { $0.due < $1.due }?.due
        let timeout = next.map { Int64($0 > now ? $0 - now : 0) } ?? -1
        let count = clinux_epoll_wait(queue, &events, Int32(events.count), timeout)
        for event in events.prefix(Int(max(count, 0))) {
          let socket = Int32(truncatingIfNeeded: event.data.u64)
          if socket == listener {
            guard accept() else { return }
          } else if let connection = connections[socket] {
            guard recv(socket, &buffer, buffer.count, 0) > 0 else {
              drop(socket)
              continue
            }
            let time = DelayingServer.now()
            arrived(Exchange(connection: connection, arrived: time))
            waiting.append((time + (arrivals < delays.count ? delays[arrivals] : 0), arrivals, socket))
            arrivals += 1
          }
        }
        while let due = waiting.indices.min(by: { waiting[$0].due < waiting[$1].due }) {
          let time = DelayingServer.now()
          guard waiting[due].due <= time else { break }
          let (_, number, socket) = waiting.remove(at: due)
          // Noted first: whoever has the answer finds it in the record.
          answered(number, time)
          _ = Glibc.send(socket, answer, answer.count, Int32(MSG_NOSIGNAL))
        }
      }
    }

    private mutating func accept() -> Bool {
      let socket = clinux_accept_close_on_exec(listener)
      guard socket >= 0 else { return false }
      var one: Int32 = 1
      setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
      connections[socket] = accepted
      accepted += 1
      watch(socket)
      return true
    }

    private mutating func drop(_ socket: Int32) {
      waiting.removeAll { $0.socket == socket }
      connections[socket] = nil
      close(socket)
    }

    private func watch(_ socket: Int32) {
      var event = epoll_event()
      event.events = EPOLLIN.rawValue
      event.data.u64 = UInt64(socket)
      epoll_ctl(queue, EPOLL_CTL_ADD, socket, &event)
    }
  }
}
