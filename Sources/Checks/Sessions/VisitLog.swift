internal import HTTP
internal import Load
internal import Platform

/// What all visitors were answered so far.
struct VisitLog: Sendable {
  private var tally: ProbeTally
  private(set) var cookies: [SessionsFindings.SetCookie] = []
  /// The first answer of each backend.
  private(set) var heads: [Int: ResponseHead] = [:]
  private let header: String?

  /// How many cookies are told apart.
  static let mostCookies = 8

  init(_ settings: CheckSettings) {
    tally = ProbeTally(settings.fingerprint, templates: settings.templates.count)
    header = settings.backendHeader
  }

  /// Whether nothing stands against more requests, such as that this machine has no more ports.
  var mayGoOn: Bool { tally.error == nil }

  /// The names of the backends by their numbers.
  var backends: [String] { tally.backends }

  mutating func note(
    _ response: ProbedResponse, failure: FailureKind?, to template: Int, sent count: Int
  ) -> SessionsFindings.Answer {
    let number = tally.add(response, failure: failure, to: template, sent: count)
    if let number, heads[number] == nil { heads[number] = response.head }
    return SessionsFindings.Answer(
      failure != nil ? .failed : number != nil ? .backend : .nobody, Int16(number ?? -1),
      onSameConnection: response.wasReused)
  }

  mutating func note(_ error: ProbeError, to template: Int, sent count: Int) -> SessionsFindings.Answer {
    tally.add(error, to: template, sent: count)
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

  /// All requests as the traffic of a run.
  func measured(since start: Nanoseconds, until end: Nanoseconds) -> Measurements {
    tally.measured(since: start, in: end - min(start, end))
  }
}
