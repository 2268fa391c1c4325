import Foundation
import Platform
import Testing

@testable import Testbed

@Suite struct RequestLedgerTests {
  private func enter(_ ledger: RequestLedger, _ target: String = "/") -> RequestLedger.Ticket {
    ledger.begin(arrived: MonotonicClock.now(), connection: 1, id: nil, method: "GET", target: target)
  }

  @Test("A row has what the backend saw, in the order of time")
  func row() throws {
    let ledger = RequestLedger()
    let ticket = ledger.begin(arrived: MonotonicClock.now(), connection: 3, id: "r-1", method: "POST", target: "/a?b=c")
    ledger.answering(ticket, status: 201)
    ledger.answered(ticket, .answered)
    let document = ledger.document(of: "a", generation: "1")
    let row = try #require(document.requests.first)
    #expect(document.isComplete && document.arrived == 1)
    #expect(row.connection == 3 && row.requestID == "r-1" && row.method == "POST" && row.target == "/a?b=c")
    #expect(row.status == 201 && row.outcome == .answered)
    let (began, ended) = (try #require(row.beganSeconds), try #require(row.endedSeconds))
    #expect(row.arrivedSeconds <= began && began <= ended && ended < 60)
  }

  @Test("A full ledger keeps the first rows, counts the rest and says that it was cut, in JSON and in CSV")
  func cut() throws {
    let ledger = RequestLedger(rowLimit: 3)
    for number in 1...5 {
      let ticket = enter(ledger, "/\(number)")
      ledger.answering(ticket, status: 200)
      ledger.answered(ticket, .answered)
    }
    let document = ledger.document(of: "a", generation: "1")
    #expect(document.arrived == 5 && !document.isComplete)
    #expect(document.requests.map(\.target) == ["/1", "/2", "/3"])
    let read = try LedgerDocument(json: Data(document.json))
    #expect(read.requests == document.requests && !read.isComplete && read.schema == "lbcheck.ledger/1")
    let lines = String(decoding: document.csv, as: UTF8.self).split(separator: "\r\n")
    #expect(lines.count == 5 && lines[4] == "# cut: 2 more requests arrived and have no row")
  }

  @Test("Long texts fill it too, and what follows them is cut although it is short")
  func textLimit() {
    let ledger = RequestLedger()
    let target = "/" + String(repeating: "x", count: RequestLedger.textLimit / 4)
    for _ in 0..<4 { _ = enter(ledger, target) }
    _ = enter(ledger)
    let document = ledger.document(of: "a", generation: "1")
    #expect(document.arrived == 5 && document.requests.count == 3 && !document.isComplete)
  }

  @Test("Clearing begins a new one; what was being answered leaves no row and no count in it")
  func clear() {
    let ledger = RequestLedger()
    let (answering, open) = (enter(ledger, "/old"), enter(ledger, "/older"))
    ledger.answering(answering, status: 200)
    ledger.clear()
    #expect(ledger.count == 0)
    _ = enter(ledger, "/new")
    _ = enter(ledger, "/newer")
    ledger.answered(answering, .answered)
    ledger.unanswered(open, .reset)
    let document = ledger.document(of: "a", generation: "1")
    #expect(document.arrived == 2 && document.isComplete)
    #expect(document.requests.map(\.target) == ["/new", "/newer"])
    #expect(document.requests.allSatisfy { $0.outcome == .open && $0.endedSeconds == nil })
  }

  @Test("CSV quotes what holds commas and quotes, and leaves out what is not there")
  func csv() {
    let ledger = RequestLedger()
    _ = ledger.begin(arrived: MonotonicClock.now(), connection: 1, id: "a,b", method: "GET", target: "/\"x\"")
    let text = String(decoding: ledger.document(of: "a", generation: "1").csv, as: UTF8.self)
    #expect(text.hasPrefix("connection,request_id,method,target,status,arrived_s,began_s,ended_s,outcome\r\n"))
    #expect(text.contains("\r\n1,\"a,b\",GET,\"/\"\"x\"\"\",,0."))
    #expect(text.hasSuffix(",,,open\r\n"))
  }
}
