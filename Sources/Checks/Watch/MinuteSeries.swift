internal import HTTP
internal import Load
internal import Platform
internal import Statistics

/// Counts requests by the minute in which they were due, and gives each minute once it is over.
struct MinuteSeries {
  /// One minute of traffic.
  struct Minute: Equatable {
    /// Counted from the watch's start, from 0.
    let number: Int
    var requests = 0
    var failed = 0
    var latency = Histogram()
    /// Answers by backend.
    var answers: [String: Int] = [:]
  }

  static let length: Nanoseconds = 60_000_000_000

  private var current: Minute?
  /// The answers of all minutes by name: a name may stand for no backend.
  private var named: [String: (badGateways: Int, others: Int)] = [:]

  /// Takes a request, in the order in which they were due.
  ///
  /// - Returns: the minutes that are over by now, those without a request among them.
  mutating func take(_ request: WatchedRequest) -> [Minute] {
    let number = Int(request.due / Self.length)
    var over: [Minute] = []
    var minute = current ?? Minute(number: number)
    while minute.number < number {
      over.append(withoutNobodies(minute))
      minute = Minute(number: minute.number + 1)
    }
    minute.requests += 1
    if request.hasFailed {
      minute.failed += 1
    } else {
      minute.latency.record(request.record.done - min(request.due, request.record.done))
    }
    if let backend = request.backend {
      minute.answers[backend, default: 0] += 1
      if request.record.status == 502 {
        named[backend, default: (0, 0)].badGateways += 1
      } else {
        named[backend, default: (0, 0)].others += 1
      }
    }
    current = minute
    return over
  }

  /// The minute that is not over; `nil` if there is none.
  mutating func finish() -> Minute? {
    defer { current = nil }
    return current.map(withoutNobodies)
  }

  /// See ``Measurements/setNobodiesApart()``; what is known by the end of a minute decides.
  private func withoutNobodies(_ minute: Minute) -> Minute {
    let all = named.map { NamedAnswers(name: $0.key, badGateways: $0.value.badGateways, others: $0.value.others) }
    var minute = minute
    for index in NamedAnswers.nobodies(among: all) { minute.answers[all[index].name] = nil }
    return minute
  }
}

extension MinuteSeries.Minute {
  /// The first line of a file of minutes.
  static let head = "minute,requests,failed,p50_ms,p99_ms,max_ms,answers\n"

  /// Its line in that file; answers by backend are `name=count`, separated by spaces.
  var line: String {
    func milliseconds(_ value: UInt64?) -> String {
      value.map { Formatting.plain(Double($0) / 1e6, decimals: 3) } ?? ""
    }
    let backends = answers.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    let fields = [
      "\(number)", "\(requests)", "\(failed)", milliseconds(latency.value(atPercentile: 50)),
      milliseconds(latency.value(atPercentile: 99)), milliseconds(latency.max),
    ]
    return fields.joined(separator: ",") + ",\(Self.quoted(backends))\n"
  }

  /// A field of CSV (RFC 4180, section 2).
  private static func quoted(_ text: String) -> String {
    let isPlain = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "," && $0 != "\"" }
    return isPlain ? text : "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}
