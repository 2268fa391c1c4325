/// The requests of one method, such as POST, which nobody repeats.
public struct MethodSection: Codable, Sendable, Equatable {
  public var method: String
  /// Those with an outcome.
  public var requests: Int
  public var failed: Int
  /// The failed ones by failure kind.
  public var failures: [String: Int]

  public init(method: String, requests: Int = 0, failed: Int = 0, failures: [String: Int] = [:]) {
    self.method = method
    self.requests = requests
    self.failed = failed
    self.failures = failures
  }

  /// Counts one request.
  ///
  /// - Parameter failure: its failure kind; `nil` for a success.
  public mutating func count(_ failure: String?) {
    requests += 1
    guard let failure else { return }
    failed += 1
    failures[failure, default: 0] += 1
  }
}

extension Sequence<MethodSection> {
  /// Those of the same method added up, in the order in which they first come.
  public var added: [MethodSection] {
    reduce(into: []) { sums, section in
      guard let index = sums.firstIndex(where: { $0.method == section.method }) else { return sums.append(section) }
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
