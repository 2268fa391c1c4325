/// What a check sent beside its traffic, and what the answers to it said.
public struct PartPreparation: Codable, Sendable, Equatable {
  /// Everything that was sent.
  public var sent = PreparationSection()
  /// Methods in whose place GET was sent, such as `POST`; in order of appearance.
  public var replaced: [String] = []
  /// The requests that had to be answered as the traffic's have to.
  public var judged = 0
  /// Those of them that were not, by what came instead, such as `status 502` or `closed`.
  public var failures: [String: Int] = [:]
  /// How often the balancer tried a backend in vain before another one answered.
  public var triedInVain: [String: Int] = [:]
  /// How often which backend answered; `nil` where it is not known.
  public var answered: [String: Int]?

  public init() {}

  /// Adds what another part of the same check sent and saw.
  public mutating func add(_ other: PartPreparation) {
    sent.add(other.sent)
    for method in other.replaced where !replaced.contains(method) { replaced.append(method) }
    judged = Self.sum(judged, other.judged)
    failures.merge(other.failures, uniquingKeysWith: Self.sum)
    triedInVain.merge(other.triedInVain, uniquingKeysWith: Self.sum)
    if let more = other.answered { answered = (answered ?? [:]).merging(more, uniquingKeysWith: Self.sum) }
  }

  /// The requests that were not answered as they should have been.
  public var failed: Int { failures.values.reduce(0, Self.sum) }

  /// Whether the counts are such as could have been counted.
  public var addsUp: Bool {
    sent.addsUp && judged >= 0 && failed <= judged
      && [failures, triedInVain, answered ?? [:]].allSatisfy { $0.values.allSatisfy { $0 >= 0 } }
  }

  private static func sum(_ a: Int, _ b: Int) -> Int {
    let (sum, isTooMany) = a.addingReportingOverflow(b)
    return isTooMany ? .max : sum
  }
}
