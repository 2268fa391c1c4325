internal import Checks
internal import Load
internal import Platform
internal import Report

extension OptionType<Int> {
  static var requests: Self { whole(1...1_000_000_000, "a number of requests such as 3000 or 10k (1 to 1000000000)") }
  static var connections: Self { whole(1...100_000, "a number of connections (1 to 100000)") }
  static var multiplex: Self { whole(1...1_000, "a number of requests at a time (1 to 1000)") }
  static var workers: Self { whole(1...256, "a number of threads (1 to 256)") }
  static var visitors: Self {
    whole(1...SessionsPlan.mostVisitors, "a number of visitors such as 200 or 1k (1 to \(SessionsPlan.mostVisitors))")
  }
  static var rounds: Self { whole(Repetition.range, "a number of rounds (2 to 100)") }
  static var runs: Self { whole(Repetition.range, "a number of runs (2 to 100)") }
  static var visits: Self { whole(1...100, "a number (1 to 100)") }
  static var backendCount: Self { whole(1...64, "a number of backends (1 to 64)") }

  private static func whole(_ range: ClosedRange<Int>, _ expectation: String) -> Self {
    Self(takes: expectation, read: { Decimal.whole($0, range) }, show: { .number(Double($0)) })
  }
}

extension OptionType<UInt16> {
  /// A port, or 0 for any free one.
  static var anyPort: Self {
    OptionType(
      takes: "a port (1 to 65535), or 0 for a free one", read: { Decimal.whole($0, 0...65_535).map { UInt16($0) } },
      show: { .number(Double($0)) })
  }

  static var port: Self {
    Self(
      takes: "a port (1 to 65535)", read: { Decimal.whole($0, 1...65_535).map { UInt16($0) } },
      show: { .number(Double($0)) })
  }
}

extension OptionType<[UInt16]> {
  /// Different ports, as `3001..3003` or `3001,3005`.
  static var ports: Self {
    Self(
      takes: "different ports such as 3001..3003 or 3001,3005 (1 to 65535, at most 64 of them)",
      read: { text in
        var ports: [UInt16] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
          let ends = part.split(separator: "..", omittingEmptySubsequences: false).map(String.init)
          let numbers = ends.compactMap { Decimal.isDigits($0) ? Decimal.whole($0, 1...65_535) : nil }
          guard (1...2).contains(ends.count), numbers.count == ends.count, numbers[0] <= numbers[numbers.count - 1],
            ports.count + numbers[numbers.count - 1] - numbers[0] < 64
          else { return nil }
          ports += (numbers[0]...numbers[numbers.count - 1]).map { UInt16($0) }
        }
        return Set(ports).count == ports.count ? ports : nil
      }, show: { .text($0.map(String.init).joined(separator: ",")) })
  }
}

extension OptionType<[Int]> {
  /// Numbers of backends in rising order, as `1,2,4`.
  static var backendNumbers: Self {
    Self(
      takes: "numbers of backends in rising order, such as 1,2,4 (1 to 64)",
      read: { text in
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Decimal.whole(String($0), 1...64) }
        return numbers.count == parts.count && zip(numbers, numbers.dropFirst()).allSatisfy(<) ? numbers : nil
      }, show: { .text($0.map(String.init).joined(separator: ",")) })
  }
}

extension OptionType<Double> {
  /// Requests a second, as 500, 2.5k or 500/s, or in another time, as 1000/1m.
  static var rate: Self {
    Self(
      takes: "requests a second such as 500 or 2.5, or as 1000/1m (above 0, at most 10000000)", unit: "1/s",
      read: { text in
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let time =
          parts.count > 1
          ? Decimal.nanoseconds(Decimal.units.contains { $0.name == parts[1] } ? "1" + parts[1] : parts[1])
          : 1_000_000_000
        guard let requests = Decimal.scaled(parts[0]), let time, time > 0 else { return nil }
        let rate = requests * 1e9 / Double(time)
        return rate >= 1e-6 && rate <= Pacer.highestRate ? rate : nil
      }, show: { .number($0) })
  }

  static var share: Self { share(0...1, "a share such as 0.25 or 25% (0 to 1)") }
  static var precision: Self { share(0.001...0.5, "a share such as 0.05 or 5% (0.1% to 50%)") }
  static var error: Self { share(1e-9...0.4, "a chance such as 0.001 or 0.1% (above 0, at most 40%)") }
  static var level: Self { share(0.5...0.9999, "a share such as 0.95 or 95% (50% to 99.99%)") }

  /// A part of the whole, as 0.25 or 25%.
  private static func share(_ range: ClosedRange<Double>, _ expectation: String) -> Self {
    Self(
      takes: expectation,
      read: { text in
        let isPercentage = text.hasSuffix("%")
        let number = Decimal.number(isPercentage ? String(text.dropLast()) : text)
        let share = number.map { isPercentage ? $0 / 100 : $0 }
        return share.flatMap { range.contains($0) ? $0 : nil }
      }, show: { .number($0) })
  }

  static var factor: Self {
    Self(
      takes: "a factor such as 5 (1 to 1000)",
      read: { Decimal.number($0).flatMap { $0 >= 1 && $0 <= 1000 ? $0 : nil } }, show: { .number($0) })
  }
}

extension OptionType<UInt64> {
  static var seed: Self {
    Self(
      takes: "a whole number from 0", read: { Decimal.isDigits($0) ? UInt64($0) : nil },
      // Beyond 2^53 a JSON number is not exact.
      show: { $0 >> 53 == 0 ? .number(Double($0)) : .text("\($0)") })
  }

  /// From 1 µs to 24 hours, in nanoseconds.
  static var duration: Self {
    time(atMost: 86_400_000_000_000, "a duration such as 500ms, 10s or 2m, or seconds (1us to 24h)")
  }

  /// From 1 µs to 100 days: how long a watch may go on.
  static var watchDuration: Self {
    time(atMost: 8_640_000_000_000_000, "a duration such as 10m or 336h, or seconds (1us to 2400h)")
  }

  /// A duration of at most five minutes.
  static var timeout: Self {
    time(atMost: Plan.longestTimeout, takesSeconds: false, "a duration such as 500ms, 10s or 2m, at most 5m")
  }

  /// - Parameter takesSeconds: a number without a unit is one of seconds; of a short time it may be meant as milliseconds.
  private static func time(atMost most: Nanoseconds, takesSeconds: Bool = true, _ expectation: String) -> Self {
    Self(
      takes: expectation, unit: "s", measure: { Double($0) / 1e9 },
      read: { text in
        let time = Decimal.nanoseconds(takesSeconds && Decimal.number(text) != nil ? text + "s" : text)
        return time.flatMap { $0 >= 1_000 && $0 <= most ? $0 : nil }
      },
      show: { .text(Decimal.text(nanoseconds: $0)) })
  }
}

extension OptionType<Int64> {
  /// A time of day with its date, in nanoseconds since 1970.
  static var moment: Self {
    Self(
      takes: "a time of RFC 3339 such as 2026-11-25T18:00:00Z or 2026-11-25T19:00:00.5+01:00",
      read: { UTCTime.nanoseconds(rfc3339: $0) },
      show: { time in
        let (seconds, rest) = time.quotientAndRemainder(dividingBy: 1_000_000_000)
        let fraction = String(String(1_000_000_000 + rest).dropFirst())
        return .text(UTCTime.rfc3339(secondsSince1970: Double(seconds)).dropLast() + ".\(fraction)Z")
      })
  }
}

/// Numbers of the command line: digits with at most one point, no sign and no exponent.
enum Decimal {
  static func isDigits(_ text: some StringProtocol) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
  }

  static func number(_ text: String) -> Double? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, text.count <= 20, parts.allSatisfy(isDigits) else { return nil }
    return Double(text)
  }

  /// A number with an optional k or M.
  static func scaled(_ text: String) -> Double? {
    switch text.last {
    case "k": number(String(text.dropLast())).map { $0 * 1e3 }
    case "M": number(String(text.dropLast())).map { $0 * 1e6 }
    default: number(text)
    }
  }

  static func whole(_ text: String, _ range: ClosedRange<Int>) -> Int? {
    guard let number = scaled(text), let whole = Int(exactly: number.rounded()), abs(number - number.rounded()) < 1e-6
    else { return nil }
    return range.contains(whole) ? whole : nil
  }

  static func text(_ number: Double) -> String {
    if let whole = Int64(exactly: number) { return "\(whole)" }
    let text = "\(number)"
    guard let mark = text.firstIndex(of: "e"), let exponent = Int(text[text.index(after: mark)...]), exponent < 0 else {
      return text
    }
    let digits = text[..<mark].filter { $0 != "." && $0 != "-" }
    let trimmed = text[..<mark].hasSuffix(".0") ? digits.dropLast() : digits[...]
    return (number < 0 ? "-" : "") + "0." + String(repeating: "0", count: -exponent - 1) + trimmed
  }

  static let units: [(name: String, length: Double)] = [
    ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 6e10), ("h", 3.6e12),
  ]

  /// A time with its unit; `nil` for none, or one beyond 30 years.
  static func nanoseconds(_ text: String) -> Nanoseconds? {
    guard let unit = units.first(where: { text.hasSuffix($0.name) }),
      let number = number(String(text.dropLast(unit.name.count))), number * unit.length < 1e18
    else { return nil }
    return Nanoseconds((number * unit.length).rounded())
  }

  /// A time in the largest unit up to minutes that leaves no fraction.
  static func text(nanoseconds: Nanoseconds) -> String {
    let unit = units.last { $0.name != "h" && nanoseconds > 0 && nanoseconds % Nanoseconds($0.length) == 0 } ?? units[0]
    return text(Double(nanoseconds) / unit.length) + unit.name
  }
}
