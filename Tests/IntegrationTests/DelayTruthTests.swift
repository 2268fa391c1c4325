import Support
import Testing

extension Integration {
  /// The times that lbcheck reports beside the record of the server that caused them.
  @Suite struct DelayTruthTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    /// Delays, the shortest first, and how often each occurs.
    struct Distribution: CustomTestStringConvertible, Sendable {
      let testDescription: String
      let parts: [(count: Int, milliseconds: Double)]
      let connections: Int

      /// In the order of arrival, in nanoseconds.
      var delays: [UInt64] {
        let sorted = parts.flatMap { repeatElement(UInt64($0.milliseconds * 1e6), count: $0.count) }
        // All connections begin at once in closed loop: shorter delays part them, and hide what connecting adds to a latency.
        let first = (1...connections).map { sorted[0] * UInt64($0) / UInt64(connections + 1) }
        let rest = sorted.dropFirst(connections)
        // 619 has no divisor in common with the counts here, so that each delay is taken once.
        return first + rest.indices.map { rest[rest.startIndex + $0 * 619 % rest.count] }
      }

      /// Requests a second at which the connections are busy 95 % of the time.
      var rate: Double {
        let seconds = parts.reduce(0) { $0 + Double($1.count) * $1.milliseconds / 1e3 }
        return (0.95 * Double(connections * parts.reduce(0) { $0 + $1.count }) / seconds).rounded()
      }
    }

    static let distributions = [
      Distribution(testDescription: "constant", parts: [(1000, 12)], connections: 8),
      // A rank that is one too low takes a short one for the median.
      Distribution(testDescription: "bimodal", parts: [(499, 8), (501, 20)], connections: 8),
      // One request in a thousand is the 99.9th percentile. While it keeps a connection in open loop, others come late.
      Distribution(testDescription: "one in a thousand", parts: [(998, 12), (1, 50)], connections: 6),
    ]

    @Test(
      "Every request's time and every percentile are those of the server's own record",
      arguments: distributions, ["closed", "open"])
    func delays(distribution: Distribution, loop: String) throws {
      // The machine may hold up lbcheck alone, which then waits longer than the server knows: not four times in a row.
      var deviations: [String] = []
      var attempts = 0
      repeat {
        attempts += 1
        let run = try DelayedRun(
          tool, delays: distribution.delays, connections: distribution.connections,
          rate: loop == "open" ? distribution.rate : nil)
        run.expectCausality()
        deviations = run.deviations
      } while attempts < 4 && !deviations.isEmpty
      #expect(deviations.isEmpty, "\(attempts) attempts, in the last:\n\(deviations.joined(separator: "\n"))")
    }
  }
}
