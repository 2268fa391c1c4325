package import Load
internal import Platform
internal import Report

/// How a check is watched and stopped.
package struct CheckWatch {
  package let stop: StopSignal
  package let report: (CheckEvent) -> Void

  package init(stop: StopSignal = StopSignal(), report: @escaping (CheckEvent) -> Void = { _ in }) {
    self.stop = stop
    self.report = report
  }

  /// The watch of one of several parts: how long all take is said once, with the first.
  func ofPart(_ part: CheckStage.Part) -> CheckWatch {
    var each: Nanoseconds?
    return CheckWatch(stop: stop) { event in
      switch event {
      case .takes(let time):
        each = time.requests == nil ? time.least : nil
        if part.place.number == 1 { report(.takes(time.times(part.place.count))) }
      case .stage(let stage): report(.stage(stage.inPart(part, each: each)))
      case .judged(var judged):
        judged.name = "\(part.place.number) of \(part.place.count): \(judged.name)"
        report(.judged(judged))
      case .traffic, .demands, .phase, .seen: report(event)
      }
    }
  }

  /// Carries out a plan and reports its progress.
  func measure(_ plan: Plan) throws(CheckError) -> Measurements {
    try traffic(.traffic, plan).measured
  }

  /// Runs one stage of traffic.
  ///
  /// - Parameters:
  ///   - stop: ends this stage alone; `nil` for the check's own signal.
  ///   - finish: ends its schedule; requests in flight are waited for.
  /// - Throws: ``CheckError`` where the run cannot begin.
  func traffic(
    _ name: StageName, _ plan: Plan, stop own: StopSignal? = nil, finish: FinishSignal = FinishSignal(),
    every interval: Nanoseconds = 100_000_000,
    observe: (LiveSnapshot) -> String? = { _ in nil }
  ) throws(CheckError) -> CheckFindings.Stage {
    var cutShort: String?
    let processorTime = MonotonicClock.processorTime()
    do throws(LoadError) {
      let measured = try Run(plan).measure(stop: own ?? stop, finish: finish, every: interval) { snapshot in
        if cutShort == nil { cutShort = observe(snapshot) }
      } begin: {
        report(.traffic($0))
      }
      if case .noThread? = measured.error, measured.completed == 0 { throw measured.error! }
      return CheckFindings.Stage(
        name: name, measured: measured, started: WallClock.time(atMonotonic: measured.start),
        processorTime: MonotonicClock.processorTime() - processorTime, cutShort: cutShort)
    } catch {
      throw CheckError(error)
    }
  }
}
