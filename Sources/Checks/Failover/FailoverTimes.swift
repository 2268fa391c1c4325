internal import Load
internal import Platform

/// When a balancer noticed that a backend had gone and come back: from records, no clock.
struct FailoverTimes {
  let answeredBefore: Bool
  /// Seconds from the stop to the stopped backend's last answer; `nil` if it gave none after it.
  let lastAnswer: Double?
  /// Whether it gave no answer in the last fifth of the phase.
  let isSilentInTheEnd: Bool
  let othersAnswered: Bool
  /// Answers in that phase that came only after the balancer had tried another backend.
  let retried: Int
  /// The others' shares in that phase, in words.
  let spread: String
  /// Seconds from the start to the first answer after it; `nil` if there was none.
  let backAfter: Double?

  init(stopped: String, measured: Measurements, spans: [PhaseSpan]) {
    func answers(in span: PhaseSpan) -> [RequestRecord] {
      measured.records.filter { $0.due >= span.start && $0.due < span.end && $0.failure == nil && $0.backend != nil }
    }
    func isStopped(_ record: RequestRecord) -> Bool { measured.backends[record.backend!].name == stopped }
    func seconds(_ time: Nanoseconds, since start: Nanoseconds) -> Double { Double(time - min(start, time)) / 1e9 }

    answeredBefore = spans.first.map { answers(in: $0).contains(where: isStopped) } ?? false
    guard spans.count > 1 else {
      (lastAnswer, isSilentInTheEnd, othersAnswered, retried, spread, backAfter) = (nil, false, false, 0, "", nil)
      return
    }
    let gone = spans[1]
    let during = answers(in: gone)
    // Late answers of a backend that hung do not belong to this phase.
    let last = during.filter { isStopped($0) && $0.done < gone.end }.map(\.done).max()
    lastAnswer = last.map { seconds($0, since: gone.start) } ?? 0
    isSilentInTheEnd = (last ?? 0) < gone.end - (gone.end - gone.start) / 5
    let others = during.filter { !isStopped($0) }
    othersAnswered = !others.isEmpty
    retried = during.count(where: \.isUpstreamRetried)
    let counts = Dictionary(others.map { (measured.backends[$0.backend!].name, 1) }, uniquingKeysWith: +)
    spread = counts.sorted { $0.key < $1.key }.prefix(8)
      .map { "\($0.key) \(($0.value * 100 + others.count / 2) / max(1, others.count))%" }.joined(separator: ", ")
    backAfter =
      spans.count > 2
      ? answers(in: spans[2]).filter(isStopped).map { seconds($0.done, since: spans[2].start) }.min() : nil
  }
}
