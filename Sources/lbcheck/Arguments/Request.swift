internal import Checks
internal import Deployment
internal import Load
internal import Platform
internal import Report
internal import Testbed

/// The options of one invocation, in groups; each command takes some of them.
///
/// A check reads the groups. The tables of ``OptionGroup`` give each field its option name, type and help.
package struct Request: Sendable, Equatable {
  var target = TargetOptions()
  var fingerprint = FingerprintOptions()
  var post = PostTraffic()
  var probing = ProbingOptions()
  var expectation = FairnessExpectation()
  var traffic = TrafficOptions()
  var load = LoadPlan()
  var manager = ManagerOptions()
  var testbed = TestbedOptions()
  var backendGroup = BackendGroupOptions()
  var reload = ReloadPlan()
  var watch = WatchPlan()
  var failover = FailoverPlan()
  var capacity = CapacityPlan()
  var sessions = SessionsPlan()
  var split = SplitExpectation()
  var gate = GateOptions()
  var comparison = ComparisonOptions()
  var sharding = ShardingOptions()
  var initialization = InitOptions()
  var report = ReportOptions()

  /// All positional arguments; the first is the target as well.
  var operands: [String] = []
  var profile: String?
  var printsProfile = false
  var showsHelp = false

  package init() {}
}

/// Which part of the whole this process makes.
struct ShardingOptions: Sendable, Equatable {
  var shard: Shard?
  var isWhole = false
  /// In nanoseconds since 1970.
  var startAt: Int64?
  var startFile: String?
  var startTimeout: Nanoseconds = 300_000_000_000
  /// Whether parts may be missing in a merge.
  var allowsMissing = false
}

/// What becomes of a report.
struct ReportOptions: Sendable, Equatable {
  var folder: String?
  var formatLists: [[ReportFormat]] = []
  var printsJSON = false
  var isQuiet = false
  var showsProgress = true
  var usesColour = true
  var showsSecrets = false
  /// Where the live page is served, 0 for any free port; `nil` for none.
  var livePort: UInt16?

  var formats: Set<ReportFormat> { Set(formatLists.joined()) }
}

extension Request {
  /// The defaults of a check that acts on its target or searches for its capacity.
  static let acting = asking(TrafficOptions.besideActions)
  static let capacity = asking(CapacityPlan.defaultTraffic)

  private static func asking(_ traffic: TrafficOptions) -> Request {
    var request = Request()
    request.traffic = traffic
    return request
  }

  /// The settings of a check that it asks for.
  ///
  /// - Parameter values: reads what files and variables hold.
  /// - Throws: ``UsageError`` for a target or an override that cannot be read, or options that contradict each other.
  func settings(command: [String], reading values: ValueReader = ValueReader()) throws(UsageError) -> CheckSettings {
    do throws(CheckError) {
      if target.list != nil || target.call != nil { try requireNoFurtherRequests() }
      var settings = try CheckSettings(
        target, fingerprint, probing, expectation, traffic, reading: values, command: command)
      settings.withPost = try post.added(to: settings.templates, reading: values)
      return settings
    } catch {
      throw UsageError(error.description)
    }
  }

  /// - Throws: ``CheckError/usage(_:)`` for what adds requests by weight to those of a list, which come in turn, or to a gRPC call.
  private func requireNoFurtherRequests() throws(CheckError) {
    guard target.call == nil || !testbed.isUsed else { throw .usage("the testbed speaks no gRPC: leave out --grpc") }
    let others = [
      ("--post-path", post.path != nil), ("--slow-path", reload.slowPath != nil),
      ("--unequal", target.call != nil && expectation.unequalPath != nil),
    ]
    if let other = others.first(where: \.1) {
      guard target.call == nil else { throw .usage("--grpc says what is requested: leave out \(other.0)") }
      throw .usage("requests of --targets come in turn: put others into the list, and leave out \(other.0)")
    }
  }
}
