internal import Report
internal import Statistics

extension PhaseSection {
  /// The phase with all times counted from an earlier start.
  func delayed(bySeconds delay: Double) -> PhaseSection {
    guard delay != 0 else { return self }
    var phase = self
    phase.startSeconds += delay
    phase.action?.startSeconds += delay
    for index in phase.outages.indices { phase.outages[index].startSeconds += delay }
    for index in phase.generations.indices {
      phase.generations[index].firstSeenSeconds += delay
      phase.generations[index].lastSeenSeconds += delay
    }
    for index in (phase.failureMarks ?? []).indices { phase.failureMarks?[index].seconds += delay }
    return phase
  }

  /// The phases of all rounds, those of the same name added up, in the order in which they first came; without their actions
  /// and marks, which are each round's own.
  static func sums(of rounds: [[PhaseSection]]) -> [PhaseSection] {
    var names: [String] = []
    var groups: [String: [PhaseSection]] = [:]
    for phase in rounds.joined() {
      if groups[phase.name] == nil { names.append(phase.name) }
      groups[phase.name, default: []].append(phase)
    }
    return names.compactMap { groups[$0].flatMap(sum) }
  }

  private static func sum(of phases: [PhaseSection]) -> PhaseSection? {
    guard var sum = phases.first else { return nil }
    sum.durationSeconds = phases.reduce(0) { $0 + $1.durationSeconds }
    (sum.action, sum.failureMarks) = (nil, nil)
    sum.traffic = TrafficSection(sumOf: phases.map(\.traffic), seconds: sum.durationSeconds)
    sum.longestGapSeconds = phases.map(\.longestGapSeconds).max() ?? 0
    sum.outages = phases.flatMap(\.outages)
    sum.generations = phases.flatMap(\.generations)
    sum.staleGenerations = phases.flatMap(\.staleGenerations)
    sum.notJudged = phases.lazy.compactMap(\.notJudged).first
    let cut = phases.compactMap(\.cut)
    sum.cut = cut.isEmpty ? nil : cut.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
    let kept = phases.compactMap(\.cutOnKept)
    sum.cutOnKept = kept.isEmpty ? nil : kept.reduce(0, +)
    let verdicts = phases.compactMap(\.verdict)
    sum.verdict = verdicts.isEmpty ? nil : Verdict.worst(of: verdicts)
    return sum
  }
}

extension TrafficSection {
  /// - Parameter seconds: how long all of it took.
  fileprivate init(sumOf parts: [TrafficSection], seconds: Double) {
    func sum(_ counts: KeyPath<TrafficSection, [String: Int]>) -> [String: Int] {
      parts.reduce(into: [:]) { $0.merge($1[keyPath: counts], uniquingKeysWith: +) }
    }
    let requests = parts.map(\.requests)
    func count(_ count: KeyPath<RequestCounts, Int>) -> Int { requests.reduce(0) { $0 + $1[keyPath: count] } }
    let retriedUpstream = requests.compactMap(\.upstreamRetried)
    let completed = count(\.completed)
    self.init(
      requests: RequestCounts(
        scheduled: count(\.scheduled), completed: completed, succeeded: count(\.succeeded), failed: count(\.failed),
        retried: count(\.retried), unsent: count(\.unsent),
        upstreamRetried: retriedUpstream.isEmpty ? nil : retriedUpstream.reduce(0, +)),
      statuses: sum(\.statuses), failures: sum(\.failures),
      rate: RateSection(achieved: seconds > 0 ? Double(completed) / seconds : 0),
      latency: LatencySummary(sumOf: parts.compactMap(\.latency)),
      serviceTime: LatencySummary(sumOf: parts.compactMap(\.serviceTime)))
    methods = parts.methodSums
  }
}

extension Sequence<TrafficSection> {
  /// By method; `nil` where all have the same.
  var methodSums: [MethodSection]? {
    let sums = flatMap { $0.methods ?? [] }.added
    return sums.isEmpty ? nil : sums
  }
}

extension LatencySummary {
  /// `nil` where one of them has no readable histogram, or all are empty.
  init?(sumOf summaries: [LatencySummary]) {
    var sum = Histogram()
    for summary in summaries {
      guard let histogram = try? Histogram(base64V2: summary.histogram) else { return nil }
      sum.add(histogram)
    }
    self.init(sum)
  }
}
