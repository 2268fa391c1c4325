/// The requests of one method, such as POST, which nobody repeats.
public struct MethodSection: Codable, Sendable, Equatable {
  public var method: String
  /// Those with an outcome.
  public var requests: Int
  public var failed: Int
  /// The failed ones by failure kind.
  public var failures: [String: Int]
  /// Those of them that were the first of their connection; left out where that is not known.
  public var fresh: Fresh?

  public struct Fresh: Codable, Sendable, Equatable {
    public var requests: Int
    public var failed: Int

    public init(requests: Int = 0, failed: Int = 0) { (self.requests, self.failed) = (requests, failed) }
  }

  public init(method: String, requests: Int = 0, failed: Int = 0, failures: [String: Int] = [:], fresh: Fresh? = nil) {
    self.fresh = fresh
    self.method = method
    self.requests = requests
    self.failed = failed
    self.failures = failures
  }

  /// Counts one request.
  ///
  /// - Parameters:
  ///   - failure: its failure kind; `nil` for a success.
  ///   - isFirst: whether it was the first of its connection; `nil` where that is not known.
  public mutating func count(_ failure: String?, isFirst: Bool? = nil) {
    requests += 1
    if let isFirst {
      var counts = fresh ?? Fresh()
      if isFirst { (counts.requests, counts.failed) = (counts.requests + 1, counts.failed + (failure == nil ? 0 : 1)) }
      fresh = counts
    }
    guard let failure else { return }
    failed += 1
    failures[failure, default: 0] += 1
  }
}

extension MethodSection {
  /// Both together; `nil` where it is not known of all requests.
  fileprivate func added(_ other: MethodSection) -> Fresh? {
    guard requests > 0 else { return other.fresh }
    guard other.requests > 0 else { return fresh }
    guard let fresh, let more = other.fresh else { return nil }
    return Fresh(requests: fresh.requests + more.requests, failed: fresh.failed + more.failed)
  }
}

extension Sequence<MethodSection> {
  /// Those of the same method added up, in the order in which they first come.
  public var added: [MethodSection] {
    reduce(into: []) { sums, section in
      guard let index = sums.firstIndex(where: { $0.method == section.method }) else { return sums.append(section) }
      sums[index].fresh = sums[index].added(section)
      sums[index].requests += section.requests
      sums[index].failed += section.failed
      sums[index].failures.merge(section.failures, uniquingKeysWith: +)
    }
  }

  /// Which methods lost requests, as `all POST` or `2 GET, 5 POST`; `nil` where none did.
  public var lossInWords: String? {
    let lossy = filter { $0.failed > 0 }
    guard let first = lossy.first else { return nil }
    return lossy.count == 1 ? "all \(first.method)" : lossy.map { "\($0.failed) \($0.method)" }.joined(separator: ", ")
  }
}
