internal import Glibc
internal import HTTP
internal import Load
package import Report
internal import Statistics

extension PartDocument {
  /// What one shard of a check measured.
  ///
  /// - Parameter parameters: all that the check was told.
  package init(
    _ findings: CheckFindings, of check: CheckKind, _ settings: CheckSettings, sharding: Sharding,
    parameters: [PartParameter]
  ) {
    self.init(
      tool: .lbcheck, check: check, target: TargetSection(url: settings.target.url, addresses: findings.addresses),
      shard: PartShard(
        number: sharding.shard.index + 1, count: sharding.shard.count, host: Self.hostName, toldBy: sharding.toldBy),
      run: findings.start?.run, startedAt: UTCTime.rfc3339(secondsSince1970: findings.startedAt),
      durationSeconds: findings.durationSeconds, interrupted: findings.isInterrupted ? true : nil,
      parameters: parameters, digest: sharding.digest, backendHeader: findings.backendHeader,
      generationHeader: findings.generationHeader, commonStartNanoseconds: findings.start?.time,
      clock: findings.start?.clock.map {
        PartClock(offsetSeconds: Double($0.offset) / 1e9, uncertaintySeconds: Double($0.uncertainty) / 1e9)
      },
      notes: findings.notes, preparation: findings.preparation, looks: findings.looks.map(PartLook.init),
      choice: findings.choice,
      actions: findings.actions)
  }

  private static var hostName: String? {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return nil }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// A checksum of what has to be the same in all shards of a plan.
  package static func digest(check: CheckKind, url: String, count: Int, _ parameters: [PartParameter]) -> String {
    var text = "\(ToolSection.lbcheck.version)\n\(check.rawValue)\n\(url)\n\(count)\n"
    for parameter in parameters { text += "\(parameter.name)=\(parameter.values.joined(separator: "\u{1F}"))\n" }
    // FNV-1a, 64 bits (Fowler, Noll and Vo).
    let hash = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

extension PartLook {
  init(_ look: CheckFindings.Look) {
    let measured = look.measured
    self.init(
      name: look.name, startedNanoseconds: look.started, startLatenessNanoseconds: measured.startLateness,
      durationNanoseconds: measured.duration, processorNanoseconds: look.processorTime, cutShort: look.cutShort,
      counts: PartCounts(
        succeeded: measured.succeeded, unsent: measured.unsent, abandoned: measured.abandoned,
        retried: measured.retried, sent: measured.sent.isEmpty ? nil : measured.sent,
        upstreamRetried: measured.upstreamRetried, unattributed: measured.unattributed,
        untrackedGenerations: measured.untrackedGenerations > 0 ? measured.untrackedGenerations : nil,
        connectionsOpened: measured.connectionsOpened, waitedForConnection: measured.waitedForConnection,
        failedAcrossPauses: measured.failedAcrossPauses > 0 ? measured.failedAcrossPauses : nil,
        postponed: measured.postponed > 0 ? measured.postponed : nil),
      statuses: Dictionary(uniqueKeysWithValues: measured.statuses.map { (String($0.key), $0.value) }),
      failures: Dictionary(uniqueKeysWithValues: measured.failures.map { ($0.key.name, $0.value) }),
      leniencies: measured.leniencies.isEmpty
        ? nil : Dictionary(uniqueKeysWithValues: measured.leniencies.map { ($0.key.name, $0.value) }),
      nobody: measured.nobodySection?.because, locations: measured.locations.isEmpty ? nil : measured.locations,
      latency: PartHistogram(measured.latency), serviceTime: PartHistogram(measured.serviceTime),
      lateness: PartHistogram(measured.lateness),
      backends: measured.backends.map {
        PartBackend(
          name: $0.name, requests: $0.requests, succeeded: $0.succeeded, triedInVain: $0.triedInVain,
          latency: PartHistogram($0.latency))
      }, generations: measured.generations.map { PartGeneration(backend: $0.backend, name: $0.name) },
      timeline: look.timeline?.section,
      records: measured.records.isEmpty ? nil : RecordPacking.pack(measured.records), faults: measured.faults,
      tls: measured.tls.full + measured.tls.resumed > 0
        ? PartHandshakes(full: measured.tls.full, resumed: measured.tls.resumed, kinds: measured.tls.kinds) : nil,
      pauses: measured.pauses.isEmpty
        ? nil
        : measured.pauses.map {
          PartPause(cause: $0.cause.rawValue, start: $0.start, end: $0.end, length: $0.length, caughtUp: $0.caughtUp)
        },
      error: measured.error?.description,
      openDues: measured.openDues.isEmpty ? nil : RecordPacking.pack(dues: measured.openDues))
  }
}

extension PartHistogram {
  init(_ histogram: Histogram) {
    guard let min = histogram.min, let max = histogram.max else {
      self.init()
      return
    }
    self.init(
      counts: histogram.base64V2(valueToUnitRatio: 1e-6), min: min, max: max, sum: "\(histogram.exactSum)",
      saturated: histogram.saturated > 0 ? histogram.saturated : nil)
  }
}

/// Why a part's figures cannot be those of a run.
struct PartDamage: Error, Equatable, CustomStringConvertible {
  /// The field, as the part names it.
  let field: String
  /// How many entries or bytes it may have at most, where it has more.
  var most: Int?

  var description: String {
    let shown = Escaping.terminal(field, width: 80)
    return most.map { "\(shown) is larger than the \($0) that are read" } ?? "\(shown) has no valid value"
  }
}

extension CheckFindings.Look {
  /// - Throws: ``PartDamage`` naming the first field that contradicts the others.
  init(_ look: PartLook) throws(PartDamage) {
    func counted(_ number: Int, _ field: String) throws(PartDamage) -> Int {
      guard number >= 0 else { throw PartDamage(field: "\(look.name).\(field)") }
      return number
    }
    func histogram(_ part: PartHistogram, _ field: String) throws(PartDamage) -> Histogram {
      guard let histogram = Histogram(part) else { throw PartDamage(field: "\(look.name).\(field)") }
      return histogram
    }
    var measured = Measurements()
    measured.succeeded = try counted(look.counts.succeeded, "counts.succeeded")
    measured.unsent = try counted(look.counts.unsent, "counts.unsent")
    measured.abandoned = try counted(look.counts.abandoned, "counts.abandoned")
    measured.retried = try counted(look.counts.retried, "counts.retried")
    for count in look.counts.sent ?? [] { measured.sent.append(try counted(count, "counts.sent")) }
    measured.upstreamRetried = try counted(look.counts.upstreamRetried, "counts.upstreamRetried")
    measured.unattributed = try counted(look.counts.unattributed, "counts.unattributed")
    measured.untrackedGenerations = try counted(
      look.counts.untrackedGenerations ?? 0, "counts.untrackedGenerations")
    measured.connectionsOpened = try counted(look.counts.connectionsOpened, "counts.connectionsOpened")
    measured.waitedForConnection = try counted(look.counts.waitedForConnection, "counts.waitedForConnection")
    measured.failedAcrossPauses = try counted(look.counts.failedAcrossPauses ?? 0, "counts.failedAcrossPauses")
    measured.postponed = try counted(look.counts.postponed ?? 0, "counts.postponed")
    for (name, count) in look.statuses {
      guard let status = Int(name), (100...999).contains(status) else {
        throw PartDamage(field: "\(look.name).statuses.\(name)")
      }
      measured.statuses[status] = try counted(count, "statuses.\(name)")
    }
    for (name, count) in look.failures {
      guard let kind = FailureKind.allCases.first(where: { $0.name == name }) else {
        throw PartDamage(field: "\(look.name).failures.\(name)")
      }
      measured.failures[kind] = try counted(count, "failures.\(name)")
    }
    for (name, count) in look.leniencies ?? [:] {
      guard let leniency = Leniency.allCases.first(where: { $0.name == name }) else {
        throw PartDamage(field: "\(look.name).leniencies.\(name)")
      }
      measured.leniencies[leniency] = try counted(count, "leniencies.\(name)")
    }
    for (name, count) in look.nobody ?? [:] {
      guard let reason = NobodyReason(name: name) else { throw PartDamage(field: "\(look.name).nobody.\(name)") }
      measured.nobody[reason] = try counted(count, "nobody.\(name)")
    }
    for (name, count) in look.locations ?? [:] { measured.locations[name] = try counted(count, "locations") }
    measured.latency = try histogram(look.latency, "latency")
    measured.serviceTime = try histogram(look.serviceTime, "serviceTime")
    measured.lateness = try histogram(look.lateness, "lateness")
    guard measured.latency.count == UInt64(measured.succeeded),
      measured.serviceTime.count == UInt64(measured.succeeded)
    else { throw PartDamage(field: "\(look.name).latency") }
    for part in look.backends {
      var backend = Measurements.Backend(name: part.name)
      backend.requests = try counted(part.requests, "backends.requests")
      backend.succeeded = try counted(part.succeeded, "backends.succeeded")
      backend.triedInVain = try counted(part.triedInVain, "backends.triedInVain")
      backend.latency = try histogram(part.latency, "backends.latency")
      measured.backends.append(backend)
    }
    for part in look.generations {
      guard measured.backends.indices.contains(part.backend) else {
        throw PartDamage(field: "\(look.name).generations")
      }
      measured.generations.append(Generation(backend: part.backend, name: part.name))
    }
    if let packed = look.records {
      do throws(RecordPacking.Damaged) {
        measured.records = try RecordPacking.unpack(
          packed, backends: measured.backends.count, generations: measured.generations.count)
      } catch {
        throw PartDamage(field: "\(look.name).records")
      }
    }
    if let packed = look.openDues {
      do throws(RecordPacking.Damaged) {
        measured.openDues = try RecordPacking.unpack(dues: packed)
      } catch {
        throw PartDamage(field: "\(look.name).openDues")
      }
      guard measured.openDues.count <= measured.unsent + measured.abandoned else {
        throw PartDamage(field: "\(look.name).openDues")
      }
    }
    measured.faults = look.faults
    if let tls = look.tls { measured.tls = TLSHandshakes(full: tls.full, resumed: tls.resumed, kinds: tls.kinds) }
    for pause in look.pauses ?? [] {
      guard let cause = GeneratorPause.Cause(rawValue: pause.cause), pause.start <= pause.end else {
        throw PartDamage(field: "\(look.name).pauses")
      }
      measured.pauses.append(
        GeneratorPause(cause, start: pause.start, end: pause.end, length: pause.length, caughtUp: pause.caughtUp))
    }
    measured.startLateness = look.startLatenessNanoseconds
    measured.duration = look.durationNanoseconds
    measured.error = look.error.map { .generatorLimit($0) }
    var timeline: Timeline?
    if let section = look.timeline {
      timeline = Timeline(section)
      guard timeline != nil else { throw PartDamage(field: "\(look.name).timeline") }
    }
    self.init(
      name: look.name, measured: measured, started: look.startedNanoseconds, processorTime: look.processorNanoseconds,
      cutShort: look.cutShort, timeline: timeline)
  }
}

extension Histogram {
  /// `nil` for counts that cannot be read, or do not fit what stands beside them.
  fileprivate init?(_ part: PartHistogram) {
    guard let counts = part.counts else {
      self.init()
      return
    }
    guard let min = part.min, let max = part.max, let sum = part.sum.flatMap({ UInt128($0) }),
      let histogram = try? Histogram(
        base64V2: counts, min: min, max: max, sum: sum, saturated: part.saturated ?? 0)
    else { return nil }
    self = histogram
  }
}
