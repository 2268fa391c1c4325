/// Saturating arithmetic for untrusted numbers: neither wraps nor traps.
extension FixedWidthInteger {
  /// The sum, or the nearest representable number.
  public func addingSaturated(_ other: Self) -> Self {
    let (sum, overflow) = addingReportingOverflow(other)
    guard overflow else { return sum }
    return other < 0 ? .min : .max
  }

  /// The difference, or the nearest representable number.
  public func subtractingSaturated(_ other: Self) -> Self {
    let (difference, overflow) = subtractingReportingOverflow(other)
    guard overflow else { return difference }
    return other < 0 ? .max : .min
  }

  /// A number truncated to an integer, or the nearest representable one; 0 for NaN.
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
