internal import Load
internal import Platform
internal import Report
internal import Statistics

/// After how much of its traffic a check was interrupted.
struct Interruption: Equatable {
  /// `interrupted after 812 of 3,000 requests`, or `interrupted in part 2 of 3` where the other parts came to their end; without
  /// a number where the traffic is in no stages, as in a search.
  let text: String

  /// `nil` for a check that was not interrupted.
  init?(_ findings: CheckFindings, _ traffic: TrafficOptions) {
    guard findings.isInterrupted else { return nil }
    guard let stage = findings.stages.last else {
      text = "interrupted"
      return
    }
    if let shards = findings.shards, let part = Self.parts(shards) {
      text = "interrupted in \(part)"
      return
    }
    let requests = Formatting.count(stage.measured.completed, "request")
    switch stage.name {
    case .serialStage, .freshStage:
      text = "interrupted after \(requests) one after another"
    case .burstStage: text = "interrupted after \(requests) of a burst"
    case .shuffledStage: text = "interrupted after \(requests) over shuffled connections"
    case .unequalStage, .mixedStage: text = "interrupted after \(requests) for the unequal path"
    case .load, .concurrentStage, .traffic, .step:
      // A lane makes all of them, too.
      if let planned = traffic.requests, findings.lanes.isEmpty {
        text =
          "interrupted after \(Formatting.count(stage.measured.completed)) of \(Formatting.count(planned, "request"))"
      } else if let planned = traffic.duration, findings.lanes.isEmpty {
        text = "interrupted after \(Self.seconds(stage.measured.duration)) of \(Self.seconds(planned))"
      } else {
        text = "interrupted after \(requests)"
      }
    }
  }

  /// What is left open by it, as a clause.
  var clause: String { "the measurement was \(text)" }

  /// That the measurement was interrupted; a check that was is never a pass.
  var assertion: Assertion {
    Assertion(
      .evidence(.measurement), verdict: .inconclusive, expected: "completed", actual: "interrupted", reason: clause)
  }

  /// The parts that were interrupted; `nil` where all were.
  private static func parts(_ shards: ShardsSection) -> String? {
    let cut = shards.parts.filter { $0.interrupted == true }.map(\.number)
    guard !cut.isEmpty, cut.count < shards.parts.count else { return nil }
    return "\(cut.count == 1 ? "part" : "parts") \(CheckFindings.list(cut)) of \(shards.count)"
  }

  private static func seconds(_ time: Nanoseconds) -> String { Formatting.duration(seconds: Double(time) / 1e9) }
}

extension Assertion {
  /// The assertion, left open where it failed and the rest of the run might have mended that. Where how the work is shared was
  /// open already, the interruption is the reason: so few requests look like anything.
  func leftOpen(by interruption: Interruption?) -> Assertion {
    guard let interruption, needsWholeRun, verdict == .fail || verdict == .inconclusive && isOfSharing else {
      return self
    }
    var open = self
    open.verdict = .inconclusive
    open.detail = "Not decided: \(interruption.clause)."
    open.reason = interruption.clause
    return open
  }

  /// Whether it may fail only since something was not seen, or not often enough.
  var needsWholeRun: Bool {
    switch kind {
    case .standing(let kind):
      switch kind {
      case .repairedAfterReload, .repairedAfterRestart: true
      case .siteUpAtTheEnd, .repaired, .servedByBackends: false
      }
    case .generations: true
    case .visitors(let kind): kind == .newVisitorsSpread
    case .sharing(let kind):
      switch kind {
      case .everyBackendAnswered, .splitArrived, .policy, .per, .maxDeviation, .busyShares, .chance, .keyShares,
        .rotationScore, .unequalPath:
        true
      // That more than one did has been seen.
      case .oneBackendAnswered: finding == .nothing
      case .noOtherBackend, .split, .noOtherPart, .backupSilent: false
      }
    case .takeover(let kind):
      switch kind {
      case .othersTookOver, .othersTookOverInTime, .chosenAgain, .backupTookOver, .backupTookOverInTime,
        .backupFellSilent:
        true
      case .backupSilentBefore: false
      }
    case .figure(let kind):
      switch kind {
      case .p99DuringReload, .demandedRate, .capacityFound: true
      case .everyRequestSent: false
      }
    // A reload that was cut short would have replaced the rest.
    case .manager(let kind): kind == .everyInstanceReplaced
    case nil, .servedByBackends, .lostNoRequest, .traffic, .leftNoGap, .servedByPrimaries, .evidence,
      .comparison:
      false
    }
  }
}
