package import Load
package import Platform
package import Report
internal import Statistics

/// The progress of a check.
package enum CheckEvent: Sendable {
  /// How long the whole takes, as far as that is known; before the stages that it is about.
  case takes(ExpectedTime)
  case stage(CheckStage)
  /// A run begins; its figures can be read from now on.
  case traffic(LiveFeed)
  /// The assertions that follow from the traffic from now on, in place of those before.
  case demands([EarlyAssertion])
  /// The action of a stage is over; its phase began at this time of the run.
  case phase(String, since: Nanoseconds)
  /// A part of the check is judged before its end.
  case judged(EarlyVerdict)
  /// Something that a watch saw.
  case seen(WatchEvent)
}

/// A part of a check that begins.
package struct CheckStage: Sendable, Equatable {
  /// One of several.
  package struct Place: Sendable, Equatable {
    /// From 1.
    package var number: Int
    package var count: Int

    package init(_ number: Int, of count: Int) { (self.number, self.count) = (number, count) }
  }

  /// One of several repetitions of the same stages.
  package struct Part: Sendable, Equatable {
    /// What it is about, such as an address; `nil` for one of several that are alike.
    package var name: String?
    /// What one of those is called, such as `round`.
    package var word: String
    package var place: Place

    package init(named name: String? = nil, word: String = "round", _ place: Place) {
      (self.name, self.word, self.place) = (name, word, place)
    }
  }

  package var name: String
  /// Which of the check's stages it is; `nil` where their number is not known.
  package var place: Place?
  /// Which part of the check it belongs to; `nil` where there is one.
  package var part: Part?
  /// How long it takes if nothing delays it; `nil` where that is not known.
  package var lasts: Nanoseconds?
  /// How long what follows it takes if nothing delays that; `nil` where that is not known.
  package var followed: Nanoseconds?

  package init(_ name: String, _ place: Place? = nil, lasts: Nanoseconds? = nil, followed: Nanoseconds? = nil) {
    self.name = name
    self.place = place
    self.lasts = lasts
    self.followed = followed
  }

  /// The same in one of several parts.
  ///
  /// - Parameter each: how long a part takes; `nil` where that is not known.
  func inPart(_ part: Part, each: Nanoseconds?) -> CheckStage {
    var stage = self
    stage.part = part
    if part.place.number < part.place.count {
      let others = each.map { $0.times(part.place.count - part.place.number) }
      stage.followed = followed.flatMap { own in others.map { own.addingSaturated($0) } }
    }
    return stage
  }
}

/// The verdict on a part of a check that is over: a round, a step, a deploy, a check of a gate.
package struct EarlyVerdict: Sendable, Equatable {
  /// What is judged.
  package var name: String
  package var verdict: Verdict
  /// Why.
  package var detail: String?

  package init(_ name: String, _ verdict: Verdict, _ detail: String? = nil) {
    (self.name, self.verdict, self.detail) = (name, verdict, detail)
  }
}

/// How long a check takes.
package struct ExpectedTime: Sendable, Equatable {
  /// If nothing delays it; `nil` where that is not known.
  package var least: Nanoseconds?
  /// The longest, whatever happens; `nil` where nothing bounds it.
  package var most: Nanoseconds?
  /// How many requests have to be answered, however long that takes; `nil` where their number does not decide.
  package var requests: Int?

  package init(least: Nanoseconds? = nil, most: Nanoseconds? = nil, requests: Int? = nil) {
    self.least = least
    self.most = most
    self.requests = requests
  }

  /// The time of a number of parts, each of which takes this long.
  func times(_ parts: Int) -> ExpectedTime {
    ExpectedTime(least: least?.times(parts), most: most?.times(parts), requests: requests.map { $0 * parts })
  }
}

extension ExpectedTime {
  /// The time of a run: its schedule's, and as long as the last answers take.
  init(_ plan: Plan) {
    let least = plan.scheduledTime
    self.init(least: least, requests: least == nil ? plan.shardRequests : nil)
  }
}

extension Nanoseconds {
  /// So many times as long, or the largest number on overflow.
  fileprivate func times(_ factor: Int) -> Nanoseconds {
    let (product, overflow) = multipliedReportingOverflow(by: Nanoseconds(factor))
    return overflow ? .max : product
  }
}
