internal import Checks
internal import HTTP
internal import Load
internal import Report
internal import Testbed

/// Makes the check from the request.
typealias CheckMaker<Made> = (Request, CheckSettings, CheckWatch) -> Made

extension Request {
  /// The tolerance to draw in the chart of shares.
  func tolerance(of check: CheckKind) -> Double? { check == .fairness ? expectation.tolerance : nil }

  /// The part that this process makes, and where that was set; `nil` for all of it.
  fileprivate var requestedShard: (shard: Shard, source: String)? {
    get throws(UsageError) {
      if sharding.isWhole, sharding.shard != nil { throw UsageError("--shard and --no-shard exclude each other") }
      if let shard = sharding.shard {
        return (shard, "--shard")
      } else if !sharding.isWhole, let requested = try ShardEnvironment(variable: Terminal.environment).shard() {
        return requested
      }
      guard sharding.startAt == nil, sharding.startFile == nil else {
        throw UsageError("--start-at and --start-file are for parts of a check: give --shard I/N, too")
      }
      return nil
    }
  }

  /// Refuses a part of a check that, as configured, cannot be divided.
  fileprivate func refuseToDivide(_ check: CheckKind) throws(UsageError) {
    guard let (shard, source) = try requestedShard else { return }
    let part = "part \(shard.index + 1) of \(shard.count) (\(source))"
    if testbed.isUsed {
      throw UsageError("\(part) has to test what all others test: --testbed starts a stack of its own")
    }
    if divisible(check) != nil, let word = repeated(check) {
      throw UsageError("\(part) of \(check.rawValue) makes one \(word): leave out --repeat")
    }
    guard traffic.until == nil else {
      throw UsageError("\(part) cannot know when all parts have enough: leave out --until")
    }
    guard divisible(check) == nil else { return }
    throw UsageError(
      check == .capacity
        ? "\(part) of capacity needs --ladder: a search cannot be divided"
        : "\(check.rawValue) cannot be divided into parts: run it as one task, or give --no-shard")
  }
}

extension Invocation {
  func refuseToDivide(_ check: CheckKind, _ request: Request) throws(CommandError) {
    try CommandError.asUsage { () throws(UsageError) in try request.refuseToDivide(check) }
  }

  /// Runs a check as a whole, or this process's part of it.
  func run(_ check: CheckKind, _ request: Request) throws(CommandError) -> Outcome {
    guard let make = request.divisible(check) else { preconditionFailure("\(check) cannot be divided") }
    return try run(check, request, make)
  }

  func run(
    _ check: CheckKind, _ request: Request, _ make: CheckMaker<any DivisibleCheck>
  ) throws(CommandError) -> Outcome {
    let requested = try CommandError.asUsage { () throws(UsageError) in try request.requestedShard }
    guard let requested else { return try report(check, request) { make($0, $1, $2) } }
    return try part(requested.shard, requested.source, check, request.completed(for: check), make)
  }

  private func part(
    _ shard: Shard, _ source: String, _ check: CheckKind, _ request: Request,
    _ make: CheckMaker<any DivisibleCheck>
  ) throws(CommandError) -> Outcome {
    let own = "\(shard.index + 1) of \(shard.count)"
    guard request.target.list == nil else {
      throw .usage(
        UsageError(
          "part \(own) (\(source)): the requests of --targets cannot be divided into parts: run them as one task, or give --no-shard"
        ))
    }
    guard request.report.folder != nil else {
      throw .usage(
        UsageError("part \(own) (\(source)) needs --out DIR: the folder for the parts, the same for all"))
    }
    if let other = request.report.formats.first(where: { $0 != .csv }) {
      throw .usage(UsageError("--format \(other.rawValue) is for the whole: give it to 'lbcheck merge'"))
    }
    guard request.sharding.startAt == nil || request.sharding.startFile == nil else {
      throw .usage(UsageError("--start-at and --start-file exclude each other"))
    }
    var settings = try settings(request)
    let parameters = PlanParameters.list(request, for: check.command)
    var sharding = Sharding(
      shard, source: source,
      digest: PartDocument.digest(
        check: check, url: Secrets.text(settings.target.url, .hashed), count: shard.count, parameters))
    if let time = request.sharding.startAt { sharding.start = .at(time) }
    if let file = request.sharding.startFile { sharding.start = .file(file, timeout: request.sharding.startTimeout) }
    settings.sharding = sharding
    if !request.report.isQuiet { Terminal.message("Part \(own), as \(source) says") }
    var place = try ReportPlace(check, host: settings.target.host, request.report)
    // An earlier run's part must not be taken for this one's, should this one be killed.
    try place.addTable(
      request.report.formats.contains(.csv) ? "requests-\(shard.index + 1)-of-\(shard.count).csv" : nil,
      replacing: PartShard(number: shard.index + 1, count: shard.count).file)
    settings.recordSink = place.table.map { RequestTable($0) }
    do throws(CheckError) {
      let findings = try watched(check, settings, request) { (watch) throws(CheckError) in
        try make(request, settings, watch).measure()
      }
      let part = PartDocument(
        findings, of: check, target: settings.target.url, sharding: sharding, parameters: parameters)
      return .part(request.report.showsSecrets ? part : part.withoutSecrets, place, request.report)
    } catch {
      place.discard()
      throw .check(error, check)
    }
  }
}
