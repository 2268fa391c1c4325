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

extension Options {
  /// The check of a name as they say; `nil` for one that cannot be divided.
  func divisible(_ check: CheckKind) -> Divisible? {
    switch check {
    case .load: Divisible { LoadCheck($0, watch: $1) }
    case .fairness: Divisible(tolerance: tolerance) { FairnessCheck($0, expecting: fairnessExpectation, watch: $1) }
    case .capacity:
      ladder.map { steps in Divisible { CapacityLadder($0, plan: capacityPlan, steps: steps, watch: $1) } }
    // Who acts is known only where it is measured; judging needs nobody.
    case .reloadTest: Divisible { ReloadCheck($0, manager: nil, plan: reloadPlan, watch: $1) }
    case .inspect, .failover, .gate, .compare: nil
    }
  }

  /// Which part a process is to make, and who says so; `nil` for all of it.
  fileprivate var toldShard: (shard: Shard, toldBy: String)? {
    get throws(UsageError) {
      if isWhole, shard != nil { throw UsageError("--shard and --no-shard exclude each other") }
      if let shard {
        if shard.count > 1 { return (shard, "--shard") }
      } else if !isWhole, let told = try ShardEnvironment(variable: Terminal.environment).shard() {
        return told
      }
      guard startAt == nil, startFile == nil else {
        throw UsageError("--start-at and --start-file are for parts of a check: give --shard I/N, too")
      }
      return nil
    }
  }

  /// Refuses to be one of several where a check, as it was told to be, cannot be divided.
  fileprivate func refuseToDivide(_ check: CheckKind) throws(UsageError) {
    guard let (shard, toldBy) = try toldShard else { return }
    let part = "part \(shard.index + 1) of \(shard.count) (\(toldBy))"
    if usesTestbed {
      throw UsageError("\(part) has to ask what all others ask: --testbed starts a stack of its own")
    }
    guard divisible(check) == nil else { return }
    throw UsageError(
      check == .capacity
        ? "\(part) of capacity needs --ladder: a search cannot be divided"
        : "\(check.rawValue) cannot be divided into parts: run it as one task, or give --no-shard")
  }
}

extension Invocation {
  func refuseToDivide(_ check: CheckKind, _ options: Options) throws(CommandError) {
    try CommandError.asUsage { () throws(UsageError) in try options.refuseToDivide(check) }
  }

  /// Runs a check as a whole, or the part of it that is this process's.
  func run(_ check: CheckKind, _ options: Options) throws(CommandError) -> Outcome {
    guard let divisible = options.divisible(check) else { preconditionFailure("\(check) cannot be divided") }
    return try run(check, options, divisible)
  }

  func run(_ check: CheckKind, _ options: Options, _ divisible: Divisible) throws(CommandError) -> Outcome {
    let told = try CommandError.asUsage { () throws(UsageError) in try options.toldShard }
    guard let told else { return try report(check, options, tolerance: divisible.tolerance, divisible.make) }
    return try part(told.shard, told.toldBy, check, options, divisible)
  }

  private func part(
    _ shard: Shard, _ toldBy: String, _ check: CheckKind, _ options: Options, _ divisible: Divisible
  ) throws(CommandError) -> Outcome {
    let own = "\(shard.index + 1) of \(shard.count)"
    guard options.outputFolder != nil else {
      throw .usage(
        UsageError("part \(own) (\(toldBy)) needs --out DIR: the folder for the parts, the same for all"))
    }
    if let other = options.formats.first(where: { $0 != .csv }) {
      throw .usage(UsageError("--format \(other.rawValue) is for the whole: give it to 'lbcheck merge'"))
    }
    guard options.startAt == nil || options.startFile == nil else {
      throw .usage(UsageError("--start-at and --start-file exclude each other"))
    }
    var settings = try settings(options)
    let parameters = Program.commands.first { $0.check == check }.map { PlanParameters.list(options, for: $0) } ?? []
    var sharding = Sharding(
      shard, toldBy: toldBy,
      digest: PartDocument.digest(
        check: check, url: Secrets.text(settings.target.url, .hashed), count: shard.count, parameters))
    if let time = options.startAt { sharding.start = .at(time) }
    if let file = options.startFile { sharding.start = .file(file, timeout: options.startTimeout) }
    settings.sharding = sharding
    if !options.isQuiet { Terminal.message("Part \(own), as \(toldBy) says") }
    var place = try ReportPlace(check, host: settings.target.host, options)
    // What an earlier run left must not pass for this one's, should it be killed.
    try place.addTable(
      options.formats.contains(.csv) ? "requests-\(shard.index + 1)-of-\(shard.count).csv" : nil,
      replacing: PartShard(number: shard.index + 1, count: shard.count).file)
    settings.recordSink = place.table.map { RequestTable($0) }
    do throws(CheckError) {
      let findings = try watched(options) { (watch) throws(CheckError) in try divisible.make(settings, watch).measure()
      }
      let part = PartDocument(
        findings, of: check, target: settings.target.url, sharding: sharding, parameters: parameters)
      return .part(options.showsSecrets ? part : part.withoutSecrets, place, options)
    } catch {
      place.discard()
      throw .check(error, check)
    }
  }
}
