/// Moments in UTC as text, by the calendar of RFC 3339.
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

  private static func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// A moment taken apart by the proleptic Gregorian calendar.
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
}
