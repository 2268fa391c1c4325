internal import HTTP
internal import Load
internal import Platform

/// What all visitors were answered so far.
struct VisitLog: Sendable {
  private var tally: ProbeTally
  private(set) var cookies: [SessionsFindings.SetCookie] = []
  /// The first answer of each backend.
  private(set) var heads: [Int: ResponseHead] = [:]
  /// Takes every request, for the report's table of them; `nil` for none.
  private let sink: (any RecordSink)?
  private var records: [RequestRecord] = []
  /// The clock's reading from which times are counted.
  let begun = MonotonicClock.now()

  /// How many cookies are distinguished.
  static let mostCookies = 8

  init(_ settings: CheckSettings) {
    tally = ProbeTally(settings.fingerprint, templates: settings.templates.count)
    sink = settings.recordSink
    sink?.begin()
  }

  /// Whether nothing stands against more requests, such as that this machine has no more ports.
  var mayGoOn: Bool { tally.error == nil }

  /// The names of the backends by their numbers.
  var backends: [String] { tally.backends }

  /// - Parameter visit: a number for the connection, if it is a new one.
  mutating func note(
    _ response: ProbedResponse, failure: FailureKind?, to template: Int, sent count: Int, in visit: Int
  ) -> SessionsFindings.Answer {
    let number = tally.add(response, failure: failure, to: template, sent: count)
    let took = response.serviceTime.addingReportingOverflow(response.connectTime ?? 0).partialValue
    record(
      visit, took, service: response.serviceTime, backend: number, status: response.head.status, failure: failure,
      isRetry: count > 1)
    if let number, heads[number] == nil { heads[number] = response.head }
    return SessionsFindings.Answer(
      failure != nil ? .failed : number != nil ? .backend : .nobody, Int16(number ?? -1),
      onSameConnection: response.wasReused)
  }

  /// - Parameter began: the clock's reading when it was begun.
  mutating func note(
    _ error: ProbeError, to template: Int, sent count: Int, in visit: Int, began: Nanoseconds
  ) -> SessionsFindings.Answer {
    tally.add(error, to: template, sent: count)
    let took = MonotonicClock.now() - began
    if !error.isGeneratorLimit { record(visit, took, service: took, failure: error.kind, isRetry: count > 1) }
    return SessionsFindings.Answer(error.isGeneratorLimit ? .notAsked : .failed)
  }

  /// Notes that an answer set a cookie.
  ///
  /// - Parameter kept: what a client keeps of it, if anything.
  mutating func note(_ field: String, _ kept: Cookie?, from target: Target, at now: Int64) {
    let name = kept?.name ?? String(field.prefix { $0 != "=" && $0 != ";" })
    var index = cookies.firstIndex { $0.name == name }
    if index == nil, cookies.count < Self.mostCookies {
      cookies.append(SessionsFindings.SetCookie(name: name))
      index = cookies.count - 1
    }
    guard let index else { return }
    cookies[index].answers += 1
    if let kept {
      cookies[index].seconds = kept.expiry.map { $0 - now }
      cookies[index].path = kept.path
    } else if Cookie(field, from: target, at: now) == nil {
      cookies[index].refused += 1
    }
  }

  /// All requests so far as the traffic of a run.
  mutating func measured() -> Measurements {
    handOn()
    return tally.measured(since: begun, in: MonotonicClock.now() - begun)
  }

  private mutating func record(
    _ visit: Int, _ took: Nanoseconds, service: Nanoseconds, backend: Int? = nil, status: Int? = nil,
    failure: FailureKind?, isRetry: Bool
  ) {
    guard sink != nil else { return }
    let done = MonotonicClock.now() - begun
    records.append(
      RequestRecord(
        due: done - min(took, done), sent: done - min(service, done), done: done,
        connection: UInt32(truncatingIfNeeded: visit), backend: backend, status: status, failure: failure,
        isRetry: isRetry))
    if records.count >= 2_048 { handOn() }
  }

  private mutating func handOn() {
    guard let sink, !records.isEmpty else { return }
    sink.take(RecordChunk(records: records, backends: backends, generations: []))
    records = []
  }
}
