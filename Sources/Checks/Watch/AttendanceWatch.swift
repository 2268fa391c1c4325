internal import Load
internal import Platform
internal import Report

/// Finds backends that fall silent, come back or are new, and backups that serve: values in, values out.
struct AttendanceWatch {
  /// How many of the latest new connections show the shares.
  private static let window = 1024
  /// The fewest answers of each known backend, and of all together, after which another one is new.
  private static let enough = (each: 20, all: 50)
  /// The most names that are kept; those silent for longest are forgotten.
  private static let mostNames = 512
  /// How long a backup answers nothing before it is silent again, and how many answers of others that takes.
  private static let backupRest: (time: Nanoseconds, answers: Int) = (2_000_000_000, 20)

  private struct Duty {
    let since: Nanoseconds
    var last: Nanoseconds
    var missed = 0
  }

  private let backups: Set<String>
  private var present: [String: Presence] = [:]
  private var serving: [String: Duty] = [:]
  private var answers = 0
  private var draws: [String] = []
  private var drawn: [String: Int] = [:]
  private var next = 0
  private var highestConnection: UInt32?
  /// Who gave the last answer on the connection in use, and how often that changed lately, as a sum that fades.
  private var kept: (connection: UInt32, backend: String)?
  private var changes = 0.0

  /// - Parameter backups: the backends that serve only for others.
  init(backups: Set<String> = []) { self.backups = backups }

  /// The backups that serve now.
  var servingBackups: [String] { serving.keys.sorted() }

  /// How many names it holds.
  var size: Int { present.count + serving.count + drawn.count }

  /// Takes a complete answer that named a backend.
  mutating func take(_ request: WatchedRequest) -> [Sighting] {
    guard let backend = request.backend else { return [] }
    let time = request.due
    // A kept connection may stay with its backend, whatever the others get.
    let isDraw = highestConnection.map { request.record.connection > $0 } ?? true
    if isDraw { highestConnection = request.record.connection }
    if let kept, kept.connection == request.record.connection {
      changes = changes * 0.98 + (kept.backend == backend ? 0 : 1)
    }
    if !isDraw { kept = (request.record.connection, backend) }
    answers += 1
    var seen = rest(at: time, butFor: backend)
    for name in present.keys where name != backend {
      if present[name]?.miss(at: time, isDraw: isDraw) == true, let last = present[name]?.lastAnswer {
        seen.append(Sighting(last, .backendSilent(name)))
      }
    }
    guard !backups.contains(backend) else { return seen + serve(backend, at: time) }
    if isDraw { note(draw: backend) }
    if let known = present[backend] {
      if known.isSilent {
        seen.append(Sighting(time, .backendBack(backend, afterSeconds: time.seconds(since: known.lastAnswer))))
      }
    } else {
      if knowsAll { seen.append(Sighting(time, .newBackend(backend))) }
      makeRoom()
      present[backend] = Presence(at: time)
    }
    present[backend]?.answer(at: time, draws: drawn[backend] ?? 0, of: draws.count, isPerRequest: changes > 5)
    return seen
  }

  /// Whether all backends that take part have been seen: else another name is only a rare one.
  private var knowsAll: Bool {
    answers >= Self.enough.all && present.values.allSatisfy { $0.answers >= Self.enough.each || $0.isSilent }
  }

  private mutating func makeRoom() {
    guard present.count >= Self.mostNames, let oldest = present.min(by: { $0.value.lastAnswer < $1.value.lastAnswer })
    else { return }
    present[oldest.key] = nil
  }

  private mutating func note(draw backend: String) {
    drawn[backend, default: 0] += 1
    guard draws.count >= Self.window else { return draws.append(backend) }
    drawn[draws[next], default: 1] -= 1
    if drawn[draws[next]] == 0 { drawn[draws[next]] = nil }
    draws[next] = backend
    next = (next + 1) % Self.window
  }

  private mutating func serve(_ backup: String, at time: Nanoseconds) -> [Sighting] {
    if serving[backup] != nil {
      serving[backup]?.last = time
      serving[backup]?.missed = 0
      return []
    }
    serving[backup] = Duty(since: time, last: time)
    return [Sighting(time, .backupServing(backup))]
  }

  private mutating func rest(at time: Nanoseconds, butFor backend: String) -> [Sighting] {
    var seen: [Sighting] = []
    for (name, duty) in serving where name != backend {
      serving[name]?.missed += 1
      guard duty.missed + 1 >= Self.backupRest.answers, time - min(time, duty.last) >= Self.backupRest.time else {
        continue
      }
      serving[name] = nil
      seen.append(Sighting(duty.last, .backupSilent(name, afterSeconds: duty.last.seconds(since: duty.since))))
    }
    return seen
  }
}
