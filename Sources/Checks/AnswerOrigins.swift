internal import HTTP
internal import Load
internal import Report
internal import Statistics

/// Whether answers came from backends or from redirects and caches: counts in, assertions out.
///
/// Redirects and caches answer quickly, and their figures say nothing about the backends.
struct AnswerOrigins {
  /// The share of answers from other sources than backends above which a verdict is left open.
  static let limit = 0.05

  /// Complete answers by status.
  private var statuses: [Int: Int] = [:]
  private var cached = 0
  private var locations: [String: Int] = [:]

  init(_ measured: Measurements) {
    statuses = measured.statuses
    cached = measured.nobody[.cache] ?? 0
    locations = measured.locations
  }

  init(_ heads: [ResponseHead]) {
    for head in heads {
      statuses[head.status, default: 0] += 1
      if CacheEvidence.field(in: head) != nil { cached += 1 }
      if isRedirect(head.status), let location = head.value(of: "location") { locations[location, default: 0] += 1 }
    }
  }

  private var answers: Int { statuses.values.reduce(0, +) }

  private func redirects(_ settings: CheckSettings) -> [Int: Int] {
    statuses.filter { isRedirect($0.key) && settings.askedStatuses?.contains($0.key) != true }
  }

  private func isBeyondLimit(_ count: Int) -> Bool { Double(count) > Self.limit * Double(answers) }

  /// Whether more than ``limit`` of the answers came from a cache or were redirects, expected or not: then a backend that is
  /// missing among the rest proves nothing.
  var hideBackends: Bool {
    isBeyondLimit(cached) || isBeyondLimit(statuses.reduce(0) { $0 + (isRedirect($1.key) ? $1.value : 0) })
  }

  /// Whether some answers have to name a backend: not where too many come from a cache or are redirects, which have assertions
  /// of their own, unless a header was given for just those.
  func shouldNameBackends(_ settings: CheckSettings) -> Bool {
    let areRedirectsAsked = settings.backendHeader != nil && redirects(settings).isEmpty
    return !isBeyondLimit(cached) && (areRedirectsAsked || !hideBackends)
  }

  /// Says that the site is down, where all answers are unexpected server errors (RFC 9110 15.6); `nil` otherwise.
  func down(_ settings: CheckSettings) -> String? {
    guard answers > 0, statuses.allSatisfy({ $0.key >= 500 && !settings.expectedStatuses.contains($0.key) }) else {
      return nil
    }
    let shown = statuses.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(3).map { "\($0.key)" }
    return "the site is down: " + shown.joined(separator: ", ")
  }

  /// Assertions about redirects and caches; none where there are neither, or where they are expected.
  func assertions(_ settings: CheckSettings) -> [Assertion] {
    var assertions: [Assertion] = []
    let redirects = redirects(settings)
    let count = redirects.values.reduce(0, +)
    if count > 0 {
      let isOpen = isBeyondLimit(count)
      let lead = mostFrequentLocation(settings).map { " to \($0)" } ?? ""
      assertions.append(
        Assertion(
          .evidence(.noRedirects), verdict: isOpen ? .inconclusive : .pass, expected: "at most 5% redirects",
          actual: "\(Formatting.count(count)) of \(Formatting.count(answers)): \(Self.list(redirects.keys))\(lead)",
          detail: isOpen ? redirectAdvice(settings) : nil))
    }
    if cached > 0, !settings.allowsCache {
      let isOpen = isBeyondLimit(cached)
      assertions.append(
        Assertion(
          .evidence(.noCacheAnswers), verdict: isOpen ? .inconclusive : .pass, expected: "at most 5% from a cache",
          actual: "\(Formatting.count(cached)) of \(Formatting.count(answers))", detail: isOpen ? Self.cacheAdvice : nil
        ))
    }
    return assertions
  }

  /// Why no header tells backends apart, where redirects or a cache are the reason: a sentence and lines of advice.
  func insteadOfBackends(_ settings: CheckSettings) -> (reason: String, advice: [String])? {
    let redirects = redirects(settings)
    let count = redirects.values.reduce(0, +)
    if isBeyondLimit(count) {
      let lead = mostFrequentLocation(settings).map { " to \($0)" } ?? ""
      return (
        "\(settings.target.url) redirects\(lead): \(Self.list(redirects.keys)) on \(Formatting.count(count)) of \(Formatting.count(answers, "answer"))",
        [redirectAdvice(settings)]
      )
    }
    if isBeyondLimit(cached), !settings.allowsCache {
      return (
        "a cache answers for \(settings.target.url) on \(Formatting.count(cached)) of \(Formatting.count(answers, "answer"))",
        [Self.cacheAdvice]
      )
    }
    return nil
  }

  /// The assertion that successful answers come from backends, where some name one and others do not: those came from the
  /// balancer itself, or from a server that it does not name. Empty where all name one.
  static func servedByBackends(nameless: Int, of answers: Int) -> [Assertion] {
    guard nameless > 0 else { return [] }
    let isOpen = Double(nameless) > limit * Double(answers)
    return [
      Assertion(
        .standing(.servedByBackends), verdict: isOpen ? .inconclusive : .pass,
        expected: "a backend's name on 95% of the answers",
        actual: "\(Formatting.count(nameless)) of \(Formatting.count(answers, "answer")) named none",
        detail: isOpen ? "The balancer itself, or a server that it does not name, may have answered." : nil)
    ]
  }

  static let cacheAdvice =
    "A cache answers, not a backend: request a URL that it does not store (a new query each time misses), let lbcheck bypass it "
    + "(nginx: proxy_cache_bypass $http_x_lbcheck; and -H 'X-Lbcheck: 1'), or accept it with --allow-cache."

  /// Where most redirects lead, as an absolute URL where that can be determined.
  func mostFrequentLocation(_ settings: CheckSettings) -> String? {
    guard let most = locations.max(by: { ($0.value, $1.key) < ($1.value, $0.key) })?.key, !most.isEmpty else {
      return nil
    }
    return settings.target.resolving(most)
  }

  private func redirectAdvice(_ settings: CheckSettings) -> String {
    let expect = "expect them with --expect-status \(Self.list(redirects(settings).keys, separator: ","))"
    let isPost = settings.templates.contains { !$0.isSafe }
    if isPost, redirects(settings).keys.allSatisfy({ $0 == 303 }) {
      // See Other names a page about the result (RFC 9110 15.4.4), to be fetched with GET.
      return "303 means that the request was accepted: " + expect + "."
    }
    guard let location = mostFrequentLocation(settings), let leading = try? Target(location) else {
      return "Request the URL they lead to, or \(expect)."
    }
    if isPost, leading.path != settings.target.path, redirects(settings).keys.allSatisfy({ $0 == 302 || $0 == 303 }) {
      // Most frameworks answer a form so, though 302 leaves the method open (RFC 9110 15.4.3).
      return
        "If \(Escaping.shell(leading.url)) shows the result, the request was accepted: \(expect). If it is a page to log in, "
        + "send credentials with -H or -b."
    }
    if leading == settings.target {
      return
        "They lead back to the requested URL. Behind a balancer that terminates TLS the application may need this: "
        + "-H 'X-Forwarded-Proto: https'."
    }
    return "Request \(Escaping.shell(leading.url)) instead, or \(expect)."
  }

  private static func list(_ statuses: some Sequence<Int>, separator: String = ", ") -> String {
    statuses.sorted().map(String.init).joined(separator: separator)
  }
}

extension Measurements {
  /// The answers that no backend gave, as a report shows them; `nil` if there were none.
  var nobodySection: NobodySection? {
    NobodySection(because: Dictionary(nobody.map { ($0.key.name, $0.value) }, uniquingKeysWith: +))
  }
}
