/// A stretch in which the generator itself was paused, so that the figures of that time do not describe the target.
public struct PauseSection: Codable, Sendable, Equatable {
  /// When it began, in seconds from the start of the traffic.
  public var startSeconds: Double
  /// How long it lasted in real time, in seconds above 0.
  public var durationSeconds: Double
  /// `stopped` for the process alone, `suspended` for the whole machine.
  public var cause: String

  /// A pause of the generator.
  public init(startSeconds: Double, durationSeconds: Double, cause: String) {
    self.startSeconds = startSeconds
    self.durationSeconds = durationSeconds
    self.cause = cause
  }
}
