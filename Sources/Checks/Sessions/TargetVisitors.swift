internal import Glibc
internal import Report
internal import Statistics

/// What visitors met at one address of the target, or at its only one: values in, assertions out.
struct TargetVisitors {
  /// The address; `nil` where there is one.
  let name: String?
  let staying: Staying
  let affinity: Affinity
  let spread: NewVisitors
  /// Whether each visitor met one backend each time.
  let stays: Assertion

  /// How many visitors tell what they met.
  private let visitors: Int

  /// - Parameter lasted: how long the whole check took, in seconds.
  init(
    _ seen: SessionsFindings, named name: String?, expecting backends: [ExpectedBackend], tolerance: Double,
    lasted: Double
  ) {
    self.name = name
    visitors = seen.visitors
    let staying = Staying(seen)
    let affinity = Affinity(seen, staying)
    (self.staying, self.affinity) = (staying, affinity)
    let firsts = Self.firstAnswers(seen, staying, affinity)
    let met = Set(staying.backends).union(firsts.keys).sorted().map { seen.backends[$0] }
    spread = NewVisitors(
      Dictionary(uniqueKeysWithValues: firsts.map { (seen.backends[$0.key], $0.value) }), met: met, expected: backends,
      KeyShareLimit(tolerance: tolerance, isHashed: affinity.isHashed), at: name)
    stays = StayingVerdict(seen: seen, staying: staying, affinity: affinity, lasted: lasted).assertion(at: name)
  }

  /// Whom new visitors met first: the visitors, and those who came once for that.
  ///
  /// Where their address decides, several from one address are one visitor.
  private static func firstAnswers(
    _ seen: SessionsFindings, _ staying: Staying, _ affinity: Affinity
  ) -> [Int: Int] {
    guard affinity.isHashed, seen.addresses < seen.visitors else {
      return seen.draws.reduce(staying.first) { $0.merging($1, uniquingKeysWith: +) }
    }
    let own = (0..<seen.addresses).compactMap { visitor in
      seen.baseline.first.flatMap { seen.answers(in: $0, to: visitor).first?.backend }
    }
    return Dictionary(own.map { ($0, 1) }, uniquingKeysWith: +)
  }

  /// As a row of the report.
  var row: SessionsRow? {
    name.map { name in
      SessionsRow(
        address: name, visitors: visitors, kept: staying.kept, by: affinity.name,
        verdict: Verdict.worst(of: [stays.verdict, spread.assertion.verdict]))
    }
  }
}

/// Whether each visitor met one backend each time, and for how long that was seen to hold.
private struct StayingVerdict {
  let seen: SessionsFindings
  let staying: Staying
  let affinity: Affinity
  let lasted: Double

  static let twoNeeded = "2 backends are needed to see whether visitors stay with one."

  func assertion(at target: String?) -> Assertion {
    let moved = staying.rests.first { $0.moved > 0 }
    let hasMoved = staying.moved > 0 || moved != nil
    let open = hasMoved ? nil : reasonToLeaveOpen
    let rested = hasMoved ? nil : staying.longestRest.map { " for rests up to \(RestedVisitors.inWords($0))" }
    let kept =
      "\(Formatting.count(staying.kept)) of \(Formatting.count(staying.followed)), by \(affinity.name)\(rested ?? "")"
    return Assertion(
      .visitors(.everyVisitorStays), of: target, verdict: hasMoved ? .fail : open != nil ? .inconclusive : .pass,
      expected: "each of \(Formatting.count(seen.visitors)) visitors meets one backend",
      actual: staying.backends.count < 2
        ? "\(staying.backends.isEmpty ? "no" : "one") backend answered"
        : staying.moved == 0 ? moved.map { "\(kept); \($0.moves)" } ?? kept : kept,
      detail: staying.moved > 0 ? whyMoved : moved.map(whenMoved) ?? open ?? whatWouldShow,
      finding: staying.kept == 0 ? .nothing : nil,
      reason: open == nil ? nil : staying.backends.count < 2 ? Self.twoNeeded : open)
  }

  private var reasonToLeaveOpen: String? {
    if staying.backends.count < 2 {
      return Self.twoNeeded
        + (seen.addresses == 1 && seen.visitors > 1
          ? " All visitors came from one address, by which a balancer may choose: --source-addresses names more." : "")
    }
    if staying.movedFromSilent > 0 {
      return "Visitors moved from backends that answered nobody any more; whether those went is not known."
    }
    if staying.followed < seen.visitors {
      return "Too few answers to \(Formatting.count(seen.visitors - staying.followed, "visitor")) named a backend."
    }
    if staying.chanceOfAll >= Draws.risk {
      return "So few visitors may meet the same backend each time by chance: --visitors and --visits make more."
    }
    if let rest = staying.rests.last, pow(staying.chanceOfTwo, Double(rest.clear)) >= Draws.risk {
      return
        "Of those who rested \(RestedVisitors.inWords(rest.seconds)) too few met a backend that tells whether they stay: --visitors makes more."
    }
    guard let name = affinity.cookie, let seconds = seen.cookies.first(where: { $0.name == name })?.seconds,
      Double(seconds) < lasted
    else { return nil }
    return
      "Clients keep the cookie \(name) for \(Formatting.count(Int(clamping: seconds))) s, less than the \(Formatting.seconds(lasted, decimals: 0)) that this check took: who rests longer is a new visitor."
  }

  private var whyMoved: String {
    let refused = seen.cookies.filter { $0.refused > 0 }.map(\.name)
    return "\(Formatting.count(staying.moved, "visitor")) met another backend though theirs went on answering."
      + (refused.isEmpty
        ? "" : " The site sets cookies that clients do not keep: \(refused.joined(separator: ", ")).")
      + seen.cookies.filter { $0.refused == 0 }.compactMap(whyNotSent).map { " " + $0 }.joined()
  }

  /// Why visitors come without a cookie that they were given; `nil` where nothing shows that they do.
  private func whyNotSent(_ cookie: SessionsFindings.SetCookie) -> String? {
    if let seconds = cookie.seconds, Double(seconds) < lasted {
      return "Clients keep the cookie \(cookie.name) for \(Formatting.count(Int(clamping: max(seconds, 0)))) s."
    }
    return cookie.path == "/" ? nil : "Clients send the cookie \(cookie.name) only below \(cookie.path)."
  }

  private func whenMoved(_ rest: RestedVisitors) -> String {
    let held = staying.rests.last { $0.seconds < rest.seconds && $0.clear > 0 }
    return "Of visitors who rested, \(rest.moves)"
      + (held.map { "; after \(RestedVisitors.inWords($0.seconds)) all \(Formatting.count($0.clear)) met their own." }
        ?? ".")
  }

  private var whatWouldShow: String { StayingEvidence.power(staying.repetitions) }
}

extension Affinity {
  /// Whether a hash of something deals out new visitors.
  var isHashed: Bool {
    switch self {
    case .address, .cookieOrAddress, .request: true
    case .cookie, .cookieAndAddress, .connection, .nothing, .unknown: false
    }
  }
}
