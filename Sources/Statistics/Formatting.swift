/// Formats numbers for people.
///
/// Nothing here depends on a locale: a comma separates thousands, a full stop precedes decimals, and `–` stands for a number
/// that is missing.
public enum Formatting {
  /// Stands for a missing figure.
  public static let none = "–"

  // MARK: Plain numbers

  /// A whole number with thousands separators, such as `1,234`.
  public static func count(_ value: Int) -> String {
    (value < 0 ? "−" : "") + grouped(String(value.magnitude))
  }

  /// A whole number of things, such as `1 request` or `1,234 requests`.
  ///
  /// - Parameter noun: in the singular; an s makes its plural.
  public static func count(_ value: Int, _ noun: String) -> String {
    "\(count(value)) \(noun)" + (value == 1 ? "" : "s")
  }

  /// A number with a fixed count of decimals, such as `1,234.50`.
  public static func fixed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite else { return value.isNaN ? none : value < 0 ? "−∞" : "∞" }
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = (value.magnitude * scale).rounded()
    // Past 2^53 not every whole number exists: the digits would be made up.
    guard scaled < 9_007_199_254_740_992 else { return "\(value)" }
    let digits = String(UInt64(scaled))
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    let sign = value < 0 && scaled > 0 ? "−" : ""
    let whole = grouped(String(padded.dropLast(decimals)))
    return decimals == 0 ? sign + whole : "\(sign)\(whole).\(padded.suffix(decimals))"
  }

  /// A number as other programs read it, with a fixed count of decimals, such as `1234.50` or `-0.5`.
  public static func plain(_ value: Double, decimals: Int) -> String {
    String(fixed(value, decimals: decimals).compactMap { $0 == "," ? nil : $0 == "−" ? "-" : $0 })
  }

  /// A number to three significant digits, whole from a hundred on, such as `0.123`, `12.3` or `1,234`.
  public static func threeDigits(_ value: Double) -> String {
    let size = value.magnitude
    return fixed(value, decimals: size < 0.9995 ? 3 : size < 9.995 ? 2 : size < 99.95 ? 1 : 0)
  }

  /// A measured figure as it is written everywhere or, where that does not show on which side of a limit it is, exactly.
  ///
  /// - Parameters:
  ///   - rounded: the figure as `short` writes it.
  public static func measured(
    _ value: Double, beside limit: Double, rounded: Double, short: (Double) -> String, exact: (Double) -> String
  ) -> String {
    (rounded < limit) == (value < limit) && (rounded > limit) == (value > limit) ? short(value) : exact(value)
  }

  /// The number that three digits stand for, as ``threeDigits(_:)`` writes it.
  public static func roundedToThreeDigits(_ value: Double) -> Double {
    guard value.isFinite else { return value }
    let size = value.magnitude
    let scale = size < 0.9995 ? 1000.0 : size < 9.995 ? 100 : size < 99.95 ? 10 : 1
    return (value * scale).rounded() / scale
  }

  /// A number with at most this many decimals, without trailing zeros, such as `1,234.5` or `2`.
  public static func number(_ value: Double, decimals: Int = 3) -> String {
    let text = fixed(value, decimals: decimals)
    guard value.isFinite, decimals > 0, text.contains("."), !text.contains("e") else { return text }
    let trimmed = text.reversed().drop { $0 == "0" }.drop { $0 == "." }
    return String(trimmed.reversed())
  }

  private static func grouped(_ digits: String) -> String {
    var result = ""
    for (position, digit) in digits.enumerated() {
      if position > 0, (digits.count - position).isMultiple(of: 3) { result += "," }
      result.append(digit)
    }
    return result
  }

  // MARK: Quantities

  /// A time in milliseconds without its unit, such as `0.123`, `12.3` or `1,234`.
  public static func milliseconds(_ value: Double) -> String {
    if value == 0 { return "0" }
    return value > 0 && value < 0.0005 ? "< 0.001" : threeDigits(value)
  }

  /// A length of time in seconds with its unit, such as `850 ms`, `12.3 s` or `2 min 5 s`.
  public static func duration(seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return fixed(seconds, decimals: 0) + " s" }
    if seconds < 0.9995 { return milliseconds(seconds * 1000) + " ms" }
    if seconds < 119.5 { return threeDigits(seconds) + " s" }
    let whole = Int(seconds.rounded())
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    let parts = [(hours, "h"), (minutes, "min"), (rest, "s")].filter { $0.0 > 0 }
    return parts.map { "\(count($0.0)) \($0.1)" }.joined(separator: " ")
  }

  /// A measured time in milliseconds with its unit, beside a limit that it may be close to.
  public static func milliseconds(_ value: Double, beside limit: Double) -> String {
    measured(
      value, beside: limit, rounded: roundedToThreeDigits(value), short: { milliseconds($0) + " ms" },
      exact: { number($0, decimals: 6) + " ms" })
  }

  /// A measured time in seconds with its unit, beside a limit that it may be close to.
  public static func duration(seconds: Double, beside limit: Double) -> String {
    let rounded =
      seconds < 0.9995 ? roundedToThreeDigits(seconds * 1000) / 1000 : roundedToThreeDigits(seconds)
    return measured(
      seconds, beside: limit, rounded: rounded, short: { duration(seconds: $0) },
      exact: { number($0, decimals: 9) + " s" })
  }

  /// A length of time in seconds with one decimal or more, such as `0.25 s` or `2.0 s`.
  public static func seconds(_ value: Double, decimals: Int = 3) -> String {
    let text = number(value, decimals: decimals)
    return text + (value.isFinite && !text.contains(".") ? ".0 s" : " s")
  }

  /// A length of time, given in nanoseconds, in milliseconds with its unit, such as `0.25 ms` or `1,200 ms`: for limits.
  public static func milliseconds(nanoseconds: UInt64, decimals: Int) -> String {
    number(Double(nanoseconds) / 1e6, decimals: decimals) + " ms"
  }

  /// A percentile's name, such as `p99` or `p99.9`.
  public static func percentile(_ percentile: Double) -> String { "p" + number(percentile) }

  /// Requests a second with the unit, such as `1,234/s` or `0.5/s`.
  public static func rate(_ value: Double) -> String {
    (value == value.rounded() ? fixed(value, decimals: 0) : threeDigits(value)) + "/s"
  }

  /// A rate that is asked for or tried, to a tenth, such as `1,234/s` or `141.4/s`.
  public static func plannedRate(_ value: Double) -> String { number(value, decimals: 1) + "/s" }

  /// A part of a whole, 0…1, as a percentage, such as `33.33%`; only nothing is `0.00%` and only all is `100.00%`.
  public static func percent(_ share: Double) -> String {
    if share > 0, share < 0.00005 { return "< 0.01%" }
    if share < 1, share >= 0.99995 { return "> 99.99%" }
    return fixed(share * 100, decimals: 2) + (share.isFinite ? "%" : "")
  }

  /// A part of a whole, 0…1, as a short percentage, such as `5%` or `0.1%`.
  public static func shortPercent(_ share: Double) -> String { number(share * 100) + "%" }

  /// A difference of shares, −1…1, in percentage points with its sign, such as `+0.03 pp`.
  public static func points(_ difference: Double) -> String {
    guard difference.isFinite else { return none }
    let text = fixed(difference * 100, decimals: 2)
    return (difference > 0 && text != "0.00" ? "+" : "") + text + " pp"
  }

  /// A size of a difference of shares, 0…1, in percentage points without a sign, such as `0.03 pp`.
  public static func pointsSize(_ difference: Double) -> String {
    difference.isFinite ? fixed(difference.magnitude * 100, decimals: 2) + " pp" : none
  }

  /// A probability as it stands after "p", with its relation, such as `= 0.34` or `< 0.001`.
  public static func pValue(_ value: Double) -> String {
    guard value.isFinite else { return "unknown" }
    if value < 0.001 { return "< 0.001" }
    if value > 0.99 { return "> 0.99" }
    return "= " + fixed(value, decimals: value < 0.0095 ? 3 : 2)
  }
}
