internal import Load
internal import Platform
internal import Report
internal import Statistics

/// Merges the parts of a check, one after another, and refuses what is not part of it.
///
/// It keeps one part's measurements and the sum, whatever the number of parts.
package struct PartMerge {
  /// Why parts cannot be merged: one line for each fault, which names the file.
  package struct Refusal: Error, Equatable {
    package let lines: [String]
  }

  /// The first part, which all others have to agree with.
  package private(set) var reference: PartDocument?
  private var referenceFile = ""
  /// The files of the parts so far, by number.
  private var files: [Int: String] = [:]
  /// The files of the parts so far, by the times of their requests.
  private var measured: [[Double]: String] = [:]
  private var faults: [String] = []
  /// Whether a file was refused that may be the part that is missing.
  private var mayHoldMissing = false
  private var fold = FindingsFold()
  private var parts: [ShardPart] = []
  /// The parts that took another header, or none, for the one that names generations, each with its file.
  private var guessedOtherwise: [(file: String, header: String?)] = []

  package init() {}

  /// Notes a file that is not a part of the whole.
  package mutating func refuse(_ reason: String) {
    faults.append(reason)
    mayHoldMissing = true
  }

  /// Adds a part.
  ///
  /// - Parameter file: what to call it.
  package mutating func add(_ part: PartDocument, from file: String) {
    guard Shard(index: part.shard.number.subtractingSaturated(1), count: part.shard.count) != nil else {
      return refuse("\(file): a damaged part: it is part \(part.shard.number) of \(part.shard.count)")
    }
    guard part.tool == .lbcheck else {
      let tool = Escaping.terminal("\(part.tool.name) \(part.tool.version)", width: 60)
      return refuse(
        "\(file) does not belong: it was made by \(tool), not by \(ToolSection.lbcheck.name) \(ToolSection.lbcheck.version)"
      )
    }
    if let reference, let difference = Self.difference(part, reference) {
      let shown = "\(difference.name) is \(difference.of), that of \(referenceFile) is \(difference.against)"
      return refuse("\(file) does not belong: its \(shown)")
    }
    // Its URL may have been written with credentials, which the digest leaves out.
    let digests = [part.target, Secrets.text(part.target, .hashed)].map {
      PartDocument.digest(check: part.check, url: $0, count: part.shard.count, part.parameters)
    }
    guard digests.contains(part.digest) else {
      let shown = Escaping.terminal(part.digest, width: 40)
      return refuse("\(file): a damaged part: its digest is \(shown), and that of its settings \(digests[0])")
    }
    if let other = files[part.shard.number] {
      faults.append("\(file) duplicates \(other): both are part \(part.shard.number) of \(part.shard.count)")
      return
    }
    let times = part.findings.times
    if let times, let other = measured[times] {
      faults.append("\(file) is a copy of \(other): its requests took the same times, to the nanosecond")
      return
    }
    var findings = part.findings
    if let reference, findings.generationHeader?.lowercased() != reference.findings.generationHeader?.lowercased() {
      guessedOtherwise.append((file, findings.generationHeader))
      for index in findings.stages.indices { findings.stages[index].measured.dropGenerations() }
    }
    if reference == nil {
      reference = part
      referenceFile = file
    }
    files[part.shard.number] = file
    if let times { measured[times] = file }
    parts.append(ShardPart(part.shard, findings))
    fold.add(findings)
    do throws(CheckFindings.TooMuch) {
      try fold.sum.demandLimits()
    } catch {
      // A part that exceeds the limits is not kept.
      fold.forget()
      refuse("\(file): one part too many: \(error)")
    }
  }

  /// The first difference that keeps two parts from being of the same whole.
  private static func difference(
    _ part: PartDocument, _ reference: PartDocument
  ) -> (name: String, of: String, against: String)? {
    func shown(_ text: String?) -> String { text.map { Escaping.terminal($0, width: 120) } ?? "none" }
    var pairs: [(name: String, String?, String?)] = [
      ("check", part.check.rawValue, reference.check.rawValue),
      ("target", part.target, reference.target),
      ("number of parts", "\(part.shard.count)", "\(reference.shard.count)"),
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
      (
        own["--backend-header"] == nil
          ? "backend header (--backend-header gives all parts the same)" : "backend header",
        part.findings.backendHeader?.lowercased(), reference.findings.backendHeader?.lowercased()
      ),
      ("common start", time(part.findings.start?.time), time(reference.findings.start?.time)),
      ("run", part.findings.start?.run, reference.findings.start?.run),
    ]
    return pairs.first { $0.1 != $0.2 }.map { ($0.name, shown($0.1), shown($0.2)) }
  }

  /// That parts, which were given no generation header, found different ones; `nil` if all found the same.
  private func guessedNote(of reference: PartDocument) -> String? {
    guard let other = guessedOtherwise.first else { return nil }
    func shown(_ header: String?) -> String { header.map { Escaping.terminal($0, width: 60) } ?? "no header" }
    let more = guessedOtherwise.count > 1 ? " and \(guessedOtherwise.count - 1) more" : ""
    return
      "The parts found different headers for generations: \(referenceFile) \(shown(reference.findings.generationHeader)), "
      + "\(other.file)\(more) \(shown(other.header)). Only those of the first count; give all parts --generation-header."
  }

  private static func time(_ nanoseconds: Int64?) -> String? {
    nanoseconds.map { UTCTime.rfc3339(secondsSince1970: Double($0) / 1e9) }
  }

  /// The whole.
  ///
  /// - Parameter allowMissing: merges the parts there are, and marks the result.
  /// - Throws: ``Refusal`` naming what is missing, duplicated, foreign or damaged.
  package func findings(allowMissing: Bool) throws(Refusal) -> CheckFindings {
    var lines = faults
    guard let reference else {
      throw Refusal(lines: lines.isEmpty ? ["no part to merge"] : lines)
    }
    let missing = (1...reference.shard.count).filter { files[$0] == nil }
    if !missing.isEmpty, !allowMissing, !mayHoldMissing {
      let which = missing.count == 1 ? "part \(missing[0])" : "\(missing.count) parts, \(CheckFindings.list(missing)),"
      lines.append(
        "\(which) of \(reference.shard.count) \(missing.count == 1 ? "is" : "are") missing; "
          + "--allow-missing reports on the others alone")
    }
    guard lines.isEmpty else { throw Refusal(lines: lines) }
    var whole = fold.whole
    if let note = guessedNote(of: reference) { whole.notes.append(note) }
    // A single part is a check that was not divided.
    guard reference.shard.count > 1 else { return whole }
    let first = fold.beginnings.min() ?? 0
    var parts = parts
    for index in parts.indices { parts[index].startedAfter = Double(fold.beginnings[index] - first) / 1e6 }
    whole.shards = ShardsSection(
      count: reference.shard.count, missing: missing.isEmpty ? nil : missing,
      commonStart: Self.time(reference.findings.start?.time), parts: parts.sorted { $0.number < $1.number })
    return whole
  }
}

extension CheckFindings {
  /// When its shared stages began within a second, and how long their requests took on average, which no two parts have alike; `nil`
  /// where all took the same time.
  fileprivate var times: [Double]? {
    let shared = stages.filter(\.name.isShared)
    guard shared.contains(where: { $0.measured.latency.min != $0.measured.latency.max }) else { return nil }
    return shared.flatMap { stage in
      [stage.measured.latency, stage.measured.serviceTime, stage.measured.firstByte].reduce(
        into: [Double(stage.started % 1_000_000_000)]
      ) { times, histogram in times += [Double(histogram.count), histogram.mean ?? 0] }
    }
  }
}

extension ShardPart {
  fileprivate init(_ shard: PartShard, _ findings: CheckFindings) {
    let shared = findings.stages.filter(\.name.isShared)
    var lateness = shared.first?.measured.lateness
    for stage in shared.dropFirst() { lateness?.add(stage.measured.lateness) }
    let clock = findings.start?.clock
    self.init(
      number: shard.number, host: shard.host, requests: shared.reduce(0) { $0 + $1.measured.completed },
      failed: shared.reduce(0) { $0 + $1.measured.failed },
      lateness: lateness?.value(atPercentile: 99).map { Double($0) / 1e6 }, startedAfter: 0,
      startLateness: Double(shared.map(\.measured.startLateness).max() ?? 0) / 1e6,
      clockOffset: clock.map { Double($0.offset) / 1e6 }, clockUncertainty: clock.map { Double($0.uncertainty) / 1e6 },
      interrupted: findings.isInterrupted ? true : nil)
  }
}
