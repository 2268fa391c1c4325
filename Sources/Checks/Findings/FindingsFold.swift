internal import Load
internal import Platform
internal import Statistics

/// Adds up what the parts of one check measured: counts and histograms are added, times aligned. A check that was not divided is
/// the fold of its only part.
///
/// It keeps the sum alone, whatever the number of parts.
struct FindingsFold {
  /// The sum so far, its requests in the order of the parts.
  private(set) var sum = CheckFindings(startedAt: .infinity)
  /// When the sum's first stage began, by the first shard's clock as far as it is known.
  private var began: Int64 = 0
  /// When each part began, in nanoseconds since 1970 by the same clock.
  private(set) var beginnings: [Int64] = []

  /// The sum, its requests in the order in which they ended.
  var whole: CheckFindings {
    var whole = sum
    for index in whole.stages.indices { whole.stages[index].measured.records.sort { $0.done < $1.done } }
    return whole
  }

  /// Keeps nothing of what was added.
  mutating func forget() { sum = CheckFindings(startedAt: .infinity) }

  mutating func add(_ part: CheckFindings) {
    let start = part.firstShared
    let begins = (start?.started ?? 0) - (part.start?.clock?.correction ?? 0)
    if beginnings.isEmpty { began = begins }
    beginnings.append(begins + Int64(start?.measured.startLateness ?? 0))
    // Shards with a common start count from it; others from when the first of them began.
    let delay = part.start != nil ? 0 : begins - began
    if delay < 0 {
      sum.delay(by: Nanoseconds(-delay))
      began = begins
    }
    sum.add(part.stages, delayedBy: Nanoseconds(max(0, delay)))
    sum.startedAt = min(sum.startedAt, part.startedAt)
    sum.durationSeconds = max(sum.durationSeconds, part.durationSeconds)
    sum.isInterrupted = sum.isInterrupted || part.isInterrupted
    for address in part.addresses where !sum.addresses.contains(address) { sum.addresses.append(address) }
    sum.preparation.add(part.preparation)
    for note in part.notes where !sum.notes.contains(note) { sum.notes.append(note) }
    sum.backendHeader = part.backendHeader
    sum.generationHeader = sum.generationHeader ?? part.generationHeader
    sum.choice = sum.choice ?? part.choice
    sum.cookie = sum.cookie ?? part.cookie
    if sum.lanes.isEmpty { sum.lanes = part.lanes }
    sum.samples = max(sum.samples, part.samples)
    sum.actions = sum.actions ?? part.actions
    sum.start = sum.start ?? part.start
  }
}

extension CheckFindings {
  /// The first stage that all shards make, or the only one.
  var firstShared: Stage? { stages.first(where: \.name.isShared) ?? stages.first }

  fileprivate mutating func delay(by delay: Nanoseconds) {
    for index in stages.indices { stages[index].delay(by: delay) }
  }

  fileprivate mutating func add(_ others: [Stage], delayedBy delay: Nanoseconds) {
    for var other in others {
      if delay > 0 { other.delay(by: delay) }
      if let index = stages.firstIndex(where: { $0.name == other.name }) {
        stages[index].add(other)
      } else {
        stages.append(other)
      }
    }
  }
}

extension CheckFindings.Stage {
  /// Counts all times from an earlier start.
  fileprivate mutating func delay(by delay: Nanoseconds) {
    measured = measured.delayed(by: delay)
  }

  /// Adds another part of the same stage.
  fileprivate mutating func add(_ other: CheckFindings.Stage) {
    measured.add(other.measured)
    processorTime = processorTime.addingSaturated(other.processorTime)
    parts += other.parts
    cutShort = cutShort ?? other.cutShort
  }
}
