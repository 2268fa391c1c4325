internal import Load
internal import Platform
internal import Statistics

/// Generations that came or went in a period without an action: from records, no clock.
///
/// Silence by chance does not count: its backend must have given so many answers without it that chance would leave it out less
/// than once in a thousand times.
struct GenerationChanges {
  /// Generations, as indices into the measurements' generations, that stopped answering while their backend went on.
  private(set) var gone: [Int] = []
  /// Generations that answered only after their backend had answered for some time.
  private(set) var arrived: [Int] = []

  /// The accepted probability of a silence by chance.
  static let risk = 0.001
  /// How many answers a generation must have given for its share to be known at all.
  private static let fewest = 10
  /// The shortest silence that counts, in nanoseconds.
  private static let shortest: Nanoseconds = 500_000_000

  /// - Parameters:
  ///   - records: in any order.
  ///   - stretch: the period in which answers have to end to count.
  ///   - watched: whether a generation is one whose coming and going would be a finding.
  init(
    _ records: [RequestRecord], in stretch: Range<Nanoseconds>, watched: (Int) -> Bool = { _ in true }
  ) {
    var answers: [Int: [(time: Nanoseconds, generation: Int)]] = [:]
    for record in records where record.failure == nil && stretch.contains(record.done) {
      guard let backend = record.backend, let generation = record.generation else { continue }
      answers[backend, default: []].append((record.done, generation))
    }
    for (_, unsorted) in answers.sorted(by: { $0.key < $1.key }) {
      let all = unsorted.sorted { $0.time < $1.time }
      var first: [Int: Int] = [:]
      var last: [Int: Int] = [:]
      var counts: [Int: Int] = [:]
      for (index, answer) in all.enumerated() {
        first[answer.generation] = first[answer.generation] ?? index
        last[answer.generation] = index
        counts[answer.generation, default: 0] += 1
      }
      for (generation, count) in counts.sorted(by: { $0.key < $1.key }) where watched(generation) {
        // The first and the last answer are its own by construction, so they say nothing about its share.
        guard count >= Self.fewest, let begin = first[generation], let end = last[generation],
          let share = Proportion(count - 2, of: end - begin - 1)?.interval(level: 0.99).lowerBound
        else { continue }
        let rest = stretch.upperBound - all[end].time
        if rest >= Self.shortest, Self.isSilence(of: all.count - 1 - end, share: share) { gone.append(generation) }
        let before = all[begin].time - stretch.lowerBound
        if before >= Self.shortest, Self.isSilence(of: begin, share: share) { arrived.append(generation) }
      }
    }
  }

  /// Whether this many answers without one that has a share of them are more than chance.
  private static func isSilence(of answers: Int, share: Double) -> Bool {
    var chance = 1.0
    for _ in 0..<min(answers, 100_000) {
      chance *= 1 - share
      if chance < risk { return true }
    }
    return false
  }
}
