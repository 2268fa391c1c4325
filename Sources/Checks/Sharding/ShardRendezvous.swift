internal import Load
internal import Platform
internal import Report
internal import Statistics

/// How shards agree on a common start, and measure how far apart their clocks are, through files in a shared folder.
///
/// The first shard waits for all others. Each asks it for the time, several times, and then says that it is ready; the first
/// then names a time slightly ahead. A shard of another plan, or one that does not come, ends all with its number.
struct ShardRendezvous {
  let files: RendezvousFiles
  let shard: Shard
  let digest: String
  let timeout: Nanoseconds
  let watch: CheckWatch
  /// Shards on the same machine have the same clock, whatever an exchange would show.
  var machine = RendezvousFiles.machine
  /// By what it waits.
  var time = TimeSource.system
  /// This process.
  var name = RendezvousFiles.name()

  static let questions = 8
  /// How far ahead the start is at least; further where files take long to be seen.
  private static let lead: Nanoseconds = 1_000_000_000
  /// How far ahead the start is at most.
  private static let farthest: UInt64 = 3_600_000_000_000
  /// How much longer a shard waits for what the first does once all are there.
  private static let patience: Nanoseconds = 120_000_000_000

  /// Waits for all.
  ///
  /// - Parameters:
  ///   - clock: this machine's time of day, in nanoseconds since 1970.
  ///   - first: what the first shard does while all others wait.
  /// - Throws: ``CheckError`` naming the shards that did not come, or why another one gave up.
  func agree(
    clock: () -> Int64 = WallClock.now, first: () throws(CheckError) -> Void
  ) throws(CheckError) -> CommonStart {
    guard shard.index == 0 else {
      do throws(CheckError) {
        return try follow(clock)
      } catch {
        takeBack(ofRun: nil)
        throw error
      }
    }
    var heard: [Int: RendezvousFiles.Ask] = [:]
    do throws(CheckError) {
      return try lead(clock, &heard, first)
    } catch {
      files.remove(.first, of: name)
      for (number, ask) in heard {
        if let answer = try? files.read(.answer(number)) as RendezvousFiles.Answer?, answer.name == ask.name {
          files.remove(.answer(number))
        }
      }
      let reason = error == .interrupted ? "it was interrupted" : error.description
      try? files.write(
        RendezvousFiles.Start(run: name, names: heard.values.map(\.name), refusal: "part 1: \(reason)"), to: .start,
        as: name
      )
      throw error
    }
  }

  // MARK: The first shard

  /// - Parameter heard: the latest question of each other shard.
  private func lead(
    _ clock: () -> Int64, _ heard: inout [Int: RendezvousFiles.Ask], _ first: () throws(CheckError) -> Void
  ) throws(CheckError) -> CommonStart {
    try files.demandOwn(.first, RendezvousFiles.First.self)
    try files.demandOwn(.end, RendezvousFiles.First.self)
    // A file that is there from the beginning is seen sooner on a network file system when it changes.
    try files.write(RendezvousFiles.Start(run: name, names: []), to: .start, as: name)
    try files.write(RendezvousFiles.First(run: name, machine: machine), to: .first, as: name)
    var ready: [Int: RendezvousFiles.Ask] = [:]
    let begun = time.now()
    var lastChange = begun
    watch.report(.stage(CheckStage("waiting for the other parts")))
    while ready.count < shard.count - 1 {
      if watch.stop.isStopped { throw .interrupted }
      for number in files.asking() where number > 1 && ready[number] == nil {
        guard let ask: RendezvousFiles.Ask = try files.read(.ask(number)), ask.run == name, ask != heard[number] else {
          continue
        }
        let received = clock()
        heard[number] = ask
        guard number <= shard.count, ask.digest == digest else {
          throw .usage("--start-file: part \(number) has another plan, number of parts or version than part 1")
        }
        if ask.isReady {
          ready[number] = ask
        } else {
          try files.write(
            RendezvousFiles.Answer(name: ask.name, question: ask.question, received: received, answered: clock()),
            to: .answer(number), as: name)
        }
        lastChange = time.now()
      }
      let now = time.now()
      if now - begun > timeout {
        let missing = (2...shard.count).filter { ready[$0] == nil }
        throw .unmeasurable(
          "--start-file: \(missing.count == 1 ? "part" : "parts") \(CheckFindings.list(missing)) of \(shard.count) did not come within \(timeout / 1_000_000_000) s",
          advice: [])
      }
      if let other: RendezvousFiles.First = try files.read(.first), other.run != name {
        throw .usage("--start-file: another process is part 1 of \(Escaping.terminal(files.path)), too")
      }
      time.sleep(now - lastChange < 500_000_000 ? 500_000 : 20_000_000)
    }
    try first()
    // Figures from other shards count only within bounds.
    let slowest = min(max(ready.values.compactMap(\.roundTrip).max() ?? 0, 0), 10_000_000_000)
    let start = clock() + max(Int64(Self.lead), 20 * slowest)
    try files.write(
      RendezvousFiles.Start(run: name, time: start, names: [name] + ready.values.map(\.name)), to: .start, as: name)
    return CommonStart(time: start, clock: ClockOffset(offset: 0, uncertainty: 0), run: name)
  }

  // MARK: The others

  private func follow(_ clock: () -> Int64) throws(CheckError) -> CommonStart {
    let begun = time.now()
    var call: Call?
    watch.report(.stage(CheckStage("waiting for the other parts")))
    while true {
      if watch.stop.isStopped { throw .interrupted }
      // A new first shard: questions to an earlier one are void.
      if let first: RendezvousFiles.First = try files.read(.first), first.run != call?.run {
        call = Call(first, at: time.now())
      }
      if call != nil {
        if let start = try agreed(call!, clock) { return start }
        try proceed(&call!, clock)
      }
      let isReady = call?.isReady == true
      guard time.now() - begun < timeout + (isReady ? Self.patience : 0) else {
        let isOther = call == nil && files.modified(.first) != nil
        throw .unmeasurable(
          "--start-file: part 1 did not \(call == nil ? "come" : "answer") within \(timeout / 1_000_000_000) s"
            + (isOther ? "; \(Escaping.terminal(files.path)).first is there, but not its own" : ""), advice: [])
      }
      let isQuick = call.map { time.now() - $0.lastChange < 100_000_000 } ?? false
      time.sleep(isQuick ? 500_000 : 10_000_000)
    }
  }

  /// The question of a shard to the first one.
  private struct Call {
    let run: String
    let machine: String?
    var exchanges: [ClockOffset.Exchange] = []
    var question = 0
    var asked: Int64 = 0
    var waitsForAnswer = false
    var isReady = false
    var lastChange: Nanoseconds
    /// When the first question was written, by the file system's clock.
    var arrived: Int64?

    init(_ first: RendezvousFiles.First, at now: Nanoseconds) {
      lastChange = now
      run = first.run
      machine = first.machine
    }
  }

  /// The start, once the first shard has named it.
  private func agreed(_ call: Call, _ clock: () -> Int64) throws(CheckError) -> CommonStart? {
    guard let start: RendezvousFiles.Start = try files.read(.start), start.run == call.run else { return nil }
    let isNamed = start.names.contains(name)
    guard let time = start.time, isNamed else {
      // Answers from before this process started are not for it.
      let isLater = call.arrived.flatMap { arrived in files.modified(.start).map { $0 > arrived } } ?? false
      guard isNamed || isLater else { return nil }
      if let refusal = start.refusal {
        throw .unmeasurable("--start-file: \(Escaping.terminal(refusal))", advice: [])
      }
      if start.time != nil { throw double() }
      return nil
    }
    let isSame = machine != nil && machine == call.machine
    let agreed = CommonStart(
      time: time, clock: isSame ? ClockOffset(offset: 0, uncertainty: 0) : ClockOffset(call.exchanges), run: call.run)
    // The first names a time slightly ahead; a distant one is not from this run.
    guard agreed.localTime.subtractingSaturated(clock()).magnitude < Self.farthest else {
      throw .usage(
        "--start-file: \(Escaping.terminal(files.path)) names a start that is too far away: "
          + UTCTime.rfc3339(secondsSince1970: Double(time) / 1e9))
    }
    return agreed
  }

  /// Reads an answer if there is one, and asks the next question or reports that it has none.
  private func proceed(_ call: inout Call, _ clock: () -> Int64) throws(CheckError) {
    let number = shard.index + 1
    if call.waitsForAnswer, let answer: RendezvousFiles.Answer = try files.read(.answer(number)), answer.name == name,
      answer.question == call.question
    {
      call.exchanges.append(
        ClockOffset.Exchange(
          asked: call.asked, received: answer.received, answered: answer.answered, returned: clock()))
      call.waitsForAnswer = false
    }
    let ask: RendezvousFiles.Ask? = try files.read(.ask(number))
    // One that was there before may be dead; one that came later is alive.
    if let ask, ask.run == call.run, ask.name != name, call.arrived != nil { throw double() }
    let isThere = ask?.name == name && ask?.run == call.run
    if isThere, call.waitsForAnswer || call.isReady { return }
    call.isReady = call.exchanges.count >= Self.questions
    call.waitsForAnswer = !call.isReady
    // Each question has its own number, so that no answer can be taken for another's.
    call.question += 1
    call.asked = clock()
    call.lastChange = time.now()
    try files.write(
      RendezvousFiles.Ask(
        run: call.run, name: name, digest: digest, question: call.question, isReady: call.isReady,
        roundTrip: call.exchanges.compactMap(\.roundTrip).min()), to: .ask(number), as: name)
    if call.arrived == nil { call.arrived = files.modified(.ask(number)) }
  }

  private func double() -> CheckError {
    .usage(
      "--start-file: another process is part \(shard.index + 1) of \(shard.count) at \(Escaping.terminal(files.path)), too"
    )
  }

  // MARK: The end

  /// Removes this shard's question and the answer to it: of a run, or, without one, of this process alone.
  private func takeBack(ofRun run: String?) {
    // Another process may be the same shard of the run.
    if let ask = try? files.read(.ask(shard.index + 1)) as RendezvousFiles.Ask?, run != nil || ask.name == name {
      takeBack(shard.index + 1, ofRun: run ?? ask.run)
    }
  }

  private func takeBack(_ number: Int, ofRun run: String) {
    guard let asked = try? files.read(.ask(number)) as RendezvousFiles.Ask?, asked.run == run else { return }
    if let answer = try? files.read(.answer(number)) as RendezvousFiles.Answer?, answer.name == asked.name {
      files.remove(.answer(number))
    }
    files.remove(.ask(number))
  }

  /// Signals the other shards of a run that the first is done.
  func end(_ run: String) throws(CheckError) { try files.write(RendezvousFiles.First(run: run), to: .end, as: name) }

  /// Whether the first shard of a run is done.
  static func hasEnded(_ run: String, _ files: RendezvousFiles) -> Bool {
    let end: RendezvousFiles.First? = try? files.read(.end)
    return end?.run == run
  }

  /// Removes the files that the shards of a run exchanged, once all have begun: the first all of it, another what it asked, as
  /// the first may have been killed meanwhile.
  func cleanUp(_ run: String) {
    guard shard.index == 0 else { return takeBack(ofRun: run) }
    for number in files.asking() { takeBack(number, ofRun: run) }
    files.remove(.first, of: run)
    if let start = try? files.read(.start) as RendezvousFiles.Start?, start.run == run { files.remove(.start) }
  }
}
