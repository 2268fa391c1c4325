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
  package var tolerance = FairnessExpectation.usualTolerance
  /// How many other new visitors come for one request each to show how they are shared, 1 or more; `nil` for as many as that takes.
  package var chosenNewcomers: Int?
  /// How long some visitors rest at most before they come back; 0 for nobody.
  package var rest: Nanoseconds = 10_000_000_000
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

  /// How many come to each of the target's addresses.
  package var newcomers: Int { chosenNewcomers ?? 0 }

  /// The groups in which visitors rest, each twice as long as the one before.
  var restGroups: Int { visitors < Self.fewestRested ? 1 : 4 }

  /// The group of a visitor: half of all in the last, a quarter in the one before, and an eighth each in the others, of every address
  /// of the target alike.
  func restGroup(of visitor: Int, amongAddresses addresses: Int) -> Int {
    guard restGroups > 1 else { return 0 }
    return [0, 1, 2, 2, 3, 3, 3, 3][visitor / max(addresses, 1) % 8]
  }

  /// Fewer visitors than this all rest equally long.
  private static let fewestRested = 40

  /// Chooses what the user leaves open.
  package mutating func complete(expecting backends: [ExpectedBackend]) {
    let weights = backends.compactMap(\.weight)
    let shares = weights.map { Double($0) / Double(weights.reduce(0, +)) }
    visitors = chosenVisitors ?? min(max(200, NewVisitors.visitorsNeeded(toMeet: shares)), Self.mostVisitors)
    let limit = KeyShareLimit(tolerance: tolerance, isHashed: false)
    chosenNewcomers =
      chosenNewcomers ?? min(max(1, NewVisitors.visitorsNeeded(toShare: shares, limit) - visitors), Self.mostNewcomers)
  }

  /// Of backends so rare that more are needed the shares stay open, unless the user asks for them.
  private static let mostNewcomers = 20_000

  /// Whose visits are memory's limit: each has a jar, and an entry for every answer.
  package static let mostVisitors = 100_000
}
