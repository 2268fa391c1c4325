internal import Glibc
internal import Report
internal import Statistics

/// What visitors met who came to another of the target's addresses: values in, an assertion out.
///
/// Clients of a name with several addresses change between them. Visitors may stay at each, and be new ones at the next.
struct OtherAddresses {
  let assertion: Assertion

  /// - Returns: `nil` where nobody came to another one.
  init?(_ seen: SessionsFindings, _ staying: Staying) {
    guard let round = seen.controls.first(where: { $0.control == .otherAddress }) else { return nil }
    let present = Set(round.answers.compactMap(\.backend))
    var (kept, moved) = (0, 0)
    for (visitor, answer) in zip(round.visitors, round.answers) {
      switch Return(answer.backend, home: staying.homes[visitor], isPresent: present.contains) {
      case .kept: kept += 1
      case .moved: moved += 1
      case .unclear: break
      }
    }
    let isTooFew = kept + moved == 0 || pow(staying.chanceOfTwo, Double(kept + moved)) >= Draws.risk
    let open =
      !staying.stays
      ? "Visitors did not stay at the address that they came to first."
      : isTooFew ? "Too few who came to another address met a backend that tells whether they stay." : nil
    assertion = Assertion(
      .visitors(.staysAtEveryAddress), verdict: open != nil ? .inconclusive : moved > 0 ? .fail : .pass,
      expected: "whoever comes to another of \(seen.targets.count) addresses meets the same backend",
      actual: "\(Formatting.count(kept)) of \(Formatting.count(kept + moved))",
      detail: open
        ?? (moved > 0
          ? "The addresses do not share what visitors stay by: a client that changes to another one is a new visitor there."
          : nil),
      reason: open)
  }
}
