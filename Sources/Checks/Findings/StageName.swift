internal import Report

/// The purpose of one stage of a check's traffic.
package enum StageName: Sendable, Hashable {
  /// The whole of a load test.
  case load
  /// Requests one after another, which show the order of backends; the first shard makes them alone, before the others begin.
  case serialStage
  /// The same on one new connection after another, where a kept one met one backend alone.
  case freshStage
  /// Many requests at a time, where one after another looks like chance.
  case burstStage
  /// Many requests at a time for the path whose latency differs.
  case unequalStage
  /// The same, mixed with those of the target.
  case mixedStage
  /// Many requests at a time, which show the backends' shares.
  case concurrentStage
  /// The same over connections chosen by chance, which none can keep in step with a rotation.
  case shuffledStage
  /// The traffic beside a manager's actions.
  case traffic
  /// One rate of several, from 1.
  case step(Int)

  /// Its name in part files.
  package var name: String {
    switch self {
    case .load: "load"
    case .serialStage: "serial stage"
    case .freshStage: "fresh connections"
    case .burstStage: "burst"
    case .unequalStage: "unequal path"
    case .mixedStage: "unequal path and target"
    case .concurrentStage: "concurrent stage"
    case .shuffledStage: "shuffled connections"
    case .traffic: "traffic"
    case .step(let number): "step \(number)"
    }
  }

  /// `nil` for a name that no stage has.
  package init?(name: String) {
    let stepNumber = name.hasPrefix("step ") ? Int(name.dropFirst(5)) : nil
    let all =
      [
        .load, .serialStage, .freshStage, .burstStage, .unequalStage, .mixedStage, .concurrentStage, .shuffledStage,
        .traffic,
      ] + (stepNumber.map { [StageName.step($0)] } ?? [])
    guard let stage = all.first(where: { $0.name == name }) else { return nil }
    self = stage
  }

  /// Whether all shards make it together.
  var isShared: Bool {
    switch self {
    case .serialStage, .freshStage, .burstStage, .unequalStage, .mixedStage, .shuffledStage: false
    case .load, .concurrentStage, .traffic, .step: true
    }
  }

  /// The check that has it, among those that can be divided.
  var check: CheckKind {
    switch self {
    case .load: .load
    case .serialStage, .freshStage, .burstStage, .unequalStage, .mixedStage, .concurrentStage, .shuffledStage: .fairness
    case .traffic: .reloadTest
    case .step: .capacity
    }
  }
}

extension StageName: CustomStringConvertible {
  package var description: String { name }
}

extension StageName: CodableByName {
  package static var expectation: String { "a stage such as load, traffic or step 1" }
}
