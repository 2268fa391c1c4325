internal import Checks
internal import HTTP
internal import Load
internal import Report

/// A check that several processes can share, and what its report needs besides.
struct Divisible {
  /// The tolerance to draw in the chart of shares.
  var tolerance: Double?
  let make: (CheckSettings, CheckWatch) -> any DivisibleCheck
}

extension Options {
  fileprivate var fairnessExpectation: FairnessExpectation {
    var expectation = FairnessExpectation()
    expectation.backends = backends
    expectation.policy = policy
    expectation.tolerance = tolerance
    return expectation
  }
}

extension Session {
  /// The check of a name as its options say; `nil` for one that cannot be divided.
  func divisible(_ check: CheckKind, _ options: Options) -> Divisible? {
    switch check {
    case .load: Divisible { LoadCheck($0, watch: $1) }
    case .fairness:
      Divisible(tolerance: options.tolerance) {
        FairnessCheck($0, expecting: options.fairnessExpectation, watch: $1)
      }
    case .capacity:
      options.ladder.map { steps in
        Divisible { CapacityLadder($0, plan: options.capacityPlan, steps: steps, watch: $1) }
      }
    // Who acts is known only where it is measured; judging needs nobody.
    case .reloadTest: Divisible { ReloadCheck($0, manager: nil, plan: options.reloadPlan, watch: $1) }
    case .inspect, .failover, .gate, .compare: nil
    }
  }

  /// Refuses to be one of several where a check, as it was told to be, cannot be divided.
  ///
  /// - Returns: `nil` where there is nothing to refuse.
  func refusal(toDivide check: CheckKind, _ options: Options) -> ExitStatus? {
    do throws(UsageError) {
      guard let (shard, toldBy) = try shard(options) else { return nil }
      let part = "part \(shard.index + 1) of \(shard.count) (\(toldBy))"
      if options.usesTestbed {
        throw UsageError("\(part) has to ask what all others ask: --testbed starts a stack of its own")
      }
      guard divisible(check, options) == nil else { return nil }
      throw UsageError(
        check == .capacity
          ? "\(part) of capacity needs --ladder: a search cannot be divided"
          : "\(check.rawValue) cannot be divided into parts: run it as one task, or give --no-shard")
    } catch {
      Program.complain(error.of(check))
      return .usage
    }
  }

  /// Runs a check as a whole, or the part of it that is this process's.
  func run(_ check: CheckKind, _ options: Options) -> ExitStatus {
    guard let divisible = divisible(check, options) else { preconditionFailure("\(check.rawValue) cannot be divided") }
    return run(check, options, divisible)
  }

  func run(_ check: CheckKind, _ options: Options, _ divisible: Divisible) -> ExitStatus {
    do throws(UsageError) {
      guard let (shard, toldBy) = try shard(options) else {
        return report(check, options, tolerance: divisible.tolerance) { (settings, watch) throws(CheckError) in
          try divisible.make(settings, watch).run()
        }
      }
      return try part(shard, toldBy, check, options, divisible)
    } catch {
      Program.complain(error.of(check))
      return .usage
    }
  }

  /// Which part a process is to make, and who says so; `nil` for all of it.
  private func shard(_ options: Options) throws(UsageError) -> (shard: Shard, toldBy: String)? {
    // A gate needs the reports of its checks.
    let isWhole = options.isWhole || collector != nil
    if options.isWhole, options.shard != nil { throw UsageError("--shard and --no-shard exclude each other") }
    var told: (shard: Shard, toldBy: String)?
    if let shard = options.shard {
      told = (shard, "--shard")
    } else if !isWhole {
      told = try ShardEnvironment(variable: Terminal.environment).shard()
    }
    guard let told, told.shard.count > 1, collector == nil else {
      guard options.startAt == nil, options.startFile == nil else {
        throw UsageError("--start-at and --start-file are for parts of a check: give --shard I/N, too")
      }
      return nil
    }
    return told
  }

  private func part(
    _ shard: Shard, _ toldBy: String, _ check: CheckKind, _ options: Options, _ divisible: Divisible
  ) throws(UsageError) -> ExitStatus {
    guard let command = Program.commands.first(where: { $0.check == check }) else { return .usage }
    guard let path = options.outputFolder else {
      throw UsageError(
        "part \(shard.index + 1) of \(shard.count) (\(toldBy)) needs --out DIR: the folder for the parts, the same for all"
      )
    }
    if let other = options.formats.first(where: { $0 != .csv }) {
      throw UsageError("--format \(other.rawValue) is for the whole: give it to 'lbcheck merge'")
    }
    guard options.startAt == nil || options.startFile == nil else {
      throw UsageError("--start-at and --start-file exclude each other")
    }
    var settings = try settings(options)
    let parameters = PlanParameters.list(options, for: command)
    var sharding = Sharding(
      shard, toldBy: toldBy,
      digest: PartDocument.digest(
        check: check, url: Secrets.text(settings.target.url, .hashed), count: shard.count, parameters))
    if let time = options.startAt { sharding.start = .at(time) }
    if let file = options.startFile { sharding.start = .file(file, timeout: options.startTimeout) }
    settings.sharding = sharding
    if !options.isQuiet { Terminal.message("Part \(shard.index + 1) of \(shard.count), as \(toldBy) says") }
    let folder: ReportFolder
    do throws(ReportFolderError) {
      folder = try ReportFolder.prepare(path)
    } catch {
      throw UsageError(error.description)
    }
    var table: ReportFileStream?
    do throws(ReportFolderError) {
      // What an earlier run left must not pass for this one's, should it be killed.
      try folder.remove(PartShard(number: shard.index + 1, count: shard.count).file)
      if options.formats.contains(.csv) {
        table = try folder.stream("requests-\(shard.index + 1)-of-\(shard.count).csv")
      }
    } catch {
      folder.removeIfEmpty()
      throw UsageError(error.description)
    }
    settings.recordSink = table.map { RequestTable($0) }
    let display = ProgressDisplay(isSilent: options.isQuiet || !options.showsProgress)
    do throws(CheckError) {
      let findings = try divisible.make(settings, CheckWatch(stop: stop) { display.show($0) }).measure()
      display.clear()
      let part = PartDocument(findings, of: check, settings, sharding: sharding, parameters: parameters)
      return hand(out: options.showsSecrets ? part : part.withoutSecrets, findings, to: folder, table, options)
    } catch {
      display.clear()
      table?.discard()
      folder.removeIfEmpty()
      return explain(error, check)
    }
  }

  private func hand(
    out part: PartDocument, _ findings: CheckFindings, to folder: ReportFolder, _ table: ReportFileStream?,
    _ options: Options
  ) -> ExitStatus {
    let isTableWritten = succeeds { () throws(ReportFolderError) in try table?.finish() }
    guard succeeds({ () throws(ReportFolderError) in try folder.write(part) }) else { return .inconclusive }
    Terminal.result(options.printsJSON ? JSONWriter().write(part) : PartWording.line(part) + "\n")
    if !options.isQuiet { Terminal.message("Part: \(folder.path)/\(part.shard.file)") }
    // A figure that fails is the whole's to judge: an engine that is told of a failure ends the other tasks.
    if part.interrupted == true { return .interrupted }
    return isTableWritten ? .passed : .inconclusive
  }
}
