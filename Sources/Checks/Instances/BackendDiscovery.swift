internal import HTTP
internal import Load
internal import Report

extension TargetProbe {
  /// How many connections the search for backends opens at most.
  private static let mostDraws = 2_000

  /// Sends requests over fresh connections until every backend has presumably answered.
  ///
  /// One kept connection sees one backend where the balancer deals out connections, as pm2's cluster mode does.
  ///
  /// - Returns: what was found with all backends that answered, in order of appearance.
  func meetingAllBackends(_ found: FoundFingerprint, _ ready: ReadyTarget) throws(CheckError) -> FoundFingerprint {
    // Nothing is looked for where probing is not allowed.
    guard let template else { return found }
    var backends = found.backends
    var heads = found.heads
    var failures = 0
    var draws = 0
    watch.report(.stage(CheckStage("looking for backends over fresh connections")))
    while draws < Self.mostDraws, !Draws.areEnough(draws, toMeetAllBut: backends.count) {
      var probe = probe(ready.addresses[draws % ready.addresses.count], for: .discovery)
      draws += 1
      do throws(ProbeError) {
        let head = try probe.send(template, to: settings.target).head
        heads.append(head)
        let name = head.value(of: found.header).flatMap(FingerprintDiscovery.backend)
        if let name, !backends.contains(name) { backends.append(name) }
      } catch {
        if watch.stop.isStopped { throw .interrupted }
        failures += 1
        // A dead address fails its share of the requests; a target that never answers is not waited for.
        guard failures < 10 else {
          let what = error.isGeneratorLimit ? "not measured" : "\(settings.target.url) does not answer reliably"
          throw .unmeasurable("\(what): \(error)", advice: [])
        }
      }
    }
    return FoundFingerprint(header: found.header, backends: backends, heads: heads)
  }
}
