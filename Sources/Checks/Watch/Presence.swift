internal import Glibc
internal import Platform

/// How often one backend answers, and for how long it may be silent before chance no longer explains it: values in, values out.
///
/// Where each new connection is dealt out by chance, n of them in a row miss a backend of the share p with the probability
/// (1 − p)ⁿ. Where a backend's answers are about evenly apart, as in a rotation, a silence of a few turns is enough.
struct Presence {
  /// How likely a silence may be chance: over two weeks of 20 requests a second, less than one in a hundred.
  static let risk = 1e-10
  /// Shorter silences are a pause of a process.
  static let shortest: Nanoseconds = 1_000_000_000
  /// The fewest new connections that show a share.
  private static let fewestDraws = 20
  private static let block = 200
  /// In 200 distances that chance cuts, the largest is below this many means in fewer than one of 10⁷ cases.
  private static let evenness = 2.5
  private static let evenTurns = 6.0

  let firstAnswer: Nanoseconds
  private(set) var lastAnswer: Nanoseconds
  /// All answers.
  private(set) var answers = 0
  var isSilent = false

  /// Answers of others since its last one; those on new connections apart.
  private var missed = (draws: 0, answers: 0)
  /// The most that chance explains; `nil` where that is not known.
  private var limit: (draws: Int?, answers: Int?) = (nil, nil)
  /// Distances between answers, of the last whole block and of this one.
  private var whole = Spread()
  private var present = Spread()

  private struct Spread {
    var count = 0
    var sum = 0
    var longest = 0

    var mean: Double { Double(sum) / Double(max(count, 1)) }
    var isEven: Bool { count >= Presence.block && Double(longest) < Presence.evenness * mean }
  }

  init(at time: Nanoseconds) { (firstAnswer, lastAnswer) = (time, time) }

  /// Another backend answered.
  ///
  /// - Returns: whether this one has become silent.
  mutating func miss(at time: Nanoseconds, isDraw: Bool) -> Bool {
    missed.draws += isDraw ? 1 : 0
    missed.answers += 1
    guard !isSilent, time - min(time, lastAnswer) >= Self.shortest else { return false }
    isSilent =
      limit.draws.map { missed.draws >= $0 } ?? false || limit.answers.map { missed.answers >= $0 } ?? false
    return isSilent
  }

  /// It answered.
  ///
  /// - Parameters:
  ///   - draws: how many of the latest new connections it got.
  ///   - all: how many those are.
  ///   - isPerRequest: whether requests of one connection are dealt out, so that all answers show who takes part.
  mutating func answer(at time: Nanoseconds, draws: Int, of all: Int, isPerRequest: Bool) {
    if !isSilent, answers > 0 { note(distance: missed.answers + 1) }
    answers += 1
    lastAnswer = max(lastAnswer, time)
    missed = (0, 0)
    isSilent = false
    limit.draws = Self.mostMissed(draws: draws, of: all)
    limit.answers = isPerRequest && whole.isEven ? Int((Self.evenTurns * whole.mean).rounded(.up)) : nil
  }

  private mutating func note(distance: Int) {
    present.count += 1
    present.sum += distance
    present.longest = max(present.longest, distance)
    guard present.count >= Self.block else { return }
    whole = present
    present = Spread()
  }

  private static func mostMissed(draws: Int, of all: Int) -> Int? {
    guard draws >= fewestDraws else { return nil }
    let share = Double(draws) / Double(all)
    // The share itself is known by chance alone.
    let least = max(share - 3 * (share * (1 - share) / Double(all)).squareRoot(), share / 4)
    guard least < 1 else { return 1 }
    return Int((log(risk) / log(1 - least)).rounded(.up))
  }
}
