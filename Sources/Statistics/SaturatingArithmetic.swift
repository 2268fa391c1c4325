/// Arithmetic on numbers from outside, which neither wraps nor ends the program.
extension FixedWidthInteger {
  /// The sum, or the nearest number that there is.
  public func addingSaturated(_ other: Self) -> Self {
    let (sum, overflow) = addingReportingOverflow(other)
    guard overflow else { return sum }
    return other < 0 ? .min : .max
  }

  /// The difference, or the nearest number that there is.
  public func subtractingSaturated(_ other: Self) -> Self {
    let (difference, overflow) = subtractingReportingOverflow(other)
    guard overflow else { return difference }
    return other < 0 ? .max : .min
  }

  /// A number without its fraction, or the nearest one that there is; 0 for what is no number.
  public init(saturating value: Double) {
    if value.isNaN {
      self = 0
    } else if let whole = Self(exactly: value.rounded(.towardZero)) {
      self = whole
    } else {
      self = value < 0 ? .min : .max
    }
  }
}
