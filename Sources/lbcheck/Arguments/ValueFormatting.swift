internal import Checks
internal import HTTP
internal import Load
internal import Report
internal import Statistics

/// An option's value as a profile says it.
package enum ShownValue: Sendable, Equatable {
  /// Not set.
  case null
  case truth(Bool)
  /// A number in digits.
  case number(String)
  case text(String)
  indirect case list([ShownValue])
}

/// Writes the values of options so that ``ValueParsing`` reads the same values again.
enum ValueFormatting {
  /// A value in the first form that its reader takes for the same value.
  static func show<Value: Equatable>(
    _ value: Value, as read: (String) throws(ValueError) -> Value
  ) -> ShownValue {
    if let words = value as? [String] { return .list(words.map(ShownValue.text)) }
    let forms = forms(of: value)
    for form in forms where (try? read(text(form))) == value { return form }
    return forms.first ?? .null
  }

  /// A value that may be missing: then what the help calls its standard, if that is a value and not a description.
  static func show<Value: Equatable>(
    _ value: Value?, standard: String?, as read: (String) throws(ValueError) -> Value
  ) -> ShownValue {
    if let value { return show(value, as: read) }
    // Any text would do for a text.
    guard Value.self != String.self, let standard, let value = try? read(standard) else { return .null }
    return show(value, as: read)
  }

  /// A program with its arguments in one line, quoted so that ``ValueParsing/command(_:)`` gives the same words.
  static func command(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

  private static func quoted(_ word: String) -> String {
    if !CommandWords.needsQuotes(word) { return word }
    guard word.contains("'") else { return "'\(word)'" }
    // Quotes of one kind go within those of the other; adjoining parts are one word.
    return word.split(separator: "'", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "'\($0)'" }
      .joined(separator: "\"'\"")
  }

  private static func text(_ form: ShownValue) -> String {
    switch form {
    case .number(let text), .text(let text): text
    default: ""
    }
  }

  private static func forms(of value: Any) -> [ShownValue] {
    switch value {
    case let text as String: [.text(text)]
    // A time, or a plain number such as the seed.
    case let number as UInt64:
      durations(number).map(ShownValue.text)
        + [Int64(number.magnitude >> 53) == 0 ? .number("\(number)") : .text("\(number)")]
    case let number as UInt16: [.number("\(number)")]
    case let number as Int: [.number("\(number)")]
    case let number as Double: [.number(decimal(number))]
    case let header as HeaderField: [.text("\(header.name): \(header.value)")]
    case let backend as ExpectedBackend:
      [.text("\(backend.name)=" + (backend.weight.map(String.init) ?? "backup")), .text(backend.name)]
    case let choice as RequestChoice: requests(choice).map(ShownValue.text)
    case let check as CheckKind: [.text(check.rawValue)]
    case let formats as [ReportFormat]: [.text(formats.map(\.rawValue).joined(separator: ","))]
    case let list as BackendList: [.text(list.rawValue)]
    case let body as BodyExpectation: [.text(body.text)]
    case let policy as BalancingPolicy: [.text(policy.rawValue)]
    case let shard as Shard: [.text("\(shard.index + 1)/\(shard.count)")]
    case let time as Int64: [.text(moment(time))]
    case let ramp as RateRamp: [.text("\(decimal(ramp.from))..\(decimal(ramp.to))")]
    case let objective as LatencyObjective:
      durations(objective.limit).map { .text("\(decimal(objective.percentile))=\($0)") }
    case let threshold as Threshold: [.text(threshold.text)]
    case let numbers as [Int]: [.text(numbers.map(String.init).joined(separator: ","))]
    case let steps as [Pacer.Step]:
      [.text(steps.map { "\(decimal($0.rate)):\(decimal($0.seconds))s" }.joined(separator: ","))]
    case let ranges as [ClosedRange<Int>]:
      [.text(ranges.map { "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ","))]
    default: []
    }
  }

  /// A time with all of its nine digits, which a number of seconds would not keep.
  private static func moment(_ nanoseconds: Int64) -> String {
    let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    let digits = String(rest)
    let fraction = rest == 0 ? "" : "." + String(repeating: "0", count: 9 - digits.count) + digits
    return UTCTime.rfc3339(secondsSince1970: Double(seconds)).dropLast() + fraction + "Z"
  }

  private static func requests(_ choice: RequestChoice) -> [String] {
    let request = (choice.method.map { $0 + " " } ?? "") + choice.path
    return choice.weight == 1 ? [request, request + "=1"] : [request + "=\(choice.weight)"]
  }

  /// From the largest unit that leaves no fraction to the smallest.
  private static func durations(_ nanoseconds: UInt64) -> [String] {
    let units: [(String, UInt64)] = [("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1000)]
    let whole = units.filter { nanoseconds % $0.1 == 0 && nanoseconds > 0 }.map { "\(nanoseconds / $0.1)\($0.0)" }
    return whole + units.reversed().map { decimal(Double(nanoseconds) / Double($0.1)) + $0.0 }
  }

  /// A number in digits, without the exponent that no option takes.
  private static func decimal(_ number: Double) -> String {
    if let whole = Int64(exactly: number) { return "\(whole)" }
    let text = "\(number)"
    guard let mark = text.firstIndex(of: "e"), let exponent = Int(text[text.index(after: mark)...]), exponent < 0 else {
      return text
    }
    let digits = text[..<mark].filter { $0 != "." && $0 != "-" }
    let trimmed = text[..<mark].hasSuffix(".0") ? digits.dropLast() : digits[...]
    return (number < 0 ? "-" : "") + "0." + String(repeating: "0", count: -exponent - 1) + trimmed
  }
}
