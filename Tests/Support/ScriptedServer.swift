internal import CLinux
import Glibc
import Synchronization

/// A server in this process whose every byte a test decides.
///
///     let server = try ScriptedServer { connection in
///       guard connection.readRequest() else { return }
///       connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel")
///     }
///
/// The closure runs on a thread of its own for each connection, which is closed when it returns.
package final class ScriptedServer: @unchecked Sendable {
  package let port: UInt16
  private let listener: Int32
  private let connections = Mutex(0)

  package var connectionCount: Int { connections.withLock { $0 } }

  package init(ipv6: Bool = false, _ serve: @escaping @Sendable (ScriptedConnection) -> Void) throws {
    signal(SIGPIPE, SIG_IGN)
    port = FreePort.reserve()
    listener = socket(ipv6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var one: Int32 = 1
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, 4)
    guard FreePort.bindLoopback(listener, port, ipv6: ipv6) == 0, listen(listener, 512) == 0 else {
      throw TestFailure("cannot listen on port \(port)")
    }
    ScriptedServer.thread { [listener, weak self] in
      while true {
        let accepted = accept(listener, nil, nil)
        guard accepted >= 0 else { return }
        self?.connections.withLock { $0 += 1 }
        ScriptedServer.thread {
          serve(ScriptedConnection(socket: accepted))
          close(accepted)
        }
      }
    }
  }

  deinit { stop() }

  package func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  static func thread(_ body: @escaping @Sendable () -> Void) {
    final class Box { let body: () -> Void; init(_ body: @escaping () -> Void) { self.body = body } }
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { argument in
        Unmanaged<Box>.fromOpaque(argument!).takeRetainedValue().body()
        return nil
      }, Unmanaged.passRetained(Box(body)).toOpaque())
    pthread_detach(thread)
  }
}

/// One accepted connection.
package struct ScriptedConnection: Sendable {
  let socket: Int32

  /// Reads a request's head, up to its empty line; `nil` if the client has gone.
  package func readHead() -> String? {
    var head: [UInt8] = []
    var byte: UInt8 = 0
    while recv(socket, &byte, 1, 0) == 1 {
      head.append(byte)
      if byte == 10, head.suffix(4) == [13, 10, 13, 10] { return String(decoding: head, as: UTF8.self) }
    }
    return nil
  }

  /// Reads so many bytes; `false` if the client has gone before.
  package func readBytes(_ count: Int) -> Bool {
    var byte: UInt8 = 0
    for _ in 0..<count { guard recv(socket, &byte, 1, 0) == 1 else { return false } }
    return true
  }

  /// Reads a request's head; `false` if the client has gone.
  package func readRequest() -> Bool { readHead() != nil }

  /// Reads a request's body and forgets it.
  package func skip(_ count: Int) {
    var byte: UInt8 = 0
    for _ in 0..<count where recv(socket, &byte, 1, 0) != 1 { return }
  }

  /// `false` once the client has gone.
  @discardableResult
  package func send(_ text: String) -> Bool { send(Array(text.utf8)) }

  @discardableResult
  package func send(_ bytes: [UInt8]) -> Bool {
    var offset = 0
    while offset < bytes.count {
      let sent = bytes.withUnsafeBytes {
        Glibc.send(socket, $0.baseAddress! + offset, $0.count - offset, Int32(MSG_NOSIGNAL))
      }
      guard sent > 0 else { return false }
      offset += sent
    }
    return true
  }

  /// Ends the sending side alone.
  package func finishSending() { shutdown(socket, Int32(SHUT_WR)) }

  package func pause(milliseconds: UInt32) { usleep(milliseconds * 1000) }

  /// Closes with a reset in place of an orderly end.
  package func reset() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }
}
