package import Load
package import Platform

/// What a sessions check does.
package struct SessionsPlan: Sendable, Equatable {
  /// How many visitors there are, 1 or more; `nil` for 200 or, where more have to show how they are shared, so many.
  package var chosenVisitors: Int?
  /// How often each comes before anything is done, each time over a connection of its own, 1 or more.
  package var visits = 4
  /// How many requests a visitor makes over one connection, 1 or more.
  package var requestsPerVisit = 2
  /// The local addresses that visitors connect from; `nil` for one each on loopback, else the system's.
  package var sourceAddresses: [SocketAddress]?
  /// The largest distance of a backend's share of new visitors from its expectation that is no finding.
  package var tolerance = 0.02
  /// The backend to stop, by the name in its header or by the manager's name of its instance; `nil` takes the one with the most
  /// visitors.
  package var instance: String?
  /// How long after each action visitors come for the last time: longer than the balancer leaves a failed backend out.
  package var settle: Nanoseconds = 15_000_000_000

  package init() {}

  package var visitors: Int {
    get { chosenVisitors ?? 200 }
    set { chosenVisitors = newValue }
  }

  /// Chooses what the user leaves open.
  package mutating func complete(expecting backends: [ExpectedBackend]) {
    let weights = backends.compactMap(\.weight)
    let shares = weights.map { Double($0) / Double(weights.reduce(0, +)) }
    visitors = chosenVisitors ?? min(max(200, NewVisitors.visitorsNeeded(toSpreadOver: shares)), Self.mostVisitors)
  }

  /// Whose visits are memory's limit: each has a jar, and an entry for every answer.
  package static let mostVisitors = 100_000
}
