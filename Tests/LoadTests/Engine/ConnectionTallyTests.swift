import HTTP
import Load
import Support
import Synchronization
import Testing

/// To whom connections are credited: the backend of their first answer; those with answers of several are counted apart.
@Suite struct ConnectionTallyTests {
  private static func page(_ backend: String) -> String {
    "HTTP/1.1 200 OK\r\nX-Backend: \(backend)\r\nContent-Length: 2\r\n\r\nok"
  }

  @Test("Connections that stay with their backend are credited to it, and none is mixed", arguments: [1, 2])
  func staying(workers: Int) throws {
    let turn = Atomic(0)
    let server = try ScriptedServer { connection in
      let backend = ["a", "b", "c"][turn.wrappingAdd(1, ordering: .relaxed).oldValue % 3]
      while connection.readRequest() { connection.send(Self.page(backend)) }
    }
    var plan = try Plan.toLoopback(server.port, requests: 300, connections: 9)
    plan.workers = workers
    let measured = try Run(plan).measure()
    #expect(measured.succeeded == 300 && measured.mixedConnections == 0)
    #expect(measured.backends.reduce(0) { $0 + $1.connections } == measured.connectionsOpened)
    #expect(measured.backends.allSatisfy { $0.connections == 3 })
  }

  @Test("A connection with answers of two backends is one mixed connection, credited to the first")
  func mixed() throws {
    let server = try ScriptedServer { connection in
      var number = 0
      while connection.readRequest() {
        connection.send(Self.page(number == 0 ? "first" : number % 2 == 0 ? "a" : "b"))
        number += 1
      }
    }
    // Of several connections a slow one may carry one request alone.
    let measured = try Run(try Plan.toLoopback(server.port, requests: 40, connections: 1)).measure()
    #expect(measured.mixedConnections == 1)
    #expect(measured.backends.map { $0.name == "first" ? $0.connections : -$0.connections }.sorted() == [0, 0, 1])
  }

  @Test("Each fresh connection counts, and a failed first answer is passed over")
  func fresh() throws {
    let server = try ScriptedServer { connection in
      var number = 0
      while connection.readRequest() {
        if number == 0 {
          connection.send("HTTP/1.1 503 Busy\r\nX-Backend: down\r\nContent-Length: 2\r\n\r\nno")
        } else {
          connection.send(Self.page("a"))
        }
        number += 1
      }
    }
    let measured = try Run(try Plan.toLoopback(server.port, requests: 30, connections: 1)).measure()
    #expect(measured.mixedConnections == 0)
    #expect(measured.backends.first { $0.name == "a" }?.connections == 1)
    #expect(measured.backends.first { $0.name == "down" }?.connections == 0)
    var plan = try Plan.toLoopback(server.port, requests: 30, connections: 3)
    plan.freshShare = 1
    plan.expectedStatuses = StatusSet([503...503])
    let single = try Run(plan).measure()
    #expect(single.backends.map(\.connections) == [30])
  }
}
