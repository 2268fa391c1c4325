public import Platform

/// One request with its outcome, for checks of order or timing. Times are from the run's start.
public struct RequestRecord: Sendable, Equatable {
  public let due: Nanoseconds
  public let sent: Nanoseconds
  public let done: Nanoseconds
  /// Which connection carried it; numbers are unique within a run.
  public internal(set) var connection: UInt32
  /// Index into ``Measurements/backends``; `nil` if the response named none.
  public internal(set) var backend: Int?
  /// Index into ``Measurements/generations``; `nil` if the response named none.
  public internal(set) var generation: Int?
  /// The status of a complete response.
  public let status: Int?
  public let failure: FailureKind?
  /// Whether it was sent a second time after a closed connection.
  public let isRetry: Bool
  public let isUpstreamRetried: Bool
  /// Which of the plan's templates it is, from 0.
  public let template: UInt16

  public init(
    due: Nanoseconds, sent: Nanoseconds, done: Nanoseconds, connection: UInt32, backend: Int? = nil,
    generation: Int? = nil, status: Int? = nil, failure: FailureKind? = nil, isRetry: Bool = false,
    isUpstreamRetried: Bool = false, template: UInt16 = 0
  ) {
    self.due = due
    self.sent = sent
    self.done = done
    self.connection = connection
    self.backend = backend
    self.generation = generation
    self.status = status
    self.failure = failure
    self.isRetry = isRetry
    self.isUpstreamRetried = isUpstreamRetried
    self.template = template
  }
}
