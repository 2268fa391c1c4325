internal import Checks
internal import HTTP
internal import Load
internal import Platform
internal import Report
internal import Statistics
internal import Testbed

/// Reads the values of options; each error says what is taken.
enum ValueParsing {
  static func text(_ text: String) throws(ValueError) -> String {
    guard !text.isEmpty else { throw ValueError(takes: "a text that is not empty") }
    return text
  }

  /// A time with its unit, in nanoseconds, from 1 µs to 24 hours.
  static func duration(_ text: String) throws(ValueError) -> Nanoseconds {
    let error = ValueError(takes: "a duration such as 500ms, 10s or 2m (1us to 24h)")
    let units: [(String, Double)] = [("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 6e10), ("h", 3.6e12)]
    guard let unit = units.first(where: { text.hasSuffix($0.0) }),
      let number = decimal(String(text.dropLast(unit.0.count)))
    else { throw error }
    let nanoseconds = number * unit.1
    guard nanoseconds >= 1e3, nanoseconds <= 8.64e13 else { throw error }
    return Nanoseconds(nanoseconds)
  }

  /// A timeout: a duration of at most five minutes.
  static func timeout(_ text: String) throws(ValueError) -> Nanoseconds {
    guard let time = try? duration(text), time <= Plan.longestTimeout else {
      throw ValueError(takes: "a duration such as 500ms, 10s or 2m, at most 5m")
    }
    return time
  }

  static func rate(_ text: String) throws(ValueError) -> Double {
    let number = text.hasSuffix("/s") ? String(text.dropLast(2)) : text
    guard let rate = scaled(number), rate >= 1e-6, rate <= Pacer.highestRate else {
      throw ValueError(takes: "requests a second such as 500 or 2.5 (above 0, at most 10000000)")
    }
    return rate
  }

  static func requests(_ text: String) throws(ValueError) -> Int {
    try whole(text, 1...1_000_000_000, "a number of requests such as 3000 or 10k (1 to 1000000000)")
  }

  static func connections(_ text: String) throws(ValueError) -> Int {
    try whole(text, 1...100_000, "a number of connections (1 to 100000)")
  }

  static func workers(_ text: String) throws(ValueError) -> Int {
    try whole(text, 1...256, "a number of threads (1 to 256)")
  }

  /// `I/N`: the I-th of N parts, from 1.
  static func shard(_ text: String) throws(ValueError) -> Shard {
    let halves = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard halves.count == 2, halves.allSatisfy(isDigits), let number = Int(halves[0]), let count = Int(halves[1]),
      let shard = Shard(index: number - 1, count: count)
    else { throw ValueError(takes: "a part of a number of parts such as 2/4, from 1/4 to 4/4") }
    return shard
  }

  /// A time of day with its date, in nanoseconds since 1970.
  static func moment(_ text: String) throws(ValueError) -> Int64 {
    guard let time = UTCTime.nanoseconds(rfc3339: text) else {
      throw ValueError(takes: "a time of RFC 3339 such as 2026-11-25T18:00:00Z or 2026-11-25T19:00:00.5+01:00")
    }
    return time
  }

  static func backendCount(_ text: String) throws(ValueError) -> Int {
    try whole(text, 1...64, "a number of backends (1 to 64)")
  }

  /// Numbers of backends in rising order, as `1,2,4`.
  static func backendNumbers(_ text: String) throws(ValueError) -> [Int] {
    let error = ValueError(takes: "numbers of backends in rising order, such as 1,2,4 (1 to 64)")
    var numbers: [Int] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let number = try? backendCount(String(part)), number > numbers.last ?? 0 else { throw error }
      numbers.append(number)
    }
    return numbers
  }

  /// The names of the checks that a gate can run.
  static let gatedChecks = CheckKind.allCases.filter(\.measures).map(\.rawValue)

  static func gatedCheck(_ text: String) throws(ValueError) -> CheckKind {
    guard let check = CheckKind(rawValue: text), check.measures else {
      throw ValueError(takes: gatedChecks.joined(separator: ", "))
    }
    return check
  }

  static func threshold(_ text: String) throws(ValueError) -> Threshold {
    do throws(ThresholdError) {
      return try Threshold(text)
    } catch {
      throw ValueError(takes: error.expectation, marked: error.marked)
    }
  }

  /// `P=D`: a percentile with its limit.
  static func percentile(_ text: String) throws(ValueError) -> LatencyObjective {
    let error = ValueError(takes: "a percentile with its limit, such as 99.5=300ms (above 0, below 100)")
    let halves = text.split(separator: "=", omittingEmptySubsequences: false)
    guard halves.count == 2, let percentile = decimal(String(halves[0])), percentile > 0, percentile < 100,
      let limit = try? timeout(String(halves[1]))
    else { throw error }
    return LatencyObjective(percentile: percentile, limit: limit)
  }

  static func precision(_ text: String) throws(ValueError) -> Double {
    guard let precision = try? share(text), precision >= 0.001, precision <= 0.5 else {
      throw ValueError(takes: "a share such as 0.05 or 5% (0.1% to 50%)")
    }
    return precision
  }

  static func level(_ text: String) throws(ValueError) -> Double {
    guard let level = try? share(text), level >= 0.5, level <= 0.9999 else {
      throw ValueError(takes: "a share such as 0.95 or 95% (50% to 99.99%)")
    }
    return level
  }

  /// A backend's name as reports show one that sends these bytes. One with a backslash has been copied from there.
  private static func asShown(_ name: String) -> String { name.contains("\\") ? name : Fingerprint.text(of: name) }

  static func backendList(_ text: String) throws(ValueError) -> BackendList {
    guard let list = BackendList(rawValue: text) else { throw ValueError(takes: "auto, tries or path") }
    return list
  }

  static func body(_ text: String) throws(ValueError) -> BodyExpectation {
    do throws(BodyExpectationError) {
      return try BodyExpectation(text)
    } catch {
      throw ValueError(takes: error.description)
    }
  }

  static let brokenBuilds = ["crash", "errors"]

  static func brokenBuild(_ text: String) throws(ValueError) -> EmbeddedStack.Build {
    switch text {
    case "crash": return .crashing
    case "errors": return .answeringErrors
    default: throw ValueError(takes: "crash or errors")
    }
  }

  static let reloadFaults = ["none", "partial", "stale", "cut"]

  static func reloadFault(_ text: String) throws(ValueError) -> EmbeddedStack.ReloadFault {
    switch text {
    case "none": return .none
    case "partial": return .replacesOnlyTheFirst
    case "stale": return .leavesTheOldRunning
    case "cut": return .cutsRequests
    default: throw ValueError(takes: "none, partial, stale or cut")
    }
  }

  static func port(_ text: String) throws(ValueError) -> UInt16 {
    UInt16(try whole(text, 1...65_535, "a port (1 to 65535)"))
  }

  /// A program with its arguments: words, with quotes of either kind around those that hold spaces.
  static func command(_ text: String) throws(ValueError) -> [String] { try CommandWords(text).words }

  static func factor(_ text: String) throws(ValueError) -> Double {
    guard let factor = decimal(text), factor >= 1, factor <= 1000 else {
      throw ValueError(takes: "a factor such as 5 (1 to 1000)")
    }
    return factor
  }

  static func seed(_ text: String) throws(ValueError) -> UInt64 {
    guard isDigits(text), let seed = UInt64(text) else { throw ValueError(takes: "a whole number from 0") }
    return seed
  }

  /// A part of the whole, as 0.25 or 25%.
  static func share(_ text: String) throws(ValueError) -> Double {
    let isPercentage = text.hasSuffix("%")
    guard let number = decimal(isPercentage ? String(text.dropLast()) : text) else {
      throw ValueError(takes: "a share such as 0.25 or 25% (0 to 1)")
    }
    let share = isPercentage ? number / 100 : number
    guard share <= 1 else { throw ValueError(takes: "a share such as 0.25 or 25% (0 to 1)") }
    return share
  }

  /// `name: value`, as curl's `-H`.
  static func header(_ text: String) throws(ValueError) -> HeaderField {
    let error = ValueError(takes: "a header such as 'Accept: text/html'")
    guard let colon = text.firstIndex(of: ":") else { throw error }
    let value = text[text.index(after: colon)...].drop { $0 == " " }
    let field = HeaderField(name: String(text[..<colon]), value: String(value))
    guard (try? RequestTemplate(path: "/", headers: [field])) != nil else { throw error }
    return field
  }

  /// Statuses as `200,204`, `200-299` or `2xx`.
  static func statuses(_ text: String) throws(ValueError) -> [ClosedRange<Int>] {
    let error = ValueError(takes: "statuses such as 200,204, 200-299 or 2xx (100 to 999)")
    var ranges: [ClosedRange<Int>] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false)
      if part.count == 3, part.hasSuffix("xx"), part.first?.isASCII == true,
        let hundreds = part.first?.wholeNumberValue,
        (1...9).contains(hundreds)
      {
        ranges.append(hundreds * 100...hundreds * 100 + 99)
      } else if ends.count <= 2, let first = status(ends[0]), let last = status(ends[ends.count - 1]), first <= last {
        ranges.append(first...last)
      } else {
        throw error
      }
    }
    return ranges
  }

  private static func status(_ text: Substring) -> Int? {
    guard text.count == 3, isDigits(String(text)), let status = Int(text), status >= 100 else { return nil }
    return status
  }

  /// `NAME`, `NAME=WEIGHT` or `NAME=backup`; the name may hold colons.
  static func backend(_ text: String) throws(ValueError) -> ExpectedBackend {
    let error = ValueError(takes: "NAME, NAME=WEIGHT (1 to 10000) or NAME=backup")
    guard let equals = text.lastIndex(of: "=") else {
      guard !text.isEmpty else { throw error }
      return ExpectedBackend(name: asShown(text), role: .primary(weight: 1))
    }
    let name = String(text[..<equals])
    let role = String(text[text.index(after: equals)...])
    guard !name.isEmpty else { throw error }
    if role == "backup" { return ExpectedBackend(name: asShown(name), role: .backup) }
    guard isDigits(role), let weight = Int(role), (1...10_000).contains(weight) else { throw error }
    return ExpectedBackend(name: asShown(name), role: .primary(weight: weight))
  }

  static let policies = BalancingPolicy.allCases.filter { $0 != .unknown }.map(\.rawValue)

  static func policy(_ text: String) throws(ValueError) -> BalancingPolicy {
    guard let policy = BalancingPolicy(rawValue: text), policy != .unknown else {
      throw ValueError(takes: "round-robin, weighted-round-robin, random, sticky or single")
    }
    return policy
  }

  /// Formats with commas between them.
  static func formats(_ text: String) throws(ValueError) -> [ReportFormat] {
    var formats: [ReportFormat] = []
    for name in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let format = ReportFormat(rawValue: String(name)) else {
        throw ValueError(
          takes: "\(ReportFormat.allCases.map(\.rawValue).joined(separator: ", ")), or several with commas")
      }
      formats.append(format)
    }
    return formats
  }

  /// `FROM..TO`: two rates.
  static func ramp(_ text: String) throws(ValueError) -> RateRamp {
    let error = ValueError(takes: "two rates such as 10..500")
    guard let dots = text.firstRange(of: "..") else { throw error }
    guard let from = scaled(String(text[..<dots.lowerBound])), let to = scaled(String(text[dots.upperBound...])),
      max(from, to) >= 1e-6, max(from, to) <= Pacer.highestRate
    else { throw error }
    return RateRamp(from: from, to: to)
  }

  /// `RATE:DURATION,…`.
  static func steps(_ text: String) throws(ValueError) -> [Pacer.Step] {
    let error = ValueError(takes: "steps such as 100:10s,200:10s")
    var steps: [Pacer.Step] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let halves = part.split(separator: ":", omittingEmptySubsequences: false)
      guard halves.count == 2, let rate = try? rate(String(halves[0])), let time = try? duration(String(halves[1]))
      else {
        throw error
      }
      steps.append(Pacer.Step(rate: rate, seconds: Double(time) / 1e9))
    }
    return steps
  }

  /// `[METHOD ]PATH[=WEIGHT]`: a further kind of request.
  static func request(_ text: String) throws(ValueError) -> RequestChoice {
    let error = ValueError(takes: "a path such as /, '/watch=3' or 'POST /list=1' (method, path, weight)")
    var rest = text[...]
    var method: String?
    if let blank = rest.firstIndex(of: " ") {
      method = String(rest[..<blank])
      rest = rest[rest.index(after: blank)...]
    }
    var weight = 1
    // An equals sign within a query is the path's own, unless digits alone follow the last one.
    if let equals = rest.lastIndex(of: "="), !rest[..<equals].contains("?") {
      guard let number = try? whole(String(rest[rest.index(after: equals)...]), 1...1_000_000, "") else { throw error }
      weight = number
      rest = rest[..<equals]
    }
    guard (try? RequestTemplate(method: method ?? "GET", path: String(rest))) != nil else { throw error }
    return RequestChoice(method: method, path: String(rest), weight: weight)
  }

  private static func whole(_ text: String, _ range: ClosedRange<Int>, _ expectation: String) throws(ValueError) -> Int
  {
    guard let number = scaled(text), let whole = Int(exactly: number.rounded()), abs(number - number.rounded()) < 1e-6,
      range.contains(whole)
    else {
      throw ValueError(takes: expectation)
    }
    return whole
  }

  /// A number with an optional k or M.
  private static func scaled(_ text: String) -> Double? {
    switch text.last {
    case "k": decimal(String(text.dropLast())).map { $0 * 1e3 }
    case "M": decimal(String(text.dropLast())).map { $0 * 1e6 }
    default: decimal(text)
    }
  }

  /// Digits with at most one point; no sign, no exponent.
  private static func decimal(_ text: String) -> Double? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, text.count <= 20, parts.allSatisfy({ isDigits(String($0)) }) else { return nil }
    return Double(text)
  }

  private static func isDigits(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
  }
}

/// From one rate to another, requests a second.
package struct RateRamp: Sendable, Equatable {
  let from: Double
  let to: Double
}

/// A kind of request as the command line names it.
package struct RequestChoice: Sendable, Equatable {
  let method: String?
  let path: String
  let weight: Int
}
