internal import HTTP
internal import Statistics

/// Which of a plan's templates a worker sends next.
struct TemplateChoice {
  private let weights: [Int]
  private let areInTurn: Bool
  /// The next one, and how many the worker leaves to the others, where they are sent in turn.
  private var turn: Int
  private let stride: Int

  /// - Parameter share: which of the plan's requests are the worker's.
  init(_ plan: Plan, share: Shard) {
    weights = plan.templates.map(\.weight)
    areInTurn = plan.takesTemplatesInTurn
    turn = share.index % weights.count
    stride = share.count % weights.count
  }

  @inline(__always)
  mutating func next(using random: inout SplitMix64) -> Int {
    guard weights.count > 1 else { return 0 }
    return areInTurn ? nextInTurn() : draw(using: &random)
  }

  private mutating func nextInTurn() -> Int {
    let chosen = turn
    turn += stride
    if turn >= weights.count { turn -= weights.count }
    return chosen
  }

  private func draw(using random: inout SplitMix64) -> Int {
    var draw = Int.random(in: 0..<weights.reduce(0, +), using: &random)
    for (index, weight) in weights.enumerated() {
      draw -= weight
      if draw < 0 { return index }
    }
    return 0
  }
}
