import Foundation
import Testing

@testable import Testbed

/// Each fault as a real client sees it, and what the ledger says of it.
@Suite struct BackendFaultsAtWorkTests {
  private let backend: BackendServer

  init() throws {
    var configuration = BackendServer.Configuration(name: "a")
    configuration.keepsLedger = true
    // Bound by its number, as BackendGroup binds it, so that the port is kept while it refuses.
    let port = try ListeningSocket().port
    backend = BackendServer(configuration, on: try ListeningSocket(port: port))
    try backend.start()
  }

  private func client(timeout: Int = 10) throws -> TestClient { try TestClient(port: backend.port, timeout: timeout) }

  private var outcomes: [LedgerRow.Outcome] { backend.ledgerDocument?.requests.map(\.outcome) ?? [] }

  /// Whether the next request on a new connection is answered with this status.
  private func answers(_ status: Int) -> Bool { (try? client(timeout: 1).get().status) == status }

  @Test("slow adds its time to every answer until it is switched off, and the ledger shows it")
  func slow() throws {
    let client = try client()
    try backend.setFault(.slow(.milliseconds(60)))
    let clock = ContinuousClock()
    for _ in 0..<2 { #expect(try clock.measure { _ = try client.get() } >= .milliseconds(60)) }
    try backend.setFault(.none)
    _ = try client.get()
    let rows = backend.ledgerDocument?.requests ?? []
    #expect(rows.count == 3)
    for row in rows.prefix(2) { #expect((row.beganSeconds ?? 0) - row.arrivedSeconds >= 0.06) }
    #expect(rows.map(\.connection) == [1, 1, 1])
  }

  @Test("refuse ends kept connections and refuses new ones, and ok listens again on the same port")
  func refuse() throws {
    let client = try client()
    _ = try client.get()
    // By then its thread waits for the next request.
    usleep(100_000)
    let port = backend.port
    try backend.setFault(.refuse)
    #expect(client.errorAtEnd == 0)
    #expect(throws: TestClient.Ended.self) { try TestClient(port: port) }
    try backend.setFault(.none)
    #expect(answers(200))
    #expect(backend.ledgerDocument?.requests.map(\.connection) == [1, 2])
  }

  @Test("refuse lets the answer in flight be finished")
  func refuseInFlight() throws {
    let client = try client()
    client.send("GET /slow?ms=150 HTTP/1.1\r\nHost: t\r\n\r\n")
    #expect(eventually { backend.ledger?.count == 1 })
    try backend.setFault(.refuse)
    let answer = try client.receive()
    #expect(answer.status == 200 && answer["Connection"] == "close")
    #expect(client.errorAtEnd == 0)
  }

  @Test("reset answers a request by a reset, not by an end")
  func reset() throws {
    try backend.setFault(.reset)
    let client = try client()
    client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
    #expect(client.errorAtEnd == ECONNRESET)
    #expect(eventually { outcomes == [.reset] })
    let row = backend.ledgerDocument?.requests.first
    #expect(row?.status == nil && row?.beganSeconds == nil && row?.endedSeconds != nil)
    try backend.setFault(.none)
    #expect(answers(200))
  }

  @Test("hang takes requests and answers none, also not once it is switched off")
  func hang() throws {
    try backend.setFault(.hang)
    do {
      let client = try client(timeout: 1)
      client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
      #expect(eventually { outcomes == [.open] })
      try backend.setFault(.none)
      #expect(answers(200))
      #expect(client.errorAtEnd == EAGAIN)
    }
    #expect(eventually { outcomes == [.abandoned, .answered] })
    #expect(eventually { backend.openConnections == 0 })
  }

  @Test("A backend with hanging requests stops at once")
  func hangingStop() throws {
    try backend.setFault(.hang)
    let client = try client()
    client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
    #expect(eventually { outcomes == [.open] })
    #expect(ContinuousClock().measure { backend.stop(grace: .seconds(30)) } < .seconds(20))
    #expect(client.errorAtEnd == 0)
    #expect(outcomes == [.abandoned])
  }

  @Test(
    "errors are exactly their share, evenly spread, with the backend's fingerprint", arguments: [0.25, 0.1, 1])
  func errors(share: Double) throws {
    try backend.setFault(.errors(share: share, status: 502))
    let client = try client()
    var statuses: [Int] = []
    for _ in 0..<200 {
      let answer = try client.get()
      #expect(answer["X-Backend"] == "a")
      statuses.append(answer.status)
    }
    #expect(statuses.filter { $0 == 502 }.count == Int(200 * share))
    #expect(statuses.prefix(20).filter { $0 == 502 }.count == Int(20 * share))
    #expect(statuses.allSatisfy { $0 == 200 || $0 == 502 })
    #expect(backend.ledgerDocument?.requests.compactMap(\.status) == statuses)
  }

  @Test("flap refuses and answers in turn, until something else is set")
  func flap() throws {
    try backend.setFault(.flap(on: .milliseconds(100), off: .milliseconds(100)))
    for _ in 0..<3 {
      #expect(eventually { answers(200) })
      #expect(eventually { !answers(200) })
    }
    try backend.setFault(.none)
    #expect(eventually { answers(200) })
    // No turn of the old setting comes any more.
    for _ in 0..<30 {
      #expect(answers(200))
      usleep(10_000)
    }
  }

  @Test("What is no request has a row as such, and so has a client that leaves in the middle")
  func oddities() throws {
    do {
      let client = try client()
      client.send("GET /\r\n\r\n")
      #expect(try client.receive().status == 400)
    }
    try client().send("POST /x HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nabc")
    #expect(eventually { outcomes == [.malformed, .abandoned] })
    #expect(backend.ledgerDocument?.requests.map(\.target) == ["", "/x"])
  }

  @Test("The request id is read off its header, whatever its letters' case")
  func requestID() throws {
    _ = try client().get("/", "x-request-id:  r-7 \r\n")
    _ = try client().get()
    #expect(backend.ledgerDocument?.requests.map(\.requestID) == ["r-7", nil])
  }
}
