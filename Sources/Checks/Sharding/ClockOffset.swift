/// By how much a clock is ahead of another, measured as NTP does (RFC 5905, section 8): of several exchanges the one with the
/// shortest way counts.
package struct ClockOffset: Sendable, Equatable {
  /// In nanoseconds, negative where the clock is behind.
  package let offset: Int64
  /// How far off that may be, either way: half of the time that the question and the answer were on their way.
  package let uncertainty: Int64

  package init(offset: Int64, uncertainty: Int64) {
    self.offset = offset
    self.uncertainty = uncertainty
  }

  /// By how much to set the clock back: by nothing where it may as well be right, since clocks that agree are the rule and a
  /// correction would bring in the exchange's own error.
  var correction: Int64 { abs(offset) > uncertainty ? offset : 0 }

  /// One question and its answer, in nanoseconds since 1970, each by the clock of whoever did it.
  package struct Exchange: Sendable, Equatable {
    /// When the question was sent, by the clock that asks.
    package let asked: Int64
    /// When it came in, by the other clock.
    package let received: Int64
    /// When the answer was sent, by the other clock.
    package let answered: Int64
    /// When it came back, by the clock that asks.
    package let returned: Int64

    package init(asked: Int64, received: Int64, answered: Int64, returned: Int64) {
      self.asked = asked
      self.received = received
      self.answered = answered
      self.returned = returned
    }

    /// How long question and answer were on their way, both together.
    var way: Int64 { (returned - asked) - (answered - received) }
  }

  /// The offset of the clock that asked from the other; `nil` without an exchange.
  package init?(_ exchanges: [Exchange]) {
    guard let best = exchanges.filter({ $0.way >= 0 }).min(by: { $0.way < $1.way }) else { return nil }
    let behind = ((best.received - best.asked) + (best.answered - best.returned)) / 2
    self.init(offset: -behind, uncertainty: (best.way + 1) / 2)
  }
}
