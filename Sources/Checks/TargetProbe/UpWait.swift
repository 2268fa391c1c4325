internal import HTTP
internal import Load
package import Platform
internal import Report
internal import Statistics
internal import Synchronization

/// Waits before a check until its target answers at all, and keeps what that took for the check's report.
///
/// A gateway's own error (502, 503 or 504) is no answer of the target, unless it is expected.
package final class UpWait: Sendable {
  /// How long at most.
  private let limit: Nanoseconds
  private let made = Mutex<(sent: PreparationSection, note: String)?>(nil)

  private static let pause: Nanoseconds = 200_000_000

  package init(atMost limit: Nanoseconds) { self.limit = limit }

  /// - Throws: ``CheckError/unmeasurable(_:advice:)`` with the last reason once the time is over,
  ///   ``CheckError/interrupted``, or what makes waiting useless.
  package func wait(for settings: CheckSettings, _ watch: CheckWatch) throws(CheckError) {
    watch.report(.stage(CheckStage("waiting for the target", lasts: limit)))
    let ledger = TargetProbeLedger()
    let begun = MonotonicClock.now()
    let end = begun.addingSaturated(limit)
    let probe = TargetProbe(settings: settings, watch: watch, ledger: ledger, end: end)
    while let reason = try probe.missing() {
      if watch.stop.isStopped { throw .interrupted }
      guard MonotonicClock.now() < end else {
        throw .unmeasurable(
          "\(settings.target.url) did not answer within \(Self.words(limit)) (--wait-up): \(reason)", advice: [])
      }
      MonotonicClock.sleep(min(Self.pause, end - min(MonotonicClock.now(), end)))
    }
    let took = Self.words(MonotonicClock.now() - begun)
    made.withLock { $0 = (ledger.findings(header: nil).sent, "The target answered after \(took) (--wait-up).") }
  }

  /// What was sent and how long it took, for the first who asks.
  func take() -> (sent: PreparationSection, note: String)? {
    made.withLock { made in
      defer { made = nil }
      return made
    }
  }

  private static func words(_ time: Nanoseconds) -> String {
    Formatting.seconds(Double(time) / 1e9, decimals: 1)
  }
}

extension TargetProbe {
  /// Why no address of the target answers now; `nil` where one does, also one whose certificate is not trusted.
  fileprivate func missing() throws(CheckError) -> String? {
    let addresses: [SocketAddress]
    do throws(LoadError) {
      if settings.target.scheme == .https { try settings.tls.check() }
      addresses = try Resolver.addresses(of: settings.overrides.destination(for: settings.target))
    } catch {
      guard case .unresolved = error else { throw CheckError(error) }
      return error.description
    }
    var reasons: [String] = []
    for address in addresses {
      var probe = probe(address, for: .waiting)
      do throws(ProbeError) {
        guard let template else {
          _ = try probe.open(to: settings.target)
          return nil
        }
        let answer = try probe.send(template, to: settings.target)
        let status = answer.head.status
        if answer.callFailure == .status(.unavailable) {
          reasons.append(GRPCFailure.status(.unavailable).name)
        } else if GatewayErrors.statuses.contains(status), !expectedStatuses.contains(status) {
          reasons.append("status \(status)")
        } else {
          return nil
        }
      } catch {
        if error.isDistrust { return nil }
        reasons.append("\(error)")
      }
      if watch.stop.isStopped { throw .interrupted }
    }
    return reasons.joined(separator: "; ")
  }
}
