internal import Checks
internal import Deployment
internal import Load
internal import Platform
internal import Report
internal import Testbed

/// What one invocation of a command asks for, in groups of options; each command takes its own of them.
///
/// A group is what the check reads. The tables of ``OptionGroup`` have the name of each field, its type and its help.
package struct Request: Sendable, Equatable {
  var target = TargetOptions()
  var fingerprint = FingerprintOptions()
  var probing = ProbingOptions()
  var expectation = FairnessExpectation()
  var traffic = TrafficOptions()
  var manager = ManagerOptions()
  var testbed = TestbedOptions()
  var backendGroup = BackendGroupOptions()
  var reload = ReloadPlan()
  var failover = FailoverPlan()
  var capacity = CapacityPlan()
  var sessions = SessionsPlan()
  var gate = GateOptions()
  var comparison = ComparisonOptions()
  var sharding = ShardingOptions()
  var report = ReportOptions()

  /// All positional arguments; the first is the target as well.
  var operands: [String] = []
  var profile: String?
  var printsProfile = false
  var showsHelp = false

  package init() {}
}

/// Which part of the whole a process makes.
struct ShardingOptions: Sendable, Equatable {
  var shard: Shard?
  var isWhole = false
  /// In nanoseconds since 1970.
  var startAt: Int64?
  var startFile: String?
  var startTimeout: Nanoseconds = 300_000_000_000
  /// Whether parts may be missing where they are judged.
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

  var formats: Set<ReportFormat> { Set(formatLists.joined()) }
}

extension Request {
  /// What holds for a check that acts on its target, or searches its capacity, unless configured otherwise.
  static let acting = asking(TrafficOptions.besideActions)
  static let capacity = asking(CapacityPlan.defaultTraffic)

  private static func asking(_ traffic: TrafficOptions) -> Request {
    var request = Request()
    request.traffic = traffic
    return request
  }

  /// The settings of a check that it asks for.
  ///
  /// - Throws: ``UsageError`` for a target or an override that cannot be read, or options that contradict each other.
  func settings(command: [String]) throws(UsageError) -> CheckSettings {
    do throws(CheckError) {
      return try CheckSettings(target, fingerprint, probing, expectation, traffic, command: command)
    } catch {
      throw UsageError(error.description)
    }
  }
}
