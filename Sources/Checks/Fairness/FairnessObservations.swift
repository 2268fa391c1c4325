package import Report

/// What the two stages of a fairness check saw, as plain values: names, orders and counts.
package struct FairnessObservations: Sendable {
  /// Who answered in the serial stage, one list a connection, in order.
  package var serial: [[String]] = []
  /// Whether there was a serial stage at all.
  package var hasSerialStage = true
  /// The methods in whose place GETs were sent one after another, which show another order than theirs.
  package var unseenMethods: [String] = []
  /// Answers by backend in the concurrent stage.
  package var concurrent: [(name: String, answers: Int)] = []
  /// Backends with failed tries of the balancer, in either stage or before them.
  package var failedTries: [String] = []
  /// Backends that answered what was sent beside the stages.
  package var answeredBefore: [String] = []
  /// Answers by backend over several connections of the concurrent stage, where each connection met one backend only.
  package var isConstantByConnection = false
  /// Further backends that answered when connection, URI or client address were varied.
  package var otherwise: [String] = []
  /// What the choice depends on, if anything was found.
  package var stickyBy: String?
  package var requests = 0
  package var failed = 0
  /// Failures of requests that were under way while the generator itself was paused.
  package var failedAcrossPauses = 0
  package var failuresInWords = ""
  /// Answers otherwise in order that named no backend.
  package var nameless = 0
  /// Answers that named no backend and had the status of an error that was asked for.
  package var namelessErrors = 0
  /// Whether so many answers were redirects or came out of a cache that what was not seen of the backends says nothing.
  package var areBackendsHidden = false
  /// The concurrent stage's answers that no backend gave.
  package var nobody: NobodySection?

  package init() {}

  /// Every backend that answered in the stages, in order of appearance.
  var answered: [String] {
    var seen: Set<String> = []
    let all = serial.flatMap { $0 } + concurrent.filter { $0.answers > 0 }.map(\.name) + otherwise
    return all.filter { seen.insert($0).inserted }
  }
}
