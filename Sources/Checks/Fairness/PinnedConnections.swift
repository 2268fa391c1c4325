internal import Glibc
internal import Statistics

/// Connections that met one backend alone with all of their requests.
///
/// Connections that each send as soon as they have their answer may keep in step with a rotation: all of them where the backends
/// divide their number, and those of one worker where they divide that worker's. Connections that are taken by chance do not.
package struct PinnedConnections: Sendable, Equatable {
  /// How many did.
  package let count: Int
  /// Of how many with several requests.
  package let of: Int
  /// Whether so many are to be expected where each request is dealt out by itself.
  package let isChance: Bool

  /// Whether they are all of them, in a number that the backends do not divide: such do not keep in step.
  package let areOutOfStep: Bool

  /// Fewer requests of a connection show nothing.
  static let fewestRequests = 30
  private static let fewestConnections = 20
  /// Fewer of those that may keep in step are too few to ask.
  private static let leastPart = 0.1

  /// - Parameters:
  ///   - answers: who answered on which connection.
  ///   - isShuffled: whether connections were taken by chance, so that none keeps in step.
  /// - Returns: `nil` where too few connections had several requests.
  package init?(_ answers: some Sequence<(connection: UInt32, backend: Int)>, isShuffled: Bool = false) {
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
    let isFew = count == 0 || !isShuffled && Double(count) < Self.leastPart * Double(of)
    isChance = isFew || 1 - fewer >= ChiSquare.beyondChance
    areOutOfStep = count == of && !of.isMultiple(of: backends.count)
  }
}

extension FairnessObservations {
  /// Why connections that met one backend each did not just keep in step with a rotation; `nil` where they may have.
  ///
  /// - Parameter pinned: the concurrent stage's, more than by chance.
  func whyNotInStep(_ pinned: PinnedConnections) -> String? {
    func text(_ pinned: PinnedConnections) -> String {
      "\(Formatting.count(pinned.count)) of \(Formatting.count(pinned.of, "connection")) with several requests met one backend each, "
    }
    guard hasShuffledStage else {
      return pinned.areOutOfStep ? text(pinned) + "though requests one after another are dealt out." : nil
    }
    guard let shuffled else {
      return text(pinned) + "and too few requests over connections taken by chance were answered to say why."
    }
    return shuffled.isChance
      ? nil : text(shuffled) + "taken by chance, too, though requests one after another are dealt out."
  }
}
