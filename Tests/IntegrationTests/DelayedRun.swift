import Support
import Testing

/// One run of `lbcheck load` against a ``DelayingServer``: each request as lbcheck and as the server saw it.
///
/// Both read the same clock, and noise only ever adds to what lies between two events. So the server's figures are a lower bound
/// without any tolerance, and only the upper one has to allow for the way and the wake-ups.
struct DelayedRun {
  /// Times of lbcheck are nanoseconds from its run's start, those of the server from the machine's.
  struct Request {
    let due: Int
    let sent: Int
    let arrived: Int
    let answered: Int
    let done: Int

    var held: Int { answered - arrived }
    var serviceTime: Int { done - sent }
  }

  /// Of the report.
  private let traffic: LbcheckTool.Outcome.Report
  /// In the order in which they were due.
  private let requests: [Request]
  private let rate: Double?

  /// - Parameters:
  ///   - delays: of the requests in the order of arrival, in nanoseconds.
  ///   - rate: requests a second; `nil` for closed loop.
  init(_ tool: LbcheckTool, delays: [UInt64], connections: Int, rate: Double?) throws {
    // Before its run `load` looks once whether the target answers; the header is given.
    let server = try DelayingServer(delays: delays, after: 1)
    let outcome = try tool.run(
      [
        "load", "http://127.0.0.1:\(server.port)/", "--backend-header", "X-Backend", "--json", "--quiet",
        "--workers", "1", "--requests", "\(delays.count)", "--connections", "\(connections)",
        "--out", "run", "--format", "csv",
      ] + (rate.map { ["--rate", "\($0)"] } ?? []), isTimed: true)
    // 3: the machine held up lbcheck, as it says itself; the times are still those that it saw.
    try #require([0, 3].contains(outcome.status), "\(outcome.messages) \(outcome.output.prefix(600))")
    traffic = try #require(outcome.report?["traffic"])
    self.rate = rate

    let exchanges = server.exchanges
    try #require(exchanges.count == delays.count)
    try #require(traffic["requests"]["succeeded"].integer == delays.count)
    // Both count connections in the order of their making, and each carries its requests one after the other.
    let theirs = Dictionary(grouping: exchanges, by: \.connection).sorted { $0.key < $1.key }.map(\.value)
    let rows = try DelayedRun.rows(tool.folder.read("run/requests.csv") ?? "")
    let ours = Dictionary(grouping: rows, by: \.connection).sorted { $0.key < $1.key }
      .map { $0.value.sorted { $0.sent < $1.sent } }
    try #require(ours.map(\.count) == theirs.map(\.count))
    requests = zip(ours.joined(), theirs.joined()).map { row, exchange in
      Request(
        due: row.due, sent: row.sent, arrived: Int(exchange.arrived), answered: Int(exchange.answered), done: row.done)
    }.sorted { $0.due < $1.due }
  }

  private typealias Row = (due: Int, sent: Int, done: Int, connection: Int)

  private static func rows(_ table: String) throws -> [Row] {
    try table.split(separator: "\r\n").dropFirst().map { line in
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      let times = try fields.prefix(3).map { Int((try #require(Double($0)) * 1e9).rounded()) }
      return (times[0], times[1], times[2], try #require(Int(fields[5])))
    }
  }

  /// Checks what holds however noisy the machine is.
  func expectCausality() {
    // No answer before the server gave it, and no arrival before the sending: by each stamp, with one start for all of them.
    let impossible = requests.filter { $0.serviceTime < $0.held }
    #expect(impossible.isEmpty)
    let earliest = requests.map { $0.answered - $0.done }.max() ?? 0
    let latest = requests.map { $0.arrived - $0.sent }.min() ?? 0
    #expect(earliest <= latest, "stamps contradict each other by \(earliest - latest) ns")
    if let rate {
      for (index, request) in requests.enumerated() {
        #expect(abs(Double(request.due) - Double(index) / rate * 1e9) <= 1, "request \(index)")
      }
    }
    for figure in figures where figure.reported < figure.own - 0.000_002 {
      Issue.record("\(figure) is less than the server's own")
    }
  }

  /// The figures that are above the server's by more than 2 %, or 100 µs where that is more.
  var deviations: [String] {
    let onTheWay = requests.map { $0.serviceTime - $0.held }.sorted()[requests.count / 2]
    return figures.filter { $0.reported > $0.own + max(0.02 * $0.own, 0.1) }.map(\.description)
      + (onTheWay > 200_000
        ? ["half of the requests were \(onTheWay) ns or more longer than the server held them"] : [])
  }

  /// One figure of the report beside the server's own, in milliseconds.
  private struct Figure: CustomStringConvertible {
    let name: String
    let reported: Double
    let own: Double

    var description: String { "\(name) \(reported) ms, by the server's record \(own) ms" }
  }

  private var figures: [Figure] {
    let held = requests.map(\.held).sorted()
    // Open loop counts from when a request was due. The start, which lbcheck does not tell, is before the first arrival.
    let start = requests.map { $0.arrived - $0.due }.min() ?? 0
    let latencies = rate == nil ? held : requests.map { $0.answered - $0.due - start }.sorted()
    let percentiles = [("p50", 500), ("p99", 990), ("p999", 999), ("max", 1000)]
    return [("serviceTime", held), ("latency", latencies)].flatMap { name, values in
      percentiles.map { percentile, thousandths in
        // The smallest value that so many thousandths of all do not exceed.
        let rank = (values.count * thousandths + 999) / 1000
        return Figure(
          name: "\(name).\(percentile)", reported: traffic[name][percentile].number ?? -1,
          own: Double(values[rank - 1]) / 1e6)
      }
    }
  }
}
