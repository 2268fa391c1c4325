public import Statistics

/// The highest rate at which the target kept its objectives, and how that was found.
public struct CapacitySection: Codable, Sendable, Equatable {
  /// The highest rate that held, in requests a second; left out where none did.
  public var rate: Double?
  /// True where nothing above it was shown to fail: the capacity is at least the rate.
  public var isLowerBound: Bool
  /// What limited it.
  public var limitedBy: CapacityLimit
  /// What had to hold, such as `p99 ≤ 200 ms`.
  public var objectives: [String]
  /// How close to each other a rate that holds and one that fails were to come, as a share of the lower, above 0.
  public var precision: Double
  /// Whether the rate held once more in a longer run at the end.
  public var isConfirmed: Bool
  /// The rates that were tried, in order.
  public var steps: [CapacityStep]
  /// How the rate grows with the number of backends, where that was asked for.
  public var scalability: ScalabilitySection?

  public init(
    rate: Double? = nil, isLowerBound: Bool, limitedBy: CapacityLimit, objectives: [String], precision: Double,
    isConfirmed: Bool, steps: [CapacityStep], scalability: ScalabilitySection? = nil
  ) {
    self.rate = rate
    self.isLowerBound = isLowerBound
    self.limitedBy = limitedBy
    self.objectives = objectives
    self.precision = precision
    self.isConfirmed = isConfirmed
    self.steps = steps
    self.scalability = scalability
  }
}

/// Why a rate is tried.
public enum CapacityPurpose: String, Codable, Sendable {
  /// No rate has failed yet.
  case climb
  /// One between the highest that held and the lowest that failed.
  case bisect
  /// One that failed before, once more.
  case verify
  /// One that held before, once more and for longer.
  case confirm
}

/// One rate that was tried. Times are in milliseconds unless named otherwise.
public struct CapacityStep: Codable, Sendable, Equatable {
  public var purpose: CapacityPurpose
  /// How many backends ran, where that was changed.
  public var backends: Int?
  /// Seconds from the check's start.
  public var startSeconds: Double
  public var durationSeconds: Double
  public var requests: Int
  /// Requests a second that were due.
  public var offered: Double
  /// Requests a second that succeeded.
  public var achieved: Double
  public var p50: Double?
  public var p90: Double?
  public var p99: Double?
  /// The percentiles that objectives are about, by name, such as `p99.9`.
  public var objectives: [String: Double]
  /// Between which values each of these percentiles lies at a confidence of 95 %, by its name such as `p99.9`; left out by
  /// earlier versions.
  public var intervals: [String: ClosedRange<Double>]?
  /// Why the intervals of the others are not known.
  public var intervalsNotKnown: [String: PercentileShortage]?
  /// The share of requests that failed, 0…1.
  public var failedShare: Double
  /// Whether the generator itself fell behind, so that a failure says nothing of the target.
  public var generatorLimited: Bool
  /// Whether the objectives held; inconclusive where the generator is why they did not, or too few requests to show it.
  public var verdict: Verdict
  /// What did not hold, in words.
  public var reason: String?
  /// Each backend's share of the answers, 0…1, where backends were identified.
  public var shares: [String: Double]?

  public init(
    purpose: CapacityPurpose, backends: Int? = nil, startSeconds: Double, durationSeconds: Double, requests: Int,
    offered: Double, achieved: Double, p50: Double? = nil, p90: Double? = nil, p99: Double? = nil,
    objectives: [String: Double] = [:], failedShare: Double, generatorLimited: Bool, verdict: Verdict,
    reason: String? = nil, shares: [String: Double]? = nil
  ) {
    self.purpose = purpose
    self.backends = backends
    self.startSeconds = startSeconds
    self.durationSeconds = durationSeconds
    self.requests = requests
    self.offered = offered
    self.achieved = achieved
    self.p50 = p50
    self.p90 = p90
    self.p99 = p99
    self.objectives = objectives
    self.failedShare = failedShare
    self.generatorLimited = generatorLimited
    self.verdict = verdict
    self.reason = reason
    self.shares = shares
  }
}

/// Capacity by number of backends, and the Universal Scalability Law fitted to it.
public struct ScalabilitySection: Codable, Sendable, Equatable {
  public var points: [ScalabilityPoint]
  /// The fit; left out where there are too few points that can be trusted.
  public var fit: ScalabilityCurve?
  /// Remarks on the fit, or why there is none.
  public var remark: String

  public init(points: [ScalabilityPoint], fit: ScalabilityCurve? = nil, remark: String) {
    self.points = points
    self.fit = fit
    self.remark = remark
  }
}

/// The capacity of one number of backends.
public struct ScalabilityPoint: Codable, Sendable, Equatable {
  public var backends: Int
  /// Requests a second; left out where no rate held.
  public var rate: Double?
  public var isLowerBound: Bool
  public var limitedBy: CapacityLimit
  /// (measured − fitted) / measured, where it took part in the fit.
  public var residual: Double?

  public init(backends: Int, rate: Double?, isLowerBound: Bool, limitedBy: CapacityLimit, residual: Double? = nil) {
    self.backends = backends
    self.rate = rate
    self.isLowerBound = isLowerBound
    self.limitedBy = limitedBy
    self.residual = residual
  }
}

/// X(N) = λN / (1 + σ(N − 1) + κN(N − 1)).
public struct ScalabilityCurve: Codable, Sendable, Equatable {
  /// λ: what one backend carries, in requests a second.
  public var lambda: Double
  /// σ, 0 or more: the part of the work that waits for something shared.
  public var contention: Double
  /// κ, 0 or more: the work of keeping backends in agreement.
  public var coherency: Double
  /// Where the curve is highest, in backends; left out where it rises for ever.
  public var peakBackends: Double?
  /// The rate there.
  public var peakRate: Double?
  /// Points less coefficients; 0 means that the curve goes through every point whatever they are.
  public var degreesOfFreedom: Int

  public init(
    lambda: Double, contention: Double, coherency: Double, peakBackends: Double?, peakRate: Double?,
    degreesOfFreedom: Int
  ) {
    self.lambda = lambda
    self.contention = contention
    self.coherency = coherency
    self.peakBackends = peakBackends
    self.peakRate = peakRate
    self.degreesOfFreedom = degreesOfFreedom
  }

  /// The rate that the curve gives a number of backends, 1 or more.
  public func rate(_ backends: Double) -> Double {
    lambda * backends / (1 + contention * (backends - 1) + coherency * backends * (backends - 1))
  }
}
