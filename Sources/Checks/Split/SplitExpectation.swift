package import Platform
internal import Statistics

/// How answers should be divided among versions, backends or whatever a header names.
package struct SplitExpectation: Sendable, Equatable {
  package struct Part: Sendable, Equatable {
    package let name: String
    /// Against the others' weights, above 0.
    package let weight: Double

    package init(name: String, weight: Double) {
      self.name = name
      self.weight = weight
    }
  }

  /// Two or more; empty where no split is asked for.
  package var parts: [Part] = []
  /// The header that names the part; `nil` for the one that names backends.
  package var header: String?
  /// How far off a share has to be found, as a difference of shares; `nil` for half of the smallest, five points at most.
  package var margin: Double?
  /// The highest chance of refusing a split that is as expected, and of taking one in which a share is off by the margin.
  package var falseAlarm = 0.001
  package var miss = 0.001
  /// How long a change of weights is waited for; `nil` for not at all.
  package var wait: Nanoseconds?

  package init() {}

  package var isUsed: Bool { !parts.isEmpty }

  /// The part of all answers that each should have, in the order of the parts.
  var shares: [Double] {
    let sum = parts.reduce(0) { $0 + $1.weight }
    return parts.map { $0.weight / sum }
  }

  /// Chooses the margin where the user does not.
  package mutating func complete() { margin = usedMargin }

  var usedMargin: Double { margin ?? min((shares.min() ?? 0) / 2, Self.mostMargin) }

  private static let mostMargin = 0.05

  /// Without errors of its own no split can be judged.
  ///
  /// - Throws: ``CheckError/usage(_:)`` that names the option.
  func validate() throws(CheckError) {
    guard parts.count >= 2 else { throw .usage("--split needs two parts or more, such as v1=95,v2=5") }
    if let double = parts.first(where: { part in parts.count { $0.name == part.name } > 1 }) {
      throw .usage("--split names '\(double.name)' twice")
    }
    guard SplitTest(self) != nil else {
      throw .usage(
        "--split-margin \(Formatting.percent(usedMargin)) leaves nothing between \(Formatting.percent(shares.min() ?? 0)) and none, or "
          + "\(Formatting.percent(shares.max() ?? 1)) and all: give a smaller one")
    }
  }
}
