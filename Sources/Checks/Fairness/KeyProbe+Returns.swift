internal import Glibc
internal import Load
internal import Platform
internal import Report
internal import Statistics

extension KeyProbe {
  private static let visitors = 100
  private static let mostReturns = 5_000
  /// On one connection: a balancer may look at the cookie of the first alone.
  private static let requestsPerVisit = 2

  /// Has visitors of the server's cookie come back, many at a time; `nil` where nothing may be asked.
  ///
  /// - Parameter shares: the backends' shares of new visitors.
  func returns(_ shares: [Double]) -> VisitorReturns? {
    guard let template = targetProbe.template else { return nil }
    var settings = targetProbe.settings
    (settings.templates, settings.recordSink) = ([template], nil)
    var plan = SessionsPlan()
    (plan.visitors, plan.requestsPerVisit) = (Self.visitors, Self.requestsPerVisit)
    plan.visits = 1 + (Self.returnsNeeded(shares) + Self.visitors - 1) / Self.visitors
    let stop = targetProbe.watch.stop
    let visitors = Visitors(settings, plan, at: [address], stop: stop)
    var seen = SessionsFindings(visitors: plan.visitors, requestsPerVisit: plan.requestsPerVisit)
    let end = MonotonicClock.now() + Self.limit
    while seen.rounds.count < plan.visits, !stop.isStopped, MonotonicClock.now() < end {
      seen.rounds.append(visitors.come(in: .baseline))
    }
    var measured = visitors.measured()
    measured.setNobodiesApart()
    seen.backends = visitors.log.backends
    seen.setNobodiesApart(keeping: measured.backends.map(\.name))
    targetProbe.ledger.note(measured, of: settings.templates, for: .stickyProbe)
    return VisitorReturns(seen)
  }

  /// How many returns find a balancer that loses one in a hundred with a probability of 1 − ``Draws/risk``. Who is lost is dealt out
  /// anew, and meets another backend with a probability of 1 − Σ p².
  static func returnsNeeded(_ shares: [Double]) -> Int {
    let others = 1 - shares.reduce(0) { $0 + $1 * $1 }
    guard others > 0 else { return mostReturns }
    return min(mostReturns, Int((log(Draws.risk) / log(1 - Draws.rareMove * others)).rounded(.up)))
  }
}
