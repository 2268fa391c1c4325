/// One request as a row of `requests.csv`; times are nanoseconds from the run's start.
public struct RequestRow: Sendable, Equatable {
  public var due: UInt64
  public var sent: UInt64
  public var done: UInt64
  public var connection: UInt32
  /// Index into the names that the writer is given; `nil` if the response named none.
  public var backend: Int?
  /// Likewise.
  public var generation: Int?
  /// The status of a complete response.
  public var status: Int?
  /// How it failed; `nil` for success.
  public var failure: String?
  public var isRetry: Bool
  public var isUpstreamRetried: Bool

  public init(
    due: UInt64, sent: UInt64, done: UInt64, connection: UInt32, backend: Int? = nil, generation: Int? = nil,
    status: Int? = nil, failure: String? = nil, isRetry: Bool = false, isUpstreamRetried: Bool = false
  ) {
    self.due = due
    self.sent = sent
    self.done = done
    self.connection = connection
    self.backend = backend
    self.generation = generation
    self.status = status
    self.failure = failure
    self.isRetry = isRetry
    self.isUpstreamRetried = isUpstreamRetried
  }
}

/// Writes requests as comma-separated values after RFC 4180, with its CRLF line ends.
///
/// Times keep their nanoseconds: seconds have nine decimals, milliseconds six. Latency and service time of a failed request end
/// with its failure. What is not known is empty.
public struct CSVWriter: Sendable {
  public static let header =
    "due_seconds,sent_seconds,done_seconds,latency_ms,service_ms,connection,backend,generation,status,failure,retried,"
    + "upstream_retried\r\n"

  public init() {}

  /// The rows as text in UTF-8, without the header.
  ///
  /// - Parameters:
  ///   - backends: the names that the rows' backends are indices into, as they came over the network.
  ///   - generations: likewise.
  public func write(_ rows: some Sequence<RequestRow>, backends: [String], generations: [String]) -> [UInt8] {
    let backends = backends.map { Array(Self.field($0).utf8) }
    let generations = generations.map { Array(Self.field($0).utf8) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(rows.underestimatedCount * 128)
    for row in rows {
      bytes.append(row.due, decimals: 9)
      bytes.append(row.sent, decimals: 9)
      bytes.append(row.done, decimals: 9)
      bytes.append(row.done - min(row.due, row.done), decimals: 6)
      bytes.append(row.done - min(row.sent, row.done), decimals: 6)
      bytes.append(UInt64(row.connection), decimals: 0)
      if let backend = row.backend { bytes += backends[backend] }
      bytes.append(UInt8(ascii: ","))
      if let generation = row.generation { bytes += generations[generation] }
      bytes.append(UInt8(ascii: ","))
      if let status = row.status { bytes.append(UInt64(status), decimals: 0) } else { bytes.append(UInt8(ascii: ",")) }
      if let failure = row.failure { bytes += Self.field(failure).utf8 }
      bytes += row.isRetry ? ",true" : ",false"
      bytes += row.isUpstreamRetried ? ",true\r\n" : ",false\r\n"
    }
    return bytes
  }

  /// A text as one field: visible, not a spreadsheet formula, quoted where needed.
  static func field(_ text: String) -> String {
    var field = Escaping.visible(text)
    // A spreadsheet takes these for the beginning of a formula even within quotes. Blanks before one change nothing for it.
    let formula: Set<Unicode.Scalar> = ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"]
    if let first = text.unicodeScalars.first(where: { $0 != " " }), formula.contains(first) { field = "'" + field }
    let quotes = field.unicodeScalars.contains { $0 == "," || $0 == "\"" }
    let isPadded = field.utf8.first == UInt8(ascii: " ") || field.utf8.last == UInt8(ascii: " ")
    guard quotes || isPadded else { return field }
    var quoted = String.UnicodeScalarView("\"".unicodeScalars)
    for scalar in field.unicodeScalars {
      if scalar == "\"" { quoted.append(scalar) }
      quoted.append(scalar)
    }
    quoted.append("\"")
    return String(quoted)
  }
}

extension [UInt8] {
  /// A whole number of the unit's `decimals`-th decimals as a decimal number, and a comma.
  fileprivate mutating func append(_ value: UInt64, decimals: Int) {
    let start = count
    var rest = value
    var digits = 0
    repeat {
      if digits == decimals, decimals > 0 { append(UInt8(ascii: ".")) }
      append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
      digits += 1
    } while rest > 0 || digits <= decimals
    self[start...].reverse()
    append(UInt8(ascii: ","))
  }

  fileprivate static func += (bytes: inout [UInt8], text: StaticString) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }
}
