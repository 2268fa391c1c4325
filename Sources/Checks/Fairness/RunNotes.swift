internal import Statistics

/// What there is to say about the course of the concurrent stage.
struct RunNotes {
  private(set) var lines: [String] = []

  /// More workers than this are none, and something else explains the counts.
  private static let mostWorkers = 16

  init(_ seen: FairnessObservations, _ policy: BalancingPolicy, _ observed: ObservedBalancing, _ total: Int) {
    if policy == .roundRobin, !observed.areTurnsVaried, observed.unit == .request, seen.failedTries.isEmpty,
      seen.failed == 0, total > 0, seen.concurrent.count > 1
    {
      lines.append(Self.evenness(seen))
    }
    if policy.isRotation, observed.unit == .request, observed.load?.heed == .untold {
      lines.append(
        "All backends were equally busy, and then least connections looks like this rotation; name a path with a "
          + "latency that differs among them with --unequal to tell.")
    }
    if observed.isLoadPolicyOpen {
      lines.append(
        "Least connections that breaks ties at random and a choice of two keep backends equally busy here, and look alike."
      )
    }
    let away = seen.silences.prefix(8).map(\.text)
    if !away.isEmpty { lines.append("Under load: \(away.joined(separator: "; ")).") }
    if !policy.heedsLoad, observed.unit != .connection, seen.silences.isEmpty, let change = observed.change {
      lines.append(change.text)
    }
    if observed.unit == .request, let change = observed.serialChange { lines.append(change) }
    if let others = Self.others(seen, policy, observed) { lines.append(others) }
  }

  /// What the counts under concurrency say about the rotation behind them.
  ///
  /// A rotation that all connections share ends less than one request from even; W workers that rotate apart end within
  /// W · (k − 1) / k requests for k backends, however many there are.
  private static func evenness(_ seen: FairnessObservations) -> String {
    let distance = Self.distance(seen.concurrent.map(\.answers))
    if distance < 1 {
      return "Under concurrent load the counts stayed as even as one rotation for all connections makes them."
    }
    let strayed =
      "Under concurrent load the counts strayed by \(Formatting.count(Int(distance.rounded(.up)), "request")) from one rotation"
    let workers = Self.workers(seen.concurrent.map(\.answers))
    let half = seen.sent.prefix(seen.inFlight.count / 2)
    let before = Self.workers(half.map(\.backend), of: seen.concurrent.count)
    guard workers <= mostWorkers, before <= 2 * workers, workers <= 2 * before + 1 else { return strayed + "." }
    return "\(strayed): \(workers) or more workers rotate apart, or idle backends are preferred."
  }

  private static func workers(_ backends: [Int], of count: Int) -> Int {
    workers((0..<count).map { number in backends.count { $0 == number } })
  }

  private static func workers(_ counts: [Int]) -> Int {
    Int((distance(counts) * Double(counts.count) / Double(counts.count - 1)).rounded(.up))
  }

  private static func distance(_ counts: [Int]) -> Double {
    let mean = Double(counts.reduce(0, +)) / Double(counts.count)
    return counts.map { abs(Double($0) - mean) }.max() ?? 0
  }

  /// That other visitors' requests seem to have come in between; `nil` where nothing speaks for it.
  private static func others(
    _ seen: FairnessObservations, _ policy: BalancingPolicy, _ observed: ObservedBalancing
  ) -> String? {
    guard observed.unit == .request, seen.failedTries.isEmpty, seen.failed == 0, observed.serialChange == nil else {
      return nil
    }
    if policy.isRotation, observed.rotationScore < 1 {
      return
        "\(Formatting.percent(1 - observed.rotationScore)) of the serial answers broke the order, as other visitors' requests in "
        + "between do."
    }
    guard policy == .unknown || policy == .random, seen.isRandomSerially,
      !seen.isRandomThroughout(per: observed.unit)
    else { return nil }
    let alike = policy == .random ? ", and a choice of two" : ""
    return
      "One request after another showed no order, but many at a time were shared more evenly than by chance: so a rotation looks "
      + "that other visitors' requests take part in\(alike)."
  }
}
