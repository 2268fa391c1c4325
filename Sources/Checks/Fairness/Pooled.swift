internal import Report

/// Several addresses or kinds of requests whose answers were added up: shards do not judge each by itself.
struct Pooled {
  let addresses: Int
  let kinds: Int

  /// - Parameter kinds: how many kinds of requests there are.
  /// - Returns: `nil` where there is but one of each, or each was judged by itself.
  init?(_ findings: CheckFindings, kinds: Int) {
    guard findings.lanes.isEmpty, findings.addresses.count > 1 || kinds > 1 else { return nil }
    (addresses, self.kinds) = (findings.addresses.count, kinds)
  }

  private var all: String {
    [addresses > 1 ? "\(addresses) addresses" : nil, kinds > 1 ? "\(kinds) kinds of requests" : nil]
      .compactMap(\.self).joined(separator: " and ")
  }

  /// As a clause.
  var notJudged: String { "how each of the \(all) is shared out by itself, since shards add them up" }

  /// An assertion that the sum does not decide, left open.
  ///
  /// Each address and each kind may lead to a balancer of its own. Their sum may be even where none of them is, and the order
  /// of one request after another is that of the first address.
  func withoutWhatTheSumHides(_ assertion: Assertion, areBackendsNamed: Bool) -> Assertion {
    guard case .sharing(let kind)? = assertion.kind, hides(kind, assertion.verdict, areBackendsNamed) else {
      return assertion
    }
    var open = assertion
    open.verdict = .inconclusive
    open.detail =
      "The sum of \(all) does not show how each is shared out: run it for each alone, with one address in --resolve and one "
      + "--request, or without shards."
    return open
  }

  private func hides(_ kind: AssertionKind.Sharing, _ verdict: Verdict, _ areBackendsNamed: Bool) -> Bool {
    switch kind {
    // Who answered anywhere did so.
    case .noOtherBackend, .backupSilent, .oneBackendAnswered: false
    // Who never answered did so nowhere.
    case .everyBackendAnswered: verdict == .pass
    // Each kind of request may have a rotation that the others disturb.
    case .policy, .per, .rotationScore: verdict == .pass || kinds > 1
    // A sum is uneven only if one of them is; but without names, each may have backends of its own.
    case .maxDeviation, .chance, .keyShares, .busyShares: verdict == .pass || !areBackendsNamed
    case .unequalPath, .split, .splitArrived, .noOtherPart: false
    }
  }
}
