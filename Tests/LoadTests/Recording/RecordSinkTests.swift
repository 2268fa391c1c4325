import HTTP
import Platform
import Support
import Synchronization
import Testing

@testable import Load

@Suite struct RecordSinkTests {
  /// Keeps what it is given, each chunk after a pause.
  private final class Sink: RecordSink {
    let chunks = Mutex<[RecordChunk]>([])
    let begins = Mutex(0)
    let pause: Nanoseconds

    init(pause: Nanoseconds = 0) { self.pause = pause }

    func begin() {
      begins.withLock { $0 += 1 }
      chunks.withLock { $0 = [] }
    }

    func take(_ chunk: RecordChunk) {
      MonotonicClock.sleep(pause)
      chunks.withLock { $0.append(chunk) }
    }
  }

  private func plan(_ port: UInt16, requests: Int) throws -> Plan {
    let target = try Target("http://127.0.0.1:\(port)/")
    let address = try #require(SocketAddress("127.0.0.1", port: port))
    var plan = Plan(target: target, addresses: [address], templates: [try RequestTemplate(path: "/")])
    plan.requests = requests
    plan.connections = 4
    plan.backendHeader = "X-Backend"
    plan.generationHeader = "X-Pid"
    return plan
  }

  private func record(_ number: Int) -> RequestRecord {
    RequestRecord(
      due: Nanoseconds(number), sent: 1, done: 2, connection: 0, backend: nil, generation: nil, status: 200,
      failure: nil, isRetry: false, isUpstreamRetried: false)
  }

  @Test(
    "A sink gets every request that a run keeps, with its names, and only those of the last run", arguments: [1, 3])
  func whole(workers: Int) throws {
    let server = try ScriptedServer { connection in
      var number = 0
      while connection.readRequest() {
        number += 1
        let status = number % 10 == 0 ? "503 Busy" : "200 OK"
        connection.send(
          "HTTP/1.1 \(status)\r\nX-Backend: app-\(number % 3)\r\nX-Pid: \(number % 2)\r\nContent-Length: 0\r\n\r\n")
      }
    }
    let sink = Sink()
    var plan = try plan(server.port, requests: 9000)
    plan.workers = workers
    plan.recordLimit = 10_000
    plan.recordSink = sink
    _ = try Run(plan).measure()
    let measured = try Run(plan).measure()
    #expect(sink.begins.withLock { $0 } == 2)
    let chunks = sink.chunks.withLock { $0 }
    #expect(chunks.allSatisfy { $0.records.count <= RecordBuffer.chunkSize })
    let records = chunks.flatMap(\.records)
    #expect(measured.completed == 9000 && records.count == 9000 && measured.records.count == 9000)
    #expect(Set(records.map(\.connection)).count == 4)
    func named(_ record: RequestRecord, _ backends: [String], _ generations: [String]) -> String {
      "\(record.due) \(record.done) \(record.status ?? 0) \(record.failure?.name ?? "") "
        + "\(record.backend.map { backends[$0] } ?? "") \(record.generation.map { generations[$0] } ?? "")"
    }
    let streamed = chunks.flatMap { chunk in chunk.records.map { named($0, chunk.backends, chunk.generations) } }
    let kept = measured.records.map { named($0, measured.backends.map(\.name), measured.generations.map(\.name)) }
    #expect(streamed.sorted() == kept.sorted())
  }

  @Test("With a limit a sink gets few requests within it, and from when on outcomes are missing")
  func early() throws {
    let server = try ScriptedServer { connection in
      while connection.readRequest() { connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") }
    }
    let sink = Sink()
    var plan = try plan(server.port, requests: 20)
    plan.pacer = .constant(rate: 50)
    plan.recordSink = sink
    plan.recordDelay = 50_000_000
    _ = try Run(plan).measure()
    let chunks = sink.chunks.withLock { $0 }
    #expect(chunks.count >= 4)
    #expect(chunks.flatMap(\.records).count == 20)
    for chunk in chunks { #expect(chunk.records.allSatisfy { $0.due < chunk.open }) }
    #expect(chunks.last?.open == .max)
  }

  @Test("With a limit further generations are told apart after the most that a worker distinguishes")
  func manyGenerations() throws {
    let number = Mutex(0)
    let server = try ScriptedServer { connection in
      while connection.readRequest() {
        let pid = number.withLock { number in
          number += 1
          return number
        }
        connection.send("HTTP/1.1 200 OK\r\nX-Backend: a\r\nX-Pid: \(pid)\r\nContent-Length: 0\r\n\r\n")
      }
    }
    let sink = Sink()
    var plan = try plan(server.port, requests: 3 * Generation.limit)
    plan.recordSink = sink
    plan.recordDelay = 1_000_000
    _ = try Run(plan).measure()
    let chunks = sink.chunks.withLock { $0 }
    let names = Set(
      chunks.flatMap { chunk in chunk.records.compactMap { $0.generation.map { chunk.generations[$0] } } })
    #expect(names.count > 2 * Generation.limit)
  }

  @Test("New connections go to the addresses that a book has by then")
  func book() throws {
    func server(_ name: String) throws -> ScriptedServer {
      try ScriptedServer { connection in
        while connection.readRequest() {
          connection.send("HTTP/1.1 200 OK\r\nX-Backend: \(name)\r\nContent-Length: 0\r\n\r\n")
        }
      }
    }
    let (one, two) = (try server("one"), try server("two"))
    var plan = try plan(one.port, requests: 40)
    plan.pacer = .constant(rate: 100)
    plan.traffic.freshShare = 1
    let book = AddressBook(plan.addresses)
    plan.addressBook = book
    let other = try #require(SocketAddress("127.0.0.1", port: UInt16(two.port)))
    let measured = try Run(plan).measure(every: 10_000_000) { snapshot in
      if snapshot.succeeded >= 10, book.addresses != [other] { book.replace(with: [other]) }
    }
    #expect(Set(measured.backends.map(\.name)) == ["one", "two"])
    #expect(measured.failed == 0)
    #expect(measured.backends.first { $0.name == "two" }.map { $0.succeeded >= 10 } == true)
  }

  @Test("A slow sink holds the workers up instead of losing requests, and that is reported")
  func slow() throws {
    let sink = Sink(pause: 2_000_000)
    let queue = try RecordQueue(to: sink)
    let count = RecordQueue.capacity * 3
    for number in 0..<count { queue.put(RecordChunk(records: [record(number)], backends: [], generations: [])) }
    #expect(queue.close() > 20_000_000)
    #expect(sink.chunks.withLock { $0 }.flatMap(\.records).map(\.due) == (0..<count).map(Nanoseconds.init))
  }

  @Test("A queue that got nothing closes at once")
  func empty() throws {
    let sink = Sink()
    #expect(try RecordQueue(to: sink).close() == 0)
    #expect(sink.begins.withLock { $0 } == 1)
  }
}
