internal import Platform

/// A plain HTTP server on loopback that gives each request to one function and closes the connection after its answer.
final class ControlServer: Sendable {
  private let server: ThreadedServer

  /// - Parameter answer: runs on the connection's thread.
  init(on listener: ListeningSocket, answer: @escaping @Sendable (ControlRequest) -> ControlAnswer) {
    server = ThreadedServer(on: listener, threadName: "control") { connection in
      let stream = ByteStream(connection.descriptor)
      let reading = stream.readHead(limit: 16 << 10, patience: .seconds(10)) { connection.becomeIdle() }
      connection.becomeBusy()
      guard case .head(let length) = reading else { return }
      let result = Self.answer(to: UnsafeRawBufferPointer(rebasing: stream.buffered.prefix(length)), by: answer)
      if stream.send(result.head), stream.send(result.body) { connection.linger() }
    }
  }

  deinit {
    server.stop(grace: .zero)
  }

  func start() throws(TestbedError) { try server.start() }

  func stop(grace: Duration) { server.stop(grace: grace) }

  private static func answer(
    to bytes: UnsafeRawBufferPointer, by answer: (ControlRequest) -> ControlAnswer
  ) -> ControlAnswer {
    var head = MessageHead()
    do {
      try head.readRequest(bytes)
    } catch {
      return ControlAnswer(.badRequest, "not a request of HTTP/1.1")
    }
    return answer(
      ControlRequest(
        method: String(decoding: bytes[head.firstLine.0], as: UTF8.self),
        target: String(decoding: bytes[head.firstLine.1], as: UTF8.self)))
  }
}
