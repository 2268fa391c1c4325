internal import Load
internal import Statistics

extension Pacer {
  /// The pace in a few words.
  var inWords: String {
    switch self {
    case .closedLoop: "each sending as soon as it has its answer"
    case .constant(let rate): "\(Formatting.number(rate)) requests a second"
    case .ramp(let from, let to, let seconds):
      "from \(Formatting.number(from)) to \(Formatting.number(to)) requests a second within \(Formatting.seconds(seconds))"
    case .steps(let steps):
      "in steps of "
        + steps.map { "\(Formatting.number($0.rate)) a second for \(Formatting.seconds($0.seconds))" }.joined(
          separator: ", ")
    case .poisson(let rate, _): "\(Formatting.number(rate)) requests a second on average, at random times (Poisson)"
    }
  }
}
