/// The time in which one backend answered, by generations: one that overlaps another is in a row of its own.
public struct TimelineLane {
  let backend: String
  private(set) var spans: [Span] = []
  private(set) var rows = 0

  /// A stretch in which one generation answered.
  struct Span {
    let generation: String
    /// The generation's place among those of its backend, from 0.
    let number: Int
    let first: Double
    var last: Double
    var isStale: Bool
    var row = 0
  }

  /// A time in which a backend gave no answer, in seconds.
  public struct Silence: Sendable, Equatable {
    var backend: String
    var from: Double
    var to: Double
  }

  /// More rows than this are drawn in the last one.
  private static let mostRows = 6

  /// A lane for each backend, in the order of their names.
  static func all(in phases: [PhaseSection], silences: [Silence] = []) -> [TimelineLane] {
    var lanes: [String: TimelineLane] = [:]
    for phase in phases {
      for life in phase.generations {
        lanes[life.backend, default: TimelineLane(backend: life.backend)].add(
          life, isStale: phase.staleGenerations.contains("\(life.backend) \(life.generation)"))
      }
    }
    for silence in silences { lanes[silence.backend]?.cut(silence) }
    return lanes.values.map(\.placed).sorted { $0.backend < $1.backend }
  }

  private mutating func add(_ life: GenerationSection, isStale: Bool) {
    let numbers = spans.filter { $0.generation == life.generation }.map(\.number)
    // A generation that continues into the next phase is drawn as one.
    if let known = spans.lastIndex(where: { $0.generation == life.generation && life.firstSeenSeconds - $0.last < 1 }) {
      spans[known].last = life.lastSeenSeconds
      spans[known].isStale = spans[known].isStale || isStale
    } else {
      spans.append(
        Span(
          generation: life.generation, number: numbers.first ?? Set(spans.map(\.generation)).count,
          first: life.firstSeenSeconds, last: life.lastSeenSeconds, isStale: isStale))
    }
  }

  /// Divides the stretches that go on through a silence.
  private mutating func cut(_ silence: Silence) {
    spans = spans.flatMap { span -> [Span] in
      guard span.first < silence.from, silence.to < span.last else { return [span] }
      var before = span
      before.last = silence.from
      let after = Span(
        generation: span.generation, number: span.number, first: silence.to, last: span.last, isStale: span.isStale)
      return [before, after]
    }
  }

  /// The same with each span in the first row that is free.
  private var placed: TimelineLane {
    var lane = self
    var ends: [Double] = []
    lane.spans.sort { ($0.first, $0.number) < ($1.first, $1.number) }
    for index in lane.spans.indices {
      let span = lane.spans[index]
      let free = ends.firstIndex { $0 <= span.first }
      let row = free ?? min(ends.count, Self.mostRows - 1)
      if row < ends.count { ends[row] = max(ends[row], span.last) } else { ends.append(span.last) }
      lane.spans[index].row = row
    }
    lane.rows = ends.count
    return lane
  }
}
