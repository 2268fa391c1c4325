internal import HTTP
internal import Load
internal import Platform
internal import Statistics

/// Who gave the answers of one phase: values in, values out.
///
/// With a maintenance page of status 200, a redirect to one, or a cached page no request fails, yet visitors do not reach the
/// site.
struct PhaseOrigins {
  /// One answer without failure.
  private struct Answer {
    let due: Nanoseconds
    /// Whether it named no backend.
    let isNobodys: Bool
    /// Whether it named none, or leads elsewhere.
    let isForeign: Bool
  }

  /// By the time when they were due.
  private let answers: [Answer]
  /// By template: answers that are no redirects, and how many of them named no backend.
  private(set) var unnamed: [UInt16: (answers: Int, nobodys: Int)] = [:]
  private let end: Nanoseconds
  private let foreign: Int
  /// The largest share of foreign answers and of nobody's within one second.
  private let worst: (foreign: Double, nobodys: Double)

  /// By how much the share of foreign answers may rise above that before any action.
  static let tolerance = AnswerOrigins.limit
  private static let stretch: Nanoseconds = 1_000_000_000
  /// Seconds with fewer answers are not judged.
  private static let fewest = 10
  /// The fewest foreign answers that are more than chance where there was none before.
  private static let fewestNew = 2
  /// The fewest answers before any action that show that none is foreign.
  private static let enoughBefore = 100

  /// - Parameters:
  ///   - records: the phase's requests; those that failed are passed over.
  ///   - end: when the phase ended.
  init(_ records: some Sequence<RequestRecord>, until end: Nanoseconds) {
    var unnamed = unnamed
    let answers = records.filter { $0.failure == nil }.map { record in
      let leadsAway = record.status.map(isRedirect) ?? false
      if !leadsAway {
        unnamed[record.template, default: (0, 0)].answers += 1
        unnamed[record.template]?.nobodys += record.backend == nil ? 1 : 0
      }
      return Answer(
        due: record.due, isNobodys: record.backend == nil, isForeign: record.backend == nil || leadsAway)
    }.sorted { $0.due < $1.due }
    self.answers = answers
    self.unnamed = unnamed
    self.end = end
    foreign = answers.count(where: \.isForeign)
    var worst = (foreign: 0.0, nobodys: 0.0)
    Self.seconds(of: answers, until: end) { range, foreign, nobodys in
      worst.foreign = max(worst.foreign, Double(foreign) / Double(range.count))
      worst.nobodys = max(worst.nobodys, Double(nobodys) / Double(range.count))
    }
    self.worst = worst
  }

  /// Calls `body` for each whole second that begins with an answer, with how many of its answers are foreign and nobody's; for a
  /// phase shorter than that once, with all. Seconds with fewer than ``fewest`` answers are left out.
  private static func seconds(
    of answers: [Answer], until end: Nanoseconds, _ body: (Range<Int>, _ foreign: Int, _ nobodys: Int) -> Void
  ) {
    var (next, foreign, nobodys) = (0, 0, 0)
    for first in answers.indices {
      let last = answers[first].due.saturatingAdd(stretch)
      // The rest is shorter than a second, and was in the one before.
      guard first == 0 || last <= end else { return }
      while next < answers.count, answers[next].due < last {
        foreign += answers[next].isForeign ? 1 : 0
        nobodys += answers[next].isNobodys ? 1 : 0
        next += 1
      }
      if next - first >= fewest { body(first..<next, foreign, nobodys) }
      foreign -= answers[first].isForeign ? 1 : 0
      nobodys -= answers[first].isNobodys ? 1 : 0
    }
  }

  private var share: Double { answers.isEmpty ? 0 : Double(foreign) / Double(answers.count) }

  /// Why the phase's answers do not show that backends served; `nil` if no more of them are foreign than before any action.
  func doubt(against baseline: PhaseOrigins) -> String? {
    guard !answers.isEmpty else { return nil }
    let isOften = Self.isMore(share, than: baseline.share, of: answers.count)
    // Where there was none before, even a few are pages that visitors saw.
    let isNew = baseline.foreign == 0 && foreign >= Self.fewestNew && baseline.answers.count >= Self.enoughBefore
    guard isNew || isOften || Self.isMore(worst.foreign, than: baseline.worst.foreign, of: Self.fewest) else {
      return nil
    }
    return
      "\(Formatting.count(foreign)) of \(Formatting.count(answers.count, "answer")) named no backend or lead elsewhere, "
      + "\(Formatting.count(baseline.foreign)) of \(Formatting.count(baseline.answers.count)) before any action"
  }

  /// Whether one share of answers is larger than another by more than ``tolerance`` and chance.
  private static func isMore(_ share: Double, than before: Double, of count: Int) -> Bool {
    let chance = (before * (1 - before) / Double(max(count, 1))).squareRoot()
    return share > max(tolerance, before + tolerance) + 4 * chance
  }

  /// For how many seconds most answers that backends gave before any action were nobody's; `nil` if that was never so.
  func secondsServedByNobody(against baseline: PhaseOrigins) -> Double? {
    // Of a site that was down before nobody knows who gives its answers.
    guard !baseline.answers.isEmpty else { return nil }
    let most = (1 + baseline.worst.nobodys) / 2
    guard worst.nobodys > most else { return nil }
    var total: Nanoseconds = 0
    var last: Range<Nanoseconds>?
    func close() { total += last.map { $0.upperBound - $0.lowerBound } ?? 0 }
    Self.seconds(of: answers, until: end) { range, _, nobodys in
      guard Double(nobodys) > most * Double(range.count),
        let first = answers[range].first(where: \.isNobodys), let final = answers[range].last(where: \.isNobodys)
      else { return }
      if let known = last, known.upperBound >= first.due {
        last = known.lowerBound..<max(known.upperBound, final.due)
      } else {
        close()
        last = first.due..<max(first.due, final.due)
      }
    }
    close()
    return Double(total) / 1e9
  }

  /// Whether nobody gave most of the last second's answers, although backends did before any action.
  func isLeftToNobody(against baseline: PhaseOrigins) -> Bool {
    guard !baseline.answers.isEmpty else { return false }
    let from = end - min(Self.stretch, end)
    let last = answers.suffix(while: { $0.due >= from })
    guard !last.isEmpty else { return false }
    return Double(last.count(where: \.isNobodys)) > (1 + baseline.worst.nobodys) / 2 * Double(last.count)
  }
}

extension Array {
  /// The longest end of which each element meets a condition.
  fileprivate func suffix(while condition: (Element) -> Bool) -> ArraySlice<Element> {
    self[(lastIndex { !condition($0) }.map { $0 + 1 } ?? startIndex)...]
  }
}
