internal import Checks
internal import Load
internal import Report
internal import Statistics

/// What a shard reports when it has ended.
enum PartWording {
  /// One line: how many requests, how many failed, how it began.
  static func line(_ part: PartDocument) -> String {
    let stages = part.findings.stages
    let failed = stages.reduce(0) { $0 + $1.measured.failed }
    let requests = stages.reduce(0) { $0 + $1.measured.completed }
    var line =
      "part \(part.shard.number) of \(part.shard.count): \(Formatting.count(requests, "request")), \(Formatting.count(failed)) failed"
    if let error = stages.compactMap(\.measured.error).first {
      line += "; ended early: \(Escaping.terminal(error.description, width: 200))"
    }
    if part.findings.isInterrupted { line += "; interrupted" }
    if part.findings.start == nil {
      line += "; no common start"
    } else {
      line +=
        "; began \(Formatting.duration(seconds: Double(stages.last?.measured.startLateness ?? 0) / 1e9)) after the common start"
    }
    if let clock = part.findings.start?.clock {
      let offset = Double(clock.offset) / 1e6
      line +=
        ", clock \(offset < 0 ? "" : "+")\(Formatting.number(offset)) ms from the first's"
        + " (± \(Formatting.number(Double(clock.uncertainty) / 1e6)) ms)"
    } else {
      line += ", clock not compared"
    }
    return line
  }

}
