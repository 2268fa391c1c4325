internal import Statistics

/// How far a clock is ahead of another, measured as NTP does (RFC 5905, section 8): of several exchanges the shortest counts.
package struct ClockOffset: Sendable, Equatable {
  /// In nanoseconds, negative where the clock is behind.
  package let offset: Int64
  /// The error bound, either way: half of the round trip.
  package let uncertainty: Int64

  package init(offset: Int64, uncertainty: Int64) {
    self.offset = offset
    self.uncertainty = uncertainty
  }

  /// How much to set the clock back: nothing where it may be right, because clocks mostly agree and a correction would add the
  /// exchange's own error.
  var correction: Int64 { offset.magnitude > uncertainty.magnitude ? offset : 0 }

  /// One question and its answer, in nanoseconds since 1970, each by the clock of the side that acted.
  package struct Exchange: Sendable, Equatable {
    /// When the question was sent, by the asking clock.
    package let asked: Int64
    /// When it came in, by the other clock.
    package let received: Int64
    /// When the answer was sent, by the other clock.
    package let answered: Int64
    /// When it came back, by the asking clock.
    package let returned: Int64

    package init(asked: Int64, received: Int64, answered: Int64, returned: Int64) {
      self.asked = asked
      self.received = received
      self.answered = answered
      self.returned = returned
    }

    /// The round trip of question and answer; `nil` for impossible times.
    var roundTrip: Int64? {
      let (there, overflow) = returned.subtractingReportingOverflow(asked)
      let (meanwhile, otherOverflow) = answered.subtractingReportingOverflow(received)
      let (roundTrip, roundTripOverflow) = there.subtractingReportingOverflow(meanwhile)
      return overflow || otherOverflow || roundTripOverflow || roundTrip < 0 ? nil : roundTrip
    }

    /// How far the asking clock is behind the other, half way between two bounds; `nil` for impossible times.
    fileprivate var behind: Int64? {
      let (first, overflow) = received.subtractingReportingOverflow(asked)
      let (second, otherOverflow) = answered.subtractingReportingOverflow(returned)
      let (sum, sumOverflow) = first.addingReportingOverflow(second)
      return overflow || otherOverflow || sumOverflow ? nil : sum / 2
    }
  }

  /// The offset of the clock that asked from the other; `nil` without an exchange.
  package init?(_ exchanges: [Exchange]) {
    let usable = exchanges.compactMap { exchange in
      exchange.roundTrip.flatMap { roundTrip in exchange.behind.map { (roundTrip: roundTrip, behind: $0) } }
    }
    guard let best = usable.min(by: { $0.roundTrip < $1.roundTrip }) else { return nil }
    self.init(offset: -best.behind, uncertainty: best.roundTrip / 2 + best.roundTrip % 2)
  }
}

extension ClockOffset: Codable {
  private enum CodingKeys: String, CodingKey { case offset, uncertainty }

  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    offset = try fields.decode(Int64.self, forKey: .offset)
    try fields.demand((-FindingsDates.clock...FindingsDates.clock).contains(offset), .offset)
    uncertainty = try fields.decode(Int64.self, forKey: .uncertainty)
    try fields.demand((0...FindingsDates.clock).contains(uncertainty), .uncertainty)
  }
}
