import Testbed
import Testing

@Suite struct BackendFaultTests {
  static let faults: [([String: String], BackendFault)] = [
    (["kind": "ok"], .none), (["kind": "slow", "delay": "200ms"], .slow(.milliseconds(200))),
    (["kind": "slow", "delay": "1.5s"], .slow(.milliseconds(1500))),
    (["kind": "slow", "delay": "20ms", "path": "/report"], .slow(.milliseconds(20), path: "/report")),
    (["kind": "refuse"], .refuse),
    (["kind": "reset"], .reset), (["kind": "hang"], .hang), (["kind": "errors"], .errors(share: 0.5, status: 503)),
    (["kind": "errors", "share": "0.01", "status": "502"], .errors(share: 0.01, status: 502)),
    (["kind": "flap", "on": "2s", "off": "1m"], .flap(on: .seconds(2), off: .seconds(60))),
  ]

  @Test("Each kind is read with its parameters", arguments: faults)
  func reading(_ query: [String: String], _ fault: BackendFault) throws {
    #expect(try BackendFault(query: query) == fault)
    var pairs: [String: String] = [:]
    for pair in fault.query.split(separator: "&") {
      let halves = pair.split(separator: "=")
      pairs[String(halves[0])] = String(halves[1])
    }
    #expect(try BackendFault(query: pairs) == fault, "\(fault.query)")
  }

  @Test(
    "What is none is refused, and the parameter named",
    arguments: [
      ([:], "kind"), (["kind": "slowly"], "kind"), (["kind": "slow"], "delay"),
      (["kind": "slow", "delay": "5"], "delay"),
      (["kind": "slow", "delay": "-1s"], "delay"), (["kind": "slow", "delay": "2h"], "delay"),
      (["kind": "slow", "delay": "9999999m"], "delay"), (["kind": "slow", "delay": "ms"], "delay"),
      (["kind": "errors", "share": "0"], "share"), (["kind": "errors", "share": "nan"], "share"),
      (["kind": "errors", "share": "1.1"], "share"), (["kind": "errors", "status": "404"], "status"),
      (["kind": "flap", "on": "1s"], "off"), (["kind": "ok", "delay": "1s"], "delay"),
      (["kind": "hang", "share": "1"], "share"), (["kind": "slow", "delay": "1s", "path": "report"], "path"),
    ])
  func refusals(_ query: [String: String], _ name: String) {
    let error = #expect(throws: TestbedError.self) { try BackendFault(query: query) }
    guard case .invalidConfiguration(let reason) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(reason.contains(name), "\(reason)")
  }
}
