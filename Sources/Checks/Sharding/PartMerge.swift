internal import Load
internal import Platform
package import Report
internal import Statistics

/// Puts the parts of a check together, one after another: histograms and counts are added, times aligned.
///
/// It keeps one part's measurements and the sum, whatever the number of parts.
package struct PartMerge {
  /// Why parts make no whole: a line for each fault, which names the file.
  package struct Refusal: Error, Equatable {
    package let lines: [String]
  }

  /// The first part, which all others have to agree with.
  package private(set) var reference: PartDocument?
  private var referenceFile = ""
  /// The files of the parts so far, by number.
  private var files: [Int: String] = [:]
  private var faults: [String] = []
  private var sum: CheckFindings?
  /// When the sum's first look began, by the first shard's clock as far as it is known.
  private var began: Int64 = 0
  private var parts: [ShardPart] = []
  /// When each part began, by the same clock.
  private var beginnings: [Int64] = []
  /// The parts that took another header, or none, for the one that names generations, each with its file.
  private var guessedOtherwise: [(file: String, header: String?)] = []

  package init() {}

  /// Notes a file that is no part.
  package mutating func refuse(_ reason: String) { faults.append(reason) }

  /// Adds a part.
  ///
  /// - Parameter file: what to call it.
  package mutating func add(_ part: PartDocument, from file: String) {
    guard Shard(index: part.shard.number.subtractingSaturated(1), count: part.shard.count) != nil else {
      return refuse("\(file): a damaged part: shard \(part.shard.number) of \(part.shard.count)")
    }
    guard part.tool == .lbcheck else {
      let tool = Escaping.terminal("\(part.tool.name) \(part.tool.version)", width: 60)
      return refuse(
        "\(file) is foreign: it was made by \(tool), not by \(ToolSection.lbcheck.name) \(ToolSection.lbcheck.version)")
    }
    if let reference, let difference = Self.difference(part, reference) {
      let shown = "\(difference.name) is \(difference.of), that of \(referenceFile) is \(difference.against)"
      return refuse("\(file) is foreign: its \(shown)")
    }
    if let other = files[part.shard.number] {
      return refuse("\(file) doubles \(other): both are part \(part.shard.number) of \(part.shard.count)")
    }
    var looks: [CheckFindings.Look] = []
    do throws(PartDamage) {
      try part.checkLimits()
      for look in part.looks { looks.append(try CheckFindings.Look(look)) }
      if let reference, part.generationHeader?.lowercased() != reference.generationHeader?.lowercased() {
        guessedOtherwise.append((file, part.generationHeader))
        for index in looks.indices { looks[index].measured.dropGenerations() }
      }
    } catch {
      return refuse("\(file): a damaged part: \(error)")
    }
    if reference == nil {
      reference = part
      referenceFile = file
    }
    files[part.shard.number] = file
    add(part, looks)
    do throws(PartDamage) {
      if let sum { try PartDocument.checkSum(sum) }
    } catch {
      // What is too much is not kept.
      sum = CheckFindings(startedAt: .infinity)
      refuse("\(file): one part too many: \(error)")
    }
  }

  /// The first thing in which two parts are not of the same whole.
  private static func difference(
    _ part: PartDocument, _ reference: PartDocument
  ) -> (name: String, of: String, against: String)? {
    func shown(_ text: String?) -> String { text.map { Escaping.terminal($0, width: 120) } ?? "none" }
    var pairs: [(name: String, String?, String?)] = [
      ("check", part.check.rawValue, reference.check.rawValue),
      ("target", part.target.url, reference.target.url),
      ("number of shards", "\(part.shard.count)", "\(reference.shard.count)"),
    ]
    func values(_ part: PartDocument) -> [String: String] {
      Dictionary(part.parameters.filter { !$0.values.isEmpty }.map { ($0.name, $0.values.joined(separator: ", ")) }) {
        first, _ in first
      }
    }
    let (own, others) = (values(part), values(reference))
    for name in (reference.parameters + part.parameters).map(\.name) where own[name] != others[name] {
      pairs.append((name, own[name], others[name]))
    }
    pairs += [
      ("plan's digest", part.digest, reference.digest),
      ("backend header", part.backendHeader?.lowercased(), reference.backendHeader?.lowercased()),
      ("common start", time(part.commonStartNanoseconds), time(reference.commonStartNanoseconds)),
      ("run", part.run, reference.run),
    ]
    return pairs.first { $0.1 != $0.2 }.map { ($0.name, shown($0.1), shown($0.2)) }
  }

  /// That parts, which were told no header of generations, found different ones; `nil` if all found the same.
  private func guessedNote(of reference: PartDocument) -> String? {
    guard let other = guessedOtherwise.first else { return nil }
    func shown(_ header: String?) -> String { header.map { Escaping.terminal($0, width: 60) } ?? "no header" }
    let more = guessedOtherwise.count > 1 ? " and \(guessedOtherwise.count - 1) more" : ""
    return
      "The parts found different headers for generations: \(referenceFile) \(shown(reference.generationHeader)), "
      + "\(other.file)\(more) \(shown(other.header)). Only those of the first count; give all parts --generation-header."
  }

  private static func time(_ nanoseconds: Int64?) -> String? {
    nanoseconds.map { UTCTime.rfc3339(secondsSince1970: Double($0) / 1e9) }
  }

  private mutating func add(_ part: PartDocument, _ looks: [CheckFindings.Look]) {
    let clock = part.clock.map {
      ClockOffset(offset: Int64($0.offsetSeconds * 1e9), uncertainty: Int64($0.uncertaintySeconds * 1e9))
    }
    let ahead = clock?.correction ?? 0
    let isFirst = sum == nil
    var whole = sum ?? CheckFindings(startedAt: .infinity)
    // The only holder of its arrays, which then need no copy.
    sum = nil
    let start = looks.first { $0.name != CheckFindings.serialLook } ?? looks.first
    let begins = (start?.started ?? 0) - ahead
    beginnings.append(begins + Int64(start?.measured.startLateness ?? 0))
    parts.append(ShardPart(part, looks))
    // Shards with a common start count from it; others from when the first of them began.
    let isTogether = part.commonStartNanoseconds != nil
    if isFirst { began = begins }
    let delay = isTogether ? 0 : begins - began
    if delay < 0 {
      whole.delay(by: Nanoseconds(-delay))
      began = begins
    }
    whole.add(looks, delayedBy: Nanoseconds(max(0, delay)))
    whole.startedAt = min(
      whole.startedAt, UTCTime.nanoseconds(rfc3339: part.startedAt).map { Double($0) / 1e9 } ?? .infinity)
    whole.durationSeconds = max(whole.durationSeconds, part.durationSeconds)
    whole.isInterrupted = whole.isInterrupted || part.interrupted == true
    for address in part.target.addresses where !whole.addresses.contains(address) { whole.addresses.append(address) }
    if let preparation = part.preparation { whole.preparation.add(preparation) }
    for note in part.notes where !whole.notes.contains(note) { whole.notes.append(note) }
    whole.backendHeader = part.backendHeader
    whole.generationHeader = whole.generationHeader ?? part.generationHeader
    whole.choice = whole.choice ?? part.choice
    whole.actions = whole.actions ?? part.actions
    sum = whole
  }

  /// The whole.
  ///
  /// - Parameter allowMissing: takes what parts there are, and marks it.
  /// - Throws: ``Refusal`` naming what is missing, doubled, foreign or damaged.
  package func findings(allowMissing: Bool) throws(Refusal) -> CheckFindings {
    var lines = faults
    guard let reference, var whole = sum else {
      throw Refusal(lines: lines.isEmpty ? ["no part to merge"] : lines)
    }
    let missing = (1...reference.shard.count).filter { files[$0] == nil }
    if !missing.isEmpty, !allowMissing {
      let which = missing.count == 1 ? "part \(missing[0])" : "\(missing.count) parts, \(CheckFindings.list(missing)),"
      lines.append(
        "\(which) of \(reference.shard.count) \(missing.count == 1 ? "is" : "are") missing; "
          + "--allow-missing reports on the others alone")
    }
    guard lines.isEmpty else { throw Refusal(lines: lines) }
    if let note = guessedNote(of: reference) { whole.notes.append(note) }
    for index in whole.looks.indices { whole.looks[index].measured.records.sort { $0.done < $1.done } }
    let first = beginnings.min() ?? 0
    var parts = parts
    for index in parts.indices { parts[index].startedAfter = Double(beginnings[index] - first) / 1e6 }
    whole.shards = ShardsSection(
      count: reference.shard.count, missing: missing.isEmpty ? nil : missing,
      commonStart: Self.time(reference.commonStartNanoseconds), parts: parts.sorted { $0.number < $1.number })
    return whole
  }
}

extension CheckFindings {
  /// The look that the first shard makes alone, before the others begin.
  static let serialLook = "serial look"

  fileprivate mutating func delay(by delay: Nanoseconds) {
    for index in looks.indices {
      looks[index].measured = looks[index].measured.delayed(by: delay)
      if let timeline = looks[index].timeline {
        var delayed = Timeline()
        delayed.add(timeline, delayedBy: delay)
        looks[index].timeline = delayed
      }
    }
  }

  fileprivate mutating func add(_ others: [Look], delayedBy delay: Nanoseconds) {
    for other in others {
      let measured = delay > 0 ? other.measured.delayed(by: delay) : other.measured
      guard let index = looks.firstIndex(where: { $0.name == other.name }) else {
        var look = other
        look.measured = measured
        look.timeline = other.timeline.map { timeline in
          var delayed = Timeline()
          delayed.add(timeline, delayedBy: delay)
          return delayed
        }
        looks.append(look)
        continue
      }
      looks[index].measured.add(measured)
      looks[index].processorTime = looks[index].processorTime.addingSaturated(other.processorTime)
      looks[index].parts += 1
      looks[index].cutShort = looks[index].cutShort ?? other.cutShort
      if let timeline = other.timeline {
        var sum = looks[index].timeline ?? Timeline()
        sum.add(timeline, delayedBy: delay)
        looks[index].timeline = sum
      }
    }
  }
}

extension ShardPart {
  fileprivate init(_ part: PartDocument, _ looks: [CheckFindings.Look]) {
    let shared = looks.filter { $0.name != CheckFindings.serialLook }
    var lateness = shared.first?.measured.lateness
    for look in shared.dropFirst() { lateness?.add(look.measured.lateness) }
    self.init(
      number: part.shard.number, host: part.shard.host, requests: shared.reduce(0) { $0 + $1.measured.completed },
      failed: shared.reduce(0) { $0 + $1.measured.failed },
      lateness: lateness?.value(atPercentile: 99).map { Double($0) / 1e6 }, startedAfter: 0,
      startLateness: Double(shared.map(\.measured.startLateness).max() ?? 0) / 1e6,
      clockOffset: part.clock.map { $0.offsetSeconds * 1e3 },
      clockUncertainty: part.clock.map { $0.uncertaintySeconds * 1e3 }, interrupted: part.interrupted)
  }
}
