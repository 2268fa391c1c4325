internal import Statistics

extension WatchEvent {
  /// The event in one line, such as `backend app-2 is silent`; names in it are as they came.
  public var line: String {
    switch kind {
    case .outageBegan: "outage: no request succeeds"
    case .outageOver(let seconds, let failed, let kinds):
      "outage over after \(Self.time(seconds)): \(Self.count(failed)) failed (\(Self.list(kinds)))"
    case .failures(let seconds, let failed, let kinds):
      "\(Self.count(failed)) failed\(failed > 1 ? " within \(Self.time(seconds))" : "") (\(Self.list(kinds)))"
    case .backendSilent(let name): "backend \(name) is silent"
    case .backendBack(let name, let seconds): "backend \(name) is back after \(Self.time(seconds))"
    case .newBackend(let name): "new backend \(name)"
    case .newGeneration(let backend, let generation): "backend \(backend) has a new generation: \(generation)"
    case .versionChanged(let backend, let from, let to, let both):
      "\(backend.map { "backend \($0)" } ?? "the version") changed from \(Self.names(from)) to \(Self.names(to)); "
        + (both > 0 ? "both answered for \(Self.time(both))" : "never both at a time")
    case .backupServing(let name): "the backup \(name) serves"
    case .backupSilent(let name, let seconds): "the backup \(name) is silent again after \(Self.time(seconds))"
    case .nobodyAnswering: "answers come from no backend"
    case .backendsAnswering(let seconds): "backends answer again after \(Self.time(seconds))"
    case .stalled(let seconds): "no request was answered for \(Self.time(seconds))"
    case .statusChanged(let from, let to):
      "answers have status \(to), usually \(from.map(String.init).joined(separator: ", "))"
    case .statusBack(let seconds): "answers have the usual status again after \(Self.time(seconds))"
    case .latencyUp(let from, let to):
      "slower: p99 \(Formatting.milliseconds(to)) ms, usually \(Formatting.milliseconds(from)) ms"
    case .latencyOver(let seconds): "as fast as before, after \(Self.time(seconds))"
    case .addressesChanged(let from, let to):
      "the name's addresses changed from \(Self.names(from)) to \(Self.names(to))"
    case .generatorPaused(let seconds): "lbcheck itself was paused for \(Self.time(seconds))"
    }
  }

  private static func time(_ seconds: Double) -> String { Formatting.duration(seconds: seconds) }
  private static func count(_ failed: Int) -> String {
    failed == 1 ? "1 request" : "\(Formatting.count(failed)) requests"
  }

  private static func names(_ names: [String]) -> String {
    let more = names.count - 4
    return names.prefix(4).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
  }

  private static func list(_ kinds: [String: Int]) -> String {
    kinds.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
  }
}
