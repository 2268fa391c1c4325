/// Moments in UTC as RFC 3339 text.
public enum UTCTime {
  /// The moment as RFC 3339 text, such as `2026-11-25T06:45:28.250Z`; fractions only where there are any.
  ///
  /// - Parameter secondsSince1970: seconds since the Unix epoch, in years 0 to 9999; others count as the nearest.
  public static func rfc3339(secondsSince1970: Double) -> String {
    let moment = Moment(secondsSince1970)
    let fraction = moment.milliseconds == 0 ? "" : "." + padded(moment.milliseconds, 3)
    return "\(padded(moment.year, 4))-\(padded(moment.month, 2))-\(padded(moment.day, 2))"
      + "T\(padded(moment.hour, 2)):\(padded(moment.minute, 2)):\(padded(moment.second, 2))\(fraction)Z"
  }

  /// The moment in the basic format of ISO 8601, fit for a file name, such as `20261125T064528Z`.
  ///
  /// - Parameter secondsSince1970: seconds since the Unix epoch, in years 0 to 9999; others count as the nearest.
  public static func compact(secondsSince1970: Double) -> String {
    let moment = Moment(secondsSince1970)
    return "\(padded(moment.year, 4))\(padded(moment.month, 2))\(padded(moment.day, 2))"
      + "T\(padded(moment.hour, 2))\(padded(moment.minute, 2))\(padded(moment.second, 2))Z"
  }

  /// The time of day of a moment as ``rfc3339(secondsSince1970:)`` writes it, such as `06:45:28.250`.
  public static func clock(_ rfc3339: String) -> String {
    let time = rfc3339.drop { $0 != "T" }.dropFirst().prefix { $0 != "Z" }
    return time.contains(".") ? String(time) : time + ".000"
  }

  private static func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// A moment's fields in the proleptic Gregorian calendar.
  private struct Moment {
    let year, month, day, hour, minute, second, milliseconds: Int

    init(_ secondsSince1970: Double) {
      let bounded = min(max(secondsSince1970.isFinite ? secondsSince1970 : 0, -62_167_219_200), 253_402_300_799)
      let total = Int((bounded * 1000).rounded(.down))
      let (days, inDay) = Self.divide(total, 86_400_000)
      milliseconds = inDay % 1000
      second = inDay / 1000 % 60
      minute = inDay / 60_000 % 60
      hour = inDay / 3_600_000

      // Years that begin in March put the leap day last, so that the lengths of months follow one formula.
      let (era, dayOfEra) = Self.divide(days + 719_468, 146_097)
      let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
      let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
      let monthFromMarch = (5 * dayOfYear + 2) / 153
      day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
      month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
      year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    private static func divide(_ value: Int, _ divisor: Int) -> (quotient: Int, remainder: Int) {
      let quotient = value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
      return (quotient, value - quotient * divisor)
    }
  }

  /// The moment that a text of RFC 3339 names, such as `2026-11-25T06:45:28.25Z` or `2026-11-25T07:45:28+01:00`, in nanoseconds
  /// since the Unix epoch; `nil` for any other text, or a year outside 1970 to 2200.
  public static func nanoseconds(rfc3339 text: String) -> Int64? {
    let bytes = Array(text.utf8)
    func number(_ range: Range<Int>) -> Int? {
      guard range.upperBound <= bytes.count else { return nil }
      var value = 0
      for byte in bytes[range] {
        guard (0x30...0x39).contains(byte) else { return nil }
        value = value * 10 + Int(byte - 0x30)
      }
      return value
    }
    func has(_ characters: String, at index: Int) -> Bool {
      index < bytes.count && characters.utf8.contains(bytes[index])
    }
    guard let year = number(0..<4), has("-", at: 4), let month = number(5..<7), has("-", at: 7),
      let day = number(8..<10), has("Tt ", at: 10), let hour = number(11..<13), has(":", at: 13),
      let minute = number(14..<16), has(":", at: 16), let second = number(17..<19), (1970...2200).contains(year),
      (1...12).contains(month), (1...days(in: month, of: year)).contains(day), hour < 24, minute < 60, second < 60
    else { return nil }
    var index = 19
    var fraction = 0
    if has(".", at: index) {
      index += 1
      let first = index
      while index < bytes.count, (0x30...0x39).contains(bytes[index]) { index += 1 }
      guard index > first else { return nil }
      for digit in 0..<9 { fraction = fraction * 10 + (first + digit < index ? Int(bytes[first + digit] - 0x30) : 0) }
    }
    var offset = 0
    if has("Zz", at: index) {
      index += 1
    } else {
      guard has("+-", at: index), let hours = number(index + 1..<index + 3), has(":", at: index + 3),
        let minutes = number(index + 4..<index + 6), hours < 24, minutes < 60
      else { return nil }
      offset = (hours * 60 + minutes) * (has("-", at: index) ? -60 : 60)
      index += 6
    }
    guard index == bytes.count else { return nil }
    var whole = 0
    for earlier in 1970..<year { whole += isLeap(earlier) ? 366 : 365 }
    for earlier in 1..<month { whole += days(in: earlier, of: year) }
    let seconds = ((whole + day - 1) * 24 + hour) * 3600 + minute * 60 + second - offset
    return Int64(seconds) * 1_000_000_000 + Int64(fraction)
  }

  private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

  private static func days(in month: Int, of year: Int) -> Int {
    month == 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
  }
}
