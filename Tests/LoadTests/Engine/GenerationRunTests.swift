import HTTP
import Load
import Support
import Synchronization
import Testing

@Suite struct GenerationRunTests {
  @Test("A new generation with each answer: the first are distinguished, the others counted, none is lost")
  func endless() throws {
    let turn = Atomic(0)
    let server = try ScriptedServer { connection in
      while connection.readRequest() {
        let number = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        connection.send(
          "HTTP/1.1 200 OK\r\nX-Backend: a\r\nX-Generation: \(number)\r\nContent-Length: 2\r\n\r\nok")
      }
    }
    let requests = Generation.limit + 300
    var plan = try Plan.toLoopback(server.port, requests: requests, connections: 4)
    plan.generationHeader = "X-Generation"
    plan.recordLimit = requests
    let measured = try Run(plan).measure()
    #expect(measured.succeeded == requests && measured.records.count == requests)
    #expect(measured.generations.count == Generation.limit)
    #expect(measured.untrackedGenerations == 300)
    #expect(measured.records.count { $0.generation == nil } == 300)
  }
}
