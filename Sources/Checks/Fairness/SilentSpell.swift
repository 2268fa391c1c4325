internal import Statistics

/// A time in which a backend answered nothing, though others did, and it did before or after.
package struct SilentSpell: Sendable, Equatable {
  package let backend: String
  /// From its last answer before to its first request after, or to the ends of the stage, in nanoseconds from the stage's start.
  package let start: UInt64
  package let end: UInt64

  /// Such as `c from 1.6 s to 3.1 s`.
  var text: String { "\(backend) silent from \(Self.seconds(start)) to \(Self.seconds(end))" }

  private static func seconds(_ time: UInt64) -> String { "\(Formatting.fixed(Double(time) / 1e9, decimals: 1)) s" }
}

extension FairnessObservations {
  /// Shorter ones are a pause of a process, and no finding.
  private static let shortestSilence: UInt64 = 250_000_000

  /// Each backend's silences under load that chance does not explain, in order of time.
  ///
  /// They are looked for in the order of the requests, so that a pause of all, or of lbcheck itself, is none; nor is a time in
  /// which the backend had a request to answer.
  var silences: [SilentSpell] {
    let sent = sent
    guard let first = sent.first?.sent else { return [] }
    var positions: [Int: [Int]] = [:]
    for (position, request) in sent.enumerated() { positions[request.backend, default: []].append(position) }
    guard positions.count > 1 else { return [] }
    var found: [SilentSpell] = []
    for (backend, own) in positions where concurrent.indices.contains(backend) {
      for silence in Silence.all(among: own.map(UInt64.init), in: 0..<UInt64(sent.count)) {
        let (from, to) = (Int(silence.start), Int(silence.end))
        let before = own.filter { $0 <= from }.map { sent[$0].done }.max() ?? first
        let after = to < sent.count ? sent[to].sent : sent[sent.count - 1].sent
        guard after > before, after - before >= Self.shortestSilence else { continue }
        found.append(SilentSpell(backend: concurrent[backend].name, start: before, end: after))
      }
    }
    return found.sorted { ($0.start, $0.backend) < ($1.start, $1.backend) }
  }

  /// Whether chance alone deals out many requests at a time, in the order in which they were sent: the concurrent stage's, and
  /// those of a burst. Where connections are dealt out, the burst alone has enough of them.
  func isRandomThroughout(per unit: BalancingUnit?) -> Bool {
    let isChance = unit == .connection || Self.isChance(sent.map(\.backend))
    return isChance && Self.isChance(burst)
  }

  /// Whether many requests at a time are dealt out no more evenly than by chance; `false` where too few were kept to show.
  ///
  /// Requests arrive in another order than they are sent, by as many as are in flight: a rotation is more even within stretches that
  /// are longer.
  var isChanceUnderLoad: Bool {
    guard mixedConnections > 0, !isPart else { return false }
    let sent = sent
    guard let first = sent.first, let last = sent.last, last.sent > first.sent else { return false }
    let busy = sent.reduce(0.0) { $0 + Double($1.done - $1.sent) }
    let longest = 4 * busy / Double(last.sent - first.sent)
    let order = sent.map(\.backend)
    let evenness = [1, 4, 16].compactMap { Self.evenness(order, turns: $0, atLeast: longest) }
    return !evenness.isEmpty && evenness.allSatisfy { $0 < 1 - 1e-5 }
  }

  /// A stretch of so many turns, fewer of which than the least number show nothing: two changes of the shares would make a fifth of them
  /// differ.
  private static let turnsOfStretch = 10.0
  private static let fewestStretches = 30
  /// Of the pairs of neighbouring stretches, those that differ by more than half of chance's do: half of them where chance deals out, a
  /// quarter where idle backends are preferred, one of thirteen at most in a rotation, also in four processes at a time.
  private static let leastUneven = 0.2

  /// Whether the backends' counts differ from one short stretch to the next as in no rotation.
  ///
  /// A change of the shares makes two pairs of neighbours differ, so that a rotation whose weights change now and then is none.
  var isUneven: Bool {
    let order = sent.map(\.backend)
    let counts = Dictionary(order.map { ($0, 1) }, uniquingKeysWith: +)
    guard counts.count > 1, let least = counts.values.min() else { return false }
    let rarest = Self.turnsOfStretch / 2 * Double(order.count) / Double(least)
    let length = Int(max(Self.turnsOfStretch * Double(counts.count), rarest.rounded(.up)))
    guard order.count / length >= Self.fewestStretches else { return false }
    let parts = Self.counts(order, inStretchesOf: length)
    let differing = zip(parts, parts.dropFirst()).count { pair in
      let statistic = counts.keys.reduce(0.0) { sum, backend in
        let (one, next) = (pair.0[backend, default: 0], pair.1[backend, default: 0])
        return one + next == 0 ? sum : sum + (one - next) * (one - next) / (one + next)
      }
      return ChiSquare(statistic: statistic, degreesOfFreedom: counts.count - 1).pValue < 0.5
    }
    return Double(differing) >= Self.leastUneven * Double(parts.count - 1)
  }

  /// Whether chance alone deals out the serial stage's.
  var isRandomSerially: Bool { Self.isChance(serial.flatMap { $0 }) }

  /// Whether chance may give this order; `true` where too few requests were kept to show.
  ///
  /// In a rotation every stretch of requests holds each backend about equally often, with other visitors' requests in between,
  /// too: the counts of stretches are more alike than chance makes them, in one case of a million at most.
  private static func isChance<Backend: Hashable>(_ sent: [Backend]) -> Bool {
    evenness(sent, turns: 1).map { $0 < 1 - ChiSquare.beyondChance } ?? true
  }

  /// How likely chance makes the counts of stretches less alike than these are, 0 to 1; `nil` for too few.
  ///
  /// - Parameters:
  ///   - turns: the length of a stretch, in those in which the rarest backend is expected five times.
  ///   - fewest: shorter ones are none.
  private static func evenness<Backend: Hashable>(
    _ sent: [Backend], turns: Int, atLeast fewest: Double = 0
  ) -> Double? {
    let shares = Dictionary(sent.map { ($0, 1.0 / Double(sent.count)) }, uniquingKeysWith: +)
    guard shares.count > 1, let least = shares.values.min() else { return nil }
    let length = max(Int((5 / least).rounded(.up)), 10) * turns
    let stretches = sent.count / length
    guard stretches >= 10, Double(length) >= fewest else { return nil }
    let statistic = counts(sent, inStretchesOf: length).reduce(0.0) { sum, counts in
      shares.reduce(sum) {
        let expected = $1.value * Double(length)
        return $0 + (counts[$1.key, default: 0] - expected) * (counts[$1.key, default: 0] - expected) / expected
      }
    }
    // The shares come from the same stretches.
    let freedom = (stretches - 1) * (shares.count - 1)
    return ChiSquare(statistic: statistic, degreesOfFreedom: freedom).pValue
  }

  /// How often each backend is in each whole stretch.
  private static func counts<Backend: Hashable>(
    _ order: [Backend], inStretchesOf length: Int
  ) -> [[Backend: Double]] {
    (0..<order.count / length).map { stretch in
      Dictionary(order[(stretch * length)..<((stretch + 1) * length)].map { ($0, 1.0) }, uniquingKeysWith: +)
    }
  }
}
