internal import Glibc
internal import Statistics

/// Connections that met one backend alone with all of their requests.
package struct PinnedConnections: Sendable, Equatable {
  /// How many did.
  package let count: Int
  /// Of how many with several requests.
  package let of: Int
  /// Whether so many are to be expected where each request is dealt out by itself.
  package let isChance: Bool

  /// Fewer requests of a connection show nothing.
  private static let fewestRequests = 30
  private static let fewestConnections = 20
  /// Fewer of them may have kept in step with the turns of a rotation, each sending when it has its answer.
  private static let leastPart = 0.1

  /// - Parameter answers: who answered on which connection.
  /// - Returns: `nil` where too few connections had several requests.
  package init?(_ answers: some Sequence<(connection: UInt32, backend: Int)>) {
    var connections: [UInt32: (count: Int, backend: Int, isMixed: Bool)] = [:]
    var backends: [Int: Int] = [:]
    for answer in answers {
      backends[answer.backend, default: 0] += 1
      var seen = connections[answer.connection] ?? (0, answer.backend, false)
      seen.count += 1
      if answer.backend != seen.backend { seen.isMixed = true }
      connections[answer.connection] = seen
    }
    let tested = connections.values.filter { $0.count >= Self.fewestRequests }
    guard tested.count >= Self.fewestConnections, backends.count > 1 else { return nil }
    let total = Double(backends.values.reduce(0, +))
    let expected = tested.reduce(0.0) { sum, connection in
      backends.values.reduce(sum) { $0 + pow(Double($1) / total, Double(connection.count)) }
    }
    count = tested.count { !$0.isMixed }
    of = tested.count
    // At least so many of a Poisson variable with the expected mean: the chi-square distribution gives its complement.
    let fewer = ChiSquare(statistic: 2 * expected, degreesOfFreedom: 2 * count).pValue
    // Where the backends divide the connections evenly, all of these may keep in step.
    let areInStep = tested.count.isMultiple(of: backends.count)
    isChance = areInStep || Double(count) < Self.leastPart * Double(of) || 1 - fewer >= ChiSquare.beyondChance
  }
}
