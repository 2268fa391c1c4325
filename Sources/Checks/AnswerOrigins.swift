internal import HTTP
internal import Load
internal import Report

/// What answers tell of who gave them: counts in, assertions out.
///
/// Redirects and caches answer for the site, and quickly: what is measured of them says nothing of the backends.
struct AnswerOrigins {
  /// The part of the answers beyond which what others than backends gave leaves a verdict open.
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

  /// Whether more answers than a verdict can pass over came from a cache or were redirects, asked for or not: what is absent
  /// among the others says nothing.
  var hideBackends: Bool {
    isBeyondLimit(cached) || isBeyondLimit(statuses.reduce(0) { $0 + (isRedirect($1.key) ? $1.value : 0) })
  }

  /// Whether a backend has to be named by some of the answers: not where most are a cache's, nor where they are redirects, which
  /// lines of their own tell of, unless a header was given for just those.
  func shouldNameBackends(_ settings: CheckSettings) -> Bool {
    let areRedirectsAsked = settings.backendHeader != nil && redirects(settings).isEmpty
    return !isBeyondLimit(cached) && (areRedirectsAsked || !hideBackends)
  }

  /// That the site is down, where all answers are server errors (RFC 9110 15.6) that nobody expects; `nil` else.
  func down(_ settings: CheckSettings) -> String? {
    guard answers > 0, statuses.allSatisfy({ $0.key >= 500 && !settings.expectedStatuses.contains($0.key) }) else {
      return nil
    }
    let shown = statuses.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(3).map { "\($0.key)" }
    return "the site is down: " + shown.joined(separator: ", ")
  }

  /// Lines on redirects and on caches; none where there are neither, or where they were asked for.
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
          actual: "\(count) of \(answers): \(Self.list(redirects.keys))\(lead)",
          detail: isOpen ? redirectAdvice(settings) : nil))
    }
    if cached > 0, !settings.allowsCache {
      let isOpen = isBeyondLimit(cached)
      assertions.append(
        Assertion(
          .evidence(.noCacheAnswers), verdict: isOpen ? .inconclusive : .pass, expected: "at most 5% out of a cache",
          actual: "\(cached) of \(answers)", detail: isOpen ? Self.cacheAdvice : nil))
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
        "\(settings.target.url) redirects\(lead): \(Self.list(redirects.keys)) on \(count) of \(answers) answers",
        [redirectAdvice(settings)]
      )
    }
    if isBeyondLimit(cached), !settings.allowsCache {
      return ("a cache answers for \(settings.target.url) on \(cached) of \(answers) answers", [Self.cacheAdvice])
    }
    return nil
  }

  /// That answers in order come from backends, where some are named and others are not: the balancer itself, or a server that
  /// it does not name, gave those, and no figure tells them from the rest. Empty where all are named.
  static func servedByBackends(nameless: Int, of answers: Int) -> [Assertion] {
    guard nameless > 0 else { return [] }
    let isOpen = Double(nameless) > limit * Double(answers)
    return [
      Assertion(
        .standing(.servedByBackends), verdict: isOpen ? .inconclusive : .pass,
        expected: "a backend's name on 95% of the answers", actual: "\(nameless) of \(answers) answers named none",
        detail: isOpen ? "The balancer itself, or a server that it does not name, may have answered." : nil)
    ]
  }

  static let cacheAdvice =
    "A cache answers, not a backend: ask a URL that it does not keep (a new query each time misses), let lbcheck past it "
    + "(nginx: proxy_cache_bypass $http_x_lbcheck; and -H 'X-Lbcheck: 1'), or take it as it is with --allow-cache."

  /// Where most redirects lead, as a whole URL where that can be determined.
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
      // See Other names a page about what was done (RFC 9110 15.4.4), to be asked with GET.
      return "303 answers that the request was taken: " + expect + "."
    }
    guard let location = mostFrequentLocation(settings), let leading = try? Target(location) else {
      return "Ask where they lead, or \(expect)."
    }
    if leading == settings.target {
      return
        "They lead back to the URL that was asked. Behind a balancer that ends TLS the application may need this: "
        + "-H 'X-Forwarded-Proto: https'."
    }
    return "Ask \(Escaping.shell(leading.url)) in its place, or \(expect)."
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
