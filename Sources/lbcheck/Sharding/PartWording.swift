internal import Report

/// What a shard says of itself when it has ended.
enum PartWording {
  /// One line: how many requests, how many failed, how it began.
  static func line(_ part: PartDocument) -> String {
    let failed = part.looks.reduce(0) { $0 + $1.failures.values.reduce(0, +) }
    let requests = part.looks.reduce(0) { $0 + $1.counts.succeeded } + failed
    var line = "part \(part.shard.number) of \(part.shard.count): \(requests) requests, \(failed) failed"
    if let error = part.looks.compactMap(\.error).first {
      line += "; ended early: \(Escaping.terminal(error, width: 200))"
    }
    if part.interrupted == true { line += "; interrupted" }
    if part.commonStartNanoseconds == nil {
      line += "; no common start"
    } else {
      line += "; began \(milliseconds(part.looks.last?.startLatenessNanoseconds ?? 0)) after the common start"
    }
    if let clock = part.clock {
      let offset = (clock.offsetSeconds * 1e6).rounded() / 1e3
      line +=
        ", clock \(offset < 0 ? "" : "+")\(offset) ms from the first's"
        + " (± \((clock.uncertaintySeconds * 1e6).rounded() / 1e3) ms)"
    } else {
      line += ", clock not compared"
    }
    return line
  }

  private static func milliseconds(_ nanoseconds: UInt64) -> String { "\(Double(nanoseconds / 1_000) / 1_000) ms" }
}
