internal import Load

extension Pacer {
  /// The pace in a few words.
  var inWords: String {
    switch self {
    case .closedLoop: "each sending as soon as it has its answer"
    case .constant(let rate): "\(rate) requests a second"
    case .ramp(let from, let to, let seconds): "from \(from) to \(to) requests a second within \(seconds) s"
    case .steps(let steps):
      "in steps of " + steps.map { "\($0.rate) a second for \($0.seconds) s" }.joined(separator: ", ")
    case .poisson(let rate, _): "\(rate) requests a second on average, at random times (Poisson)"
    }
  }
}
