package import Platform
package import Report
internal import Statistics

/// An assertion that a check will make, and what of it shows while traffic goes on.
///
/// Only what nothing later can mend is called failed; nothing is called held before the end, since the next request may be the
/// one that breaks it. A pause of the generator itself may still leave a failure open.
package struct EarlyAssertion: Sendable, Equatable {
  /// What decides it before the end.
  package enum Rule: Sendable, Equatable {
    /// It fails with the first request that fails.
    case noFailure
    /// It fails with the first request that fails and was due in this phase.
    case noFailureInPhase(String)
    /// It needs an answer of each of these backends at some time.
    case everyBackend([String])
    /// It fails with the first answer of another backend than these.
    case noBackendBut([String])
    /// It fails with the first answer of one of these backends.
    case silent([String])
    /// Nothing before the end shows it.
    case atTheEnd
  }

  /// What is known while traffic goes on.
  package struct Evidence: Sendable {
    /// Requests with an outcome, and those of them that failed.
    package var completed = 0
    package var failed = 0
    /// The backends with a successful answer.
    package var backends: [String] = []
    /// The phase that goes on, with when it began; `nil` outside of phases, and while the next one's action begins.
    package var phase: (name: String, start: Nanoseconds)?
    /// When the last of the failed requests was due, on the phase's clock; `nil` where none failed.
    package var lastFailureDue: Nanoseconds?

    package init() {}
  }

  package enum State: String, Sendable, Equatable {
    case failed = "already failed"
    case holds = "holds so far"
    case open = "decided at the end"
  }

  package let kind: AssertionKind
  package let subject: String?
  package let rule: Rule

  package init(_ kind: AssertionKind, of subject: String? = nil, _ rule: Rule) {
    (self.kind, self.subject, self.rule) = (kind, subject, rule)
  }

  /// Its state, and why in a clause.
  package func soFar(_ evidence: Evidence) -> (state: State, why: String?) {
    switch rule {
    case .noFailure:
      let requests = Formatting.count(evidence.completed, "request")
      return evidence.failed > 0
        ? (.failed, "\(Formatting.count(evidence.failed)) of \(requests) failed")
        : (.holds, "none of \(requests) failed")
    case .noFailureInPhase(let name):
      guard let phase = evidence.phase, phase.name == name else { return (.open, "its phase does not go on") }
      return evidence.lastFailureDue.map { $0 >= phase.start } == true
        ? (.failed, "a request that was due in it failed") : (.holds, "none that was due in it failed yet")
    case .everyBackend(let names):
      let seen = names.count(where: evidence.backends.contains)
      return (seen == names.count ? .holds : .open, "\(seen) of \(names.count) answered")
    case .noBackendBut(let names):
      let others = evidence.backends.filter { !names.contains($0) }
      return others.isEmpty ? (.holds, nil) : (.failed, "answered: \(Self.list(others))")
    case .silent(let names):
      let heard = names.filter(evidence.backends.contains)
      return heard.isEmpty ? (.holds, nil) : (.failed, "answered: \(Self.list(heard))")
    case .atTheEnd: return (.open, nil)
    }
  }

  private static func list(_ names: [String]) -> String {
    names.sorted().prefix(8).joined(separator: ", ") + (names.count > 8 ? " and \(names.count - 8) more" : "")
  }
}
