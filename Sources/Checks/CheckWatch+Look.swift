internal import Load
internal import Platform

extension CheckWatch {
  /// Makes one stretch of traffic; a shard keeps a timeline of it.
  ///
  /// - Parameters:
  ///   - stop: ends this stretch alone; `nil` for the check's own.
  ///   - finish: ends its schedule; what was sent is waited for.
  /// - Throws: ``CheckError`` where the run cannot begin.
  func look(
    _ name: String, _ plan: Plan, stop own: StopSignal? = nil, finish: FinishSignal = FinishSignal(),
    every interval: Nanoseconds = 100_000_000,
    observe: (LiveSnapshot) -> String? = { _ in nil }
  ) throws(CheckError) -> CheckFindings.Look {
    var plan = plan
    var timeline: TimelineSink?
    if plan.shard.count > 1 {
      timeline = TimelineSink(beside: plan.recordSink)
      plan.recordSink = timeline
    }
    var cutShort: String?
    let processorTime = MonotonicClock.processorTime()
    do throws(LoadError) {
      let measured = try Run(plan).measure(stop: own ?? stop, finish: finish, every: interval) { snapshot in
        report(.live(snapshot, of: plan.shardRequests))
        if cutShort == nil { cutShort = observe(snapshot) }
      }
      if case .noThread? = measured.error, measured.completed == 0 { throw measured.error! }
      return CheckFindings.Look(
        name: name, measured: measured, started: WallClock.time(atMonotonic: measured.start),
        processorTime: MonotonicClock.processorTime() - processorTime, cutShort: cutShort,
        timeline: timeline?.current)
    } catch {
      throw CheckError(error)
    }
  }
}
