package import Report

/// What the two looks of a fairness check saw, as plain values: names, orders and counts.
package struct FairnessObservations: Sendable {
  /// Who answered in the serial look, one list a connection, in order.
  package var serial: [[String]] = []
  /// Whether there was a serial look at all.
  package var hasSerialLook = true
  /// The methods in whose place GETs were sent one after another, which show another order than theirs.
  package var unseenMethods: [String] = []
  /// Answers by backend in the concurrent look.
  package var concurrent: [(name: String, answers: Int)] = []
  /// Backends that the balancer tried in vain, in either look or before them.
  package var triedInVain: [String] = []
  /// Backends that answered what was sent beside the looks.
  package var answeredBefore: [String] = []
  /// Answers by backend over several connections of the concurrent look, where each connection met one backend only.
  package var isConstantByConnection = false
  /// Further backends that answered when connection, URI or client address were varied.
  package var otherwise: [String] = []
  /// What the choice depends on, if anything was found.
  package var stickyBy: String?
  package var requests = 0
  package var failed = 0
  /// Failures of requests that were under way while the generator itself stood still.
  package var failedAcrossPauses = 0
  package var failuresInWords = ""
  /// Answers otherwise in order that named no backend.
  package var nameless = 0
  /// Answers that named no backend and had the status of an error that was asked for.
  package var namelessErrors = 0
  /// Whether so many answers were redirects or came out of a cache that what was not seen of the backends says nothing.
  package var areBackendsHidden = false
  /// The concurrent look's answers that no backend gave.
  package var nobody: NobodySection?

  package init() {}

  /// Every backend that answered in the looks, in order of appearance.
  var answered: [String] {
    var seen: Set<String> = []
    let all = serial.flatMap { $0 } + concurrent.filter { $0.answers > 0 }.map(\.name) + otherwise
    return all.filter { seen.insert($0).inserted }
  }
}
