public import Statistics

/// How the balancer distributed the requests, and with what confidence.
public struct FairnessSection: Codable, Sendable, Equatable {
  /// The policy that was seen, such as round-robin; unknown where none was.
  public var policy: String
  /// The policy that was expected, in the same words.
  public var expectedPolicy: String?
  /// What is dealt out by it: requests or connections; left out where that was not seen.
  public var per: BalancingUnit?
  /// The sequence of backend names that repeats; empty when nothing does.
  public var period: [String]
  /// The share of requests that went where the rotation predicts, 0…1.
  public var rotationScore: Double?
  /// The largest distance between a share and its expectation, as a difference of shares, 0…1.
  public var maxDeviation: Double?
  /// Jain's fairness index, from 1/n (one backend does everything) to 1 (all do the same).
  public var jainIndex: Double?
  /// The goodness-of-fit test of the counts against the expected shares.
  public var chiSquare: ChiSquareSection?
  /// The smallest distance of a share that this many requests can show, as a difference of shares, 0…1.
  public var detectableDeviation: Double?
  /// What requests are pinned to a backend by, such as "cookie route" or "client address".
  public var stickyBy: String?
  /// The time that each backend's requests were in flight, all together, as a share of all backends', 0…1; where the load decides
  /// or should.
  public var busyShares: [String: Double]?
  /// Each address of the target and each kind of request by itself, where there are several; left out for one. The other figures
  /// are those of the first.
  public var rows: [FairnessRow]?
  /// How many samples were drawn, where the first was too unlikely to decide alone; left out for one.
  public var samples: Int?
  /// The answers that no backend gave; left out if there were none.
  public var nobody: NobodySection?

  /// The findings about the distribution of requests.
  public init(
    policy: String,
    expectedPolicy: String? = nil,
    per: BalancingUnit? = nil,
    period: [String] = [],
    rotationScore: Double? = nil,
    maxDeviation: Double? = nil,
    jainIndex: Double? = nil,
    chiSquare: ChiSquareSection? = nil,
    detectableDeviation: Double? = nil,
    stickyBy: String? = nil,
    busyShares: [String: Double]? = nil,
    nobody: NobodySection? = nil
  ) {
    self.policy = policy
    self.expectedPolicy = expectedPolicy
    self.per = per
    self.period = period
    self.rotationScore = rotationScore
    self.maxDeviation = maxDeviation
    self.jainIndex = jainIndex
    self.chiSquare = chiSquare
    self.detectableDeviation = detectableDeviation
    self.stickyBy = stickyBy
    self.busyShares = busyShares
    self.nobody = nobody
  }
}

/// One address of the target with one kind of request.
public struct FairnessRow: Codable, Sendable, Equatable {
  public var address: String
  /// Method and path.
  public var request: String
  /// The policy that was seen there.
  public var policy: String
  public var per: BalancingUnit?
  public var stickyBy: String?
  /// The largest distance between a share and its expectation, 0…1.
  public var maxDeviation: Double?
  public var verdict: Verdict

  public init(
    address: String, request: String, policy: String, per: BalancingUnit? = nil, stickyBy: String? = nil,
    maxDeviation: Double? = nil, verdict: Verdict
  ) {
    self.address = address
    self.request = request
    self.policy = policy
    self.per = per
    self.stickyBy = stickyBy
    self.maxDeviation = maxDeviation
    self.verdict = verdict
  }
}

/// The outcome of a chi-square test of goodness of fit.
public struct ChiSquareSection: Codable, Sendable, Equatable {
  /// The sum of squared deviations over expectations, 0 or more.
  public var statistic: Double
  /// The number of backends that could vary freely, 1 or more.
  public var degreesOfFreedom: Int
  /// The chance of a statistic at least this large under random sharing by the expected shares, 0…1.
  public var pValue: Double

  /// A test by its figures.
  public init(statistic: Double, degreesOfFreedom: Int, pValue: Double) {
    self.statistic = statistic
    self.degreesOfFreedom = degreesOfFreedom
    self.pValue = pValue
  }
}
