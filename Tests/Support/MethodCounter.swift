import Synchronization

/// A server that counts what reaches it by method, and lets backends answer in turn.
package final class MethodCounter: Sendable {
  /// An answer to one request.
  package struct Answer {
    package var status = 200
    /// What `X-Backend` says; `nil` for an answer without it.
    package var backend: String?
    /// What `X-Generation` says; `nil` for an answer without it.
    package var generation: String?

    package init(status: Int = 200, backend: String?, generation: String? = "1") {
      self.status = status
      self.backend = backend
      self.generation = generation
    }
  }

  private final class Counts: Sendable {
    let state = Mutex<(methods: [String: Int], total: Int)>(([:], 0))

    /// - Returns: how many requests came before.
    func add(_ method: String) -> Int {
      state.withLock { state in
        state.methods[method, default: 0] += 1
        state.total += 1
        return state.total - 1
      }
    }
  }

  private let counts = Counts()
  private let server: ScriptedServer

  package var url: String { "http://127.0.0.1:\(server.port)/order" }
  package var methods: [String: Int] { counts.state.withLock { $0.methods } }
  package var total: Int { counts.state.withLock { $0.total } }

  /// - Parameter answer: is given the method and how many requests came before.
  package init(_ answer: @escaping @Sendable (String, Int) -> Answer) throws {
    server = try ScriptedServer { [counts] connection in
      while let head = connection.readHead() {
        let method = String(head.prefix { $0 != " " })
        let length = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
          .flatMap { Int($0.dropFirst("content-length:".count).filter { $0 != " " }) }
        connection.skip(length ?? 0)
        let before = counts.add(method)
        // As servers of HTTP/1.1 alone take the beginning of HTTP/2 (RFC 9113 3.4).
        guard method != "PRI" else {
          connection.send("HTTP/1.1 505 HTTP Version Not Supported\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
          return
        }
        let answer = answer(method, before)
        let names =
          (answer.backend.map { "X-Backend: \($0)\r\n" } ?? "")
          + (answer.generation.map { "X-Generation: \($0)\r\n" } ?? "")
        let content = method == "HEAD" ? "" : "ok"
        connection.send(
          "HTTP/1.1 \(answer.status) S\r\n\(names)Content-Length: 2\r\n\r\n\(content)")
      }
    }
  }

  /// Three backends in turn.
  package convenience init() throws {
    try self.init { Answer(backend: ["a", "b", "c"][$1 % 3]) }
  }
}
