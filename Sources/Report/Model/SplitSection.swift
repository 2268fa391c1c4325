/// Whether answers are divided among versions, or backends, as they should be.
public struct SplitSection: Codable, Sendable, Equatable {
  /// The header that names the part.
  public var header: String
  /// Those that were expected, and others that answered.
  public var parts: [SplitPart]
  /// The distance at which a share is found to be another, as a difference of shares.
  public var margin: Double
  /// After how many answers it was decided; left out where it was not.
  public var decidedAfter: Int?
  /// How many answers a decision takes on average where all is as expected.
  public var expectedAfter: Int
  /// Answers that named nothing; left out if none.
  public var nameless: Int?
  /// How a change of weights that was waited for arrived; left out where none was.
  public var arrival: SplitArrival?
  /// Each address of the target with each kind of request; left out where there is one of each. The figures above are those of the
  /// first.
  public var rows: [SplitRow]?

  public init(
    header: String, parts: [SplitPart], margin: Double, decidedAfter: Int? = nil, expectedAfter: Int,
    nameless: Int? = nil, arrival: SplitArrival? = nil
  ) {
    self.header = header
    self.parts = parts
    self.margin = margin
    self.decidedAfter = decidedAfter
    self.expectedAfter = expectedAfter
    self.nameless = nameless
    self.arrival = arrival
  }
}

/// The answers of one address to one kind of request.
public struct SplitRow: Codable, Sendable, Equatable {
  public var address: String
  /// Method and path.
  public var request: String
  public var parts: [SplitPart]
  /// After how many answers it was decided; left out where it was not.
  public var decidedAfter: Int?
  public var verdict: Verdict

  public init(address: String, request: String, parts: [SplitPart], decidedAfter: Int?, verdict: Verdict) {
    self.address = address
    self.request = request
    self.parts = parts
    self.decidedAfter = decidedAfter
    self.verdict = verdict
  }
}

/// One version's or backend's part of the answers.
public struct SplitPart: Codable, Sendable, Equatable {
  public var name: String
  /// Left out for one that nobody named.
  public var expectedShare: Double?
  public var requests: Int
  /// Its part of the answers, 0…1, and between which values the true one lies, however early the test ended.
  public var share: Double
  public var low: Double
  public var high: Double

  public init(name: String, expectedShare: Double? = nil, requests: Int, share: Double, low: Double, high: Double) {
    self.name = name
    self.expectedShare = expectedShare
    self.requests = requests
    self.share = share
    self.low = low
    self.high = high
  }
}

/// When a change of weights had arrived, and how often visitors changed from part to part until then.
public struct SplitArrival: Codable, Sendable, Equatable {
  /// From the check's beginning until the first answer of the test that found the split; left out where none did.
  public var afterSeconds: Double?
  /// The visitors who came again and again, with cookies of their own.
  public var visitors: Int
  /// Their answers after the first, and those of another part than the one before.
  public var answers: Int
  public var flips: Int

  public init(afterSeconds: Double? = nil, visitors: Int, answers: Int, flips: Int) {
    self.afterSeconds = afterSeconds
    self.visitors = visitors
    self.answers = answers
    self.flips = flips
  }
}
