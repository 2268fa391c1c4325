internal import Report

/// Reads a ``Threshold`` from left to right.
struct ThresholdParser {
  private let text: String
  private let characters: [Character]
  private var position = 0

  init(_ text: String) {
    self.text = text
    characters = Array(text)
  }

  mutating func threshold() throws(ThresholdError) -> Threshold {
    let check = try checkName()
    let (quantity, natural) = try quantity()
    skipSpace()
    let demandStart = position
    let demand: Threshold.Demand
    var dimension = natural
    if takeWord("within") {
      let (number, unit, start) = try number(expecting: "a share such as 5%")
      guard unit == "%" else { throw error("a share such as 5%", from: start) }
      if takeWord("of") {
        guard takeWord("baseline") else { throw error("'baseline'", from: position) }
        demand = .withinBaseline(number / 100)
      } else {
        guard quantity.kind == .share else {
          throw error("'of baseline': only a share has an expectation of its own", from: position)
        }
        demand = .withinExpected(number / 100)
      }
    } else {
      let comparison = try comparison()
      let bound: Threshold.Bound
      (bound, dimension) = try self.bound(for: natural, of: quantity.kind)
      demand = .compare(comparison, bound)
    }
    skipSpace()
    guard position == characters.count else {
      throw error("the end of the threshold; a second one goes into one of its own", from: position)
    }
    return Threshold(
      text: text.trimmed, demandText: String(characters[demandStart...]).trimmed, check: check, quantity: quantity,
      dimension: dimension, demand: demand)
  }

  // MARK: Parts

  /// `fairness:`, if there is one.
  private mutating func checkName() throws(ThresholdError) -> CheckKind? {
    skipSpace()
    guard let colon = characters.firstIndex(of: ":"), !characters[..<colon].contains("(") else { return nil }
    let start = position
    let name = String(characters[position..<colon]).trimmed
    guard let check = CheckKind(rawValue: name), check.makesTraffic else {
      let names = CheckKind.allCases.filter(\.makesTraffic).map(\.rawValue).joined(separator: ", ")
      throw error("a check before the colon: " + names, from: start, to: colon)
    }
    position = colon + 1
    return check
  }

  private mutating func quantity() throws(ThresholdError) -> (Threshold.Quantity, Threshold.Dimension) {
    skipSpace()
    let start = position
    while position < characters.count,
      characters[position].isLetter || characters[position].isNumber
        || characters[position] == "."
    {
      position += 1
    }
    let name = String(characters[start..<position])
    guard let (kind, argument) = Self.figure(name) else {
      throw error(
        "a figure: p99 (any percentile above p0, up to p100), " + Threshold.names.map(\.name).joined(separator: ", ")
          + "; or of firstByte, connect and tls, such as firstByte.p99", from: start)
    }
    guard position < characters.count, characters[position] == "(" else {
      switch argument {
      case .phaseNeeded: throw error("a phase, such as \(name)(reload)", from: position)
      case .backend: throw error("a backend, such as \(name)(app-1)", from: position)
      case .status: throw error("a status, such as \(name)(502) or \(name)(5xx)", from: position)
      case .none, .phase: return (Threshold.Quantity(kind: kind, argument: nil), Self.dimension(kind))
      }
    }
    guard case let open = position, argument != .none else {
      throw error("no parenthesis after '\(name)'", from: position)
    }
    // Names of backends may hold anything but the closing one.
    guard let close = characters[position...].firstIndex(of: ")") else {
      throw error("a closing ')'", from: characters.count)
    }
    position = close + 1
    let inner = String(characters[(open + 1)..<close]).trimmed
    guard !inner.isEmpty else { throw error("a name within the parentheses", from: open + 1) }
    if argument == .status, !Self.isStatus(inner) {
      throw error("a status such as 502 or 5xx", from: open + 1, to: close)
    }
    return (Threshold.Quantity(kind: kind, argument: inner), Self.dimension(kind))
  }

  private static func figure(_ name: String) -> (kind: Threshold.Kind, argument: Threshold.Argument)? {
    if let known = Threshold.names.first(where: { $0.name == name }) { return (known.kind, known.argument) }
    for times in TrafficTimes.allCases {
      let lead = times.name(of: "")
      guard name.hasPrefix(lead) else { continue }
      // Phases have only a latency.
      let argument = times == .latency ? Threshold.Argument.phase : .none
      switch name.dropFirst(lead.count) {
      case "min": return (.minimum(of: times), argument)
      case "mean": return (.mean(of: times), argument)
      case "max": return (.maximum(of: times), argument)
      case let rest where rest.first == "p":
        guard let percentile = percentile(rest.dropFirst()) else { continue }
        return (percentile == 100 ? .maximum(of: times) : .percentile(percentile, of: times), argument)
      default: continue
      }
    }
    return nil
  }

  private mutating func comparison() throws(ThresholdError) -> Threshold.Operator {
    for candidate in Threshold.Operator.allCases where characters[position...].starts(with: candidate.rawValue) {
      position += candidate.rawValue.count
      return candidate
    }
    throw error("<, <=, ==, !=, >=, > or within", from: position)
  }

  private mutating func bound(
    for natural: Threshold.Dimension, of kind: Threshold.Kind
  ) throws(ThresholdError) -> (Threshold.Bound, Threshold.Dimension) {
    if takeWord("baseline") {
      guard take("*") else { return (.baseline(factor: 1), natural) }
      let (factor, unit, start) = try number(expecting: "a number")
      guard unit.isEmpty else { throw error("a number without a unit", from: start) }
      return (.baseline(factor: factor), natural)
    }
    let (value, unit, start) = try number(expecting: Self.example(natural))
    if take("*") {
      guard unit.isEmpty else { throw error("a number without a unit", from: start) }
      guard takeWord("baseline") else { throw error("'baseline'", from: position) }
      return (.baseline(factor: value), natural)
    }
    switch (natural, unit) {
    case (.time, "us"): return (.value(value / 1000), .time)
    case (.time, "ms"): return (.value(value), .time)
    case (.time, "s"): return (.value(value * 1000), .time)
    case (.time, "m"): return (.value(value * 60_000), .time)
    case (.time, "") where value == 0: return (.value(0), .time)
    case (.count, ""): return (.value(value), .count)
    // A share of all requests.
    case (.count, "%") where kind != .requests && kind != .stale: return (.value(value / 100), .share)
    case (.share, "%"): return (.value(value / 100), .share)
    case (.share, "") where value <= 1: return (.value(value), .share)
    case (.rate, ""), (.rate, "/s"): return (.value(value), .rate)
    case (.bytes, ""), (.bytes, "B"): return (.value(value), .bytes)
    case (.bytes, "kB"): return (.value(value * 1e3), .bytes)
    case (.bytes, "MB"): return (.value(value * 1e6), .bytes)
    case (.bytes, "GB"): return (.value(value * 1e9), .bytes)
    default: throw error(Self.example(natural), from: start)
    }
  }

  /// A number with the unit that follows it immediately.
  private mutating func number(
    expecting expectation: String
  ) throws(ThresholdError) -> (value: Double, unit: String, start: Int) {
    skipSpace()
    let start = position
    while position < characters.count, characters[position].isASCII,
      characters[position].isNumber || characters[position] == "."
    {
      position += 1
    }
    guard let value = Double(String(characters[start..<position])), value.isFinite else {
      position = start
      throw error(expectation, from: start)
    }
    let unitStart = position
    if take("/") { position = unitStart + 1 }
    while position < characters.count, characters[position].isLetter || characters[position] == "%" { position += 1 }
    let unit = String(characters[unitStart..<position])
    return (value, unit, start)
  }

  // MARK: Pieces

  private mutating func skipSpace() {
    while position < characters.count, characters[position].isWhitespace { position += 1 }
  }

  private mutating func take(_ character: Character) -> Bool {
    let start = position
    skipSpace()
    guard position < characters.count, characters[position] == character else {
      position = start
      return false
    }
    position += 1
    return true
  }

  private mutating func takeWord(_ word: String) -> Bool {
    skipSpace()
    let rest = characters[position...]
    guard rest.starts(with: word), rest.dropFirst(word.count).first?.isLetter != true else { return false }
    position += word.count
    return true
  }

  /// An error about the word at a position, or about the characters up to an end.
  private func error(_ expectation: String, from start: Int, to end: Int? = nil) -> ThresholdError {
    let start = min(start, characters.count)
    let word = characters[start...].prefix { !$0.isWhitespace && $0 != ")" }.count
    return ThresholdError(
      text: text, expectation: expectation, position: start, length: max(1, end.map { $0 - start } ?? word))
  }

  private static func dimension(_ kind: Threshold.Kind) -> Threshold.Dimension {
    switch kind {
    case .percentile, .minimum, .mean, .maximum, .outage, .gap: .time
    case .failed, .retried, .upstreamRetried, .unsent, .requests, .stale, .status: .count
    case .rate, .capacity: .rate
    case .bytesSent, .bytesReceived: .bytes
    case .share, .rotationScore, .maxDeviation, .kept: .share
    }
  }

  private static func example(_ dimension: Threshold.Dimension) -> String {
    switch dimension {
    case .time: "a time such as 200ms, or 1.2 * baseline"
    case .count: "a number such as 0, a share of the requests such as 0.1%, or 1.2 * baseline"
    case .share: "a share such as 33% or 0.33, or 1.2 * baseline"
    case .rate: "requests a second such as 500, or 0.9 * baseline"
    case .bytes: "bytes such as 800, 500kB or 20MB, or 1.2 * baseline"
    }
  }

  /// `99`, `99.9`; `999` stands for 99.9.
  private static func percentile(_ digits: Substring) -> Double? {
    guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }), var value = Double(digits),
      value.isFinite
    else { return nil }
    if !digits.contains("."), digits.count > 2, digits.hasPrefix("99") {
      while value >= 100 { value /= 10 }
    }
    return value > 0 && value <= 100 ? value : nil
  }

  private static func isStatus(_ text: String) -> Bool {
    let characters = Array(text)
    // RFC 9110 15: others are none, and a threshold for one would hold for ever.
    guard characters.count == 3, "12345".contains(characters[0]) else { return false }
    return text.hasSuffix("xx") || characters.allSatisfy { $0.isASCII && $0.isNumber }
  }
}

extension String {
  fileprivate var trimmed: String {
    var rest = self[...]
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }
}
