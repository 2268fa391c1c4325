public import Platform
internal import Statistics
internal import Synchronization

/// Carries a plan out: starts the workers, waits for them, merges what they counted.
public struct Run: Sendable {
  private let plan: Plan

  /// - Throws: ``LoadError`` if the plan contradicts itself or the machine cannot hold its connections.
  public init(_ plan: Plan) throws(LoadError) {
    var plan = plan
    try plan.validate()
    plan.traffic.workers = plan.usedWorkers
    try Socket.reserveDescriptors(plan.shardDescriptors)
    self.plan = plan
  }

  /// Makes the traffic and returns when the last request has its outcome.
  ///
  /// Requests in flight at the end of the schedule keep their timeout; after a stop they get one second.
  ///
  /// - Parameters:
  ///   - stop: ends the run early when it is set.
  ///   - finish: ends the schedule early; requests in flight then keep their timeout.
  ///   - interval: how often `observe` is called, on the calling thread.
  ///   - begin: gets the run's figures before it starts.
  public func measure(
    stop: StopSignal = StopSignal(), finish: FinishSignal = FinishSignal(), every interval: Nanoseconds = 100_000_000,
    observe: (LiveSnapshot) -> Void = { _ in }, begin: (LiveFeed) -> Void = { _ in }
  ) -> Measurements {
    let plan = plan
    // Set when one worker has to give up, so that all do.
    let halt = StopSignal()
    let counters = (0..<plan.traffic.workers).map { _ in LiveCounters(watchesRecent: plan.watchesRecentRequests) }
    let results = WorkerResults()
    let gate = WorkerGate(workers: plan.traffic.workers, at: plan.start)
    let records: RecordQueue?
    do throws(LoadError) {
      records = try plan.recordSink.map { sink throws(LoadError) in
        try RecordQueue(
          to: sink, capacity: plan.recordDelay == .max ? RecordQueue.capacity : RecordQueue.earlyCapacity)
      }
    } catch {
      return Measurements(nothingSince: error)
    }
    let prepared = PreparedRequests(plan)
    let feed = LiveFeed(counters, gate, requests: plan.shardRequests)
    begin(feed)
    let threads = start(halt: halt, finish: finish, counters, prepared, records, gate, results)
    var wasStopped = false
    var aim = plan.traffic.until.map(AimWatch.init)
    while !results.wait(for: plan.traffic.workers, atMost: interval) {
      if results.hasError { halt.stop() }
      if stop.isStopped {
        wasStopped = true
        halt.stop()
      }
      observe(feed.snapshot())
      if !finish.isFinished,
        aim?.isMet(by: LatencySequence(interleaving: counters.map(\.latencies))) == true
      {
        finish.finish()
      }
    }
    threads.forEach { $0.join() }
    gate.close()
    return measurements(of: results.sorted, wasStopped: wasStopped, gate, records, finish)
  }

  /// Starts a thread for each worker; where one cannot be had, all end at once.
  private func start(
    halt: StopSignal, finish: FinishSignal, _ counters: [LiveCounters], _ prepared: PreparedRequests,
    _ records: RecordQueue?,
    _ gate: WorkerGate, _ results: WorkerResults
  ) -> [KernelThread] {
    let plan = plan
    var threads: [KernelThread] = []
    for index in 0..<plan.traffic.workers {
      do throws(SystemError) {
        threads.append(
          try KernelThread(named: "lbcheck-load-\(index)", isPrecise: true) {
            do throws(LoadError) {
              let worker = try Worker(
                plan, share: plan.shard.share(ofWorker: index, of: plan.traffic.workers), stop: halt, finish: finish,
                live: counters[index], prepared: prepared, records: records,
                tls: TLSClient.speaking(
                  to: plan.target, plan.tls, http: plan.traffic.http, savesMemory: plan.shardConnections > 5_000))
              results.put(worker.run(from: gate), from: index)
            } catch {
              gate.pass()
              results.put(WorkerResult(nothingSince: error), from: index)
            }
          })
      } catch {
        // The others must not wait for this one, and end at once.
        halt.stop()
        gate.pass()
        results.put(WorkerResult(nothingSince: .noThread(error.message)), from: index)
      }
    }
    return threads
  }

  private func measurements(
    of results: [WorkerResult], wasStopped: Bool, _ gate: WorkerGate, _ records: RecordQueue?, _ finish: FinishSignal
  ) -> Measurements {
    var measurements = Measurements()
    measurements.wasStopped = wasStopped
    measurements.start = gate.start
    measurements.startLateness = gate.lateness
    measurements.waitedForSink = records?.close() ?? 0
    for result in results {
      measurements.add(Measurements(result, readsNames: plan.fingerprint.namesBackends))
    }
    measurements.latencies = LatencySequence(interleaving: results.map(\.tally.latencies))
    for sends in results.compactMap(\.tally.sends) {
      if measurements.sends == nil { measurements.sends = sends } else { measurements.sends?.add(sends) }
    }
    measurements.setNobodiesApart()
    if !wasStopped, measurements.error == nil, plan.traffic.requests == nil {
      let end = min(plan.end, finish.end(from: gate.start))
      if end < .max { measurements.duration = max(measurements.duration, end) }
    }
    // By the kernel's clock answers may be complete in another order than that in which they are read.
    if plan.traffic.workers > 1 || plan.readsKernelClock {
      measurements.records.sort { $0.done < $1.done }
      measurements.openDues.sort()
    }
    return measurements
  }
}
