internal import Glibc
internal import Platform
internal import Report

/// Finds new generations of one backend, or versions of the whole site, and when the earlier ones stopped answering: values in,
/// values out.
struct GenerationWatch {
  /// The fewest answers of each known name, and of all together, after which another one is new: until then it may be one of
  /// several processes that share the work. One that is chosen as often as the rarest known one is missed for so long with a
  /// probability of 2⁻²⁰.
  private static let enough = (each: 20, all: 50)
  /// How long after a new one further ones are new too.
  private static let joining: Nanoseconds = 10_000_000_000
  /// How long and for how many answers a name must be silent to be gone.
  private static let gone: (time: Nanoseconds, answers: Int) = (2_000_000_000, 30)
  private static let risk = 1e-9
  /// How long a change may take before the old names count as staying.
  private static let longestChange: Nanoseconds = 600_000_000_000
  private static let mostNames = 64

  private struct Name {
    var count = 1
    let first: Nanoseconds
    var last: Nanoseconds
    /// The subject's answers at its first and last one.
    let firstIndex: Int
    var lastIndex: Int
    var isGone = false
  }

  /// A change under way.
  private struct Change {
    let began: Nanoseconds
    var last: Nanoseconds
    /// The names that answered before it, and have not stopped.
    let old: Set<String>
    var new: [String]
  }

  /// The backend that it is about; `nil` for the whole site, whose generations are versions.
  private let backend: String?
  private var names: [String: Name] = [:]
  private var answers = 0
  /// Answers with a name that was not known.
  private var strange = 0
  private var change: Change?

  init(of backend: String?) { self.backend = backend }

  /// Whether nearly each answer has a name of its own, which then names no generation.
  var changesByItself: Bool { answers >= 10 && 2 * strange > answers }

  /// How many names it holds.
  var size: Int { names.count }

  /// Takes an answer.
  ///
  /// - Parameter speaker: the backend that gave it.
  mutating func take(_ name: String, of speaker: String, at time: Nanoseconds) -> [Sighting] {
    answers += 1
    var seen: [Sighting] = []
    let isKnown = names[name] != nil
    strange += isKnown ? 0 : 1
    // A version that returns is a change; a process that returns is one of several.
    let isNew = !isKnown || backend == nil && names[name]?.isGone == true
    if isNew, knowsAll || change.map({ time - min(time, $0.last) < Self.joining }) ?? false {
      seen.append(Sighting(time, .newGeneration(backend: speaker, generation: name)))
      begin(name, at: time)
    }
    if isKnown, names[name]?.isGone == false || backend != nil {
      names[name]?.count += 1
      names[name]?.last = time
      names[name]?.lastIndex = answers
      names[name]?.isGone = false
    } else {
      makeRoom()
      names[name] = Name(first: time, last: time, firstIndex: answers, lastIndex: answers)
    }
    retire(at: time)
    return seen + settle(at: time)
  }

  private var knowsAll: Bool {
    answers >= Self.enough.all && names.values.allSatisfy { $0.isGone || $0.count >= Self.enough.each }
  }

  private mutating func begin(_ name: String, at time: Nanoseconds) {
    if change == nil {
      change = Change(began: time, last: time, old: Set(names.filter { !$0.value.isGone }.keys), new: [])
    }
    change?.last = time
    if change?.new.contains(name) == false, change?.old.contains(name) == false { change?.new.append(name) }
  }

  private mutating func retire(at time: Nanoseconds) {
    for (key, name) in names where !name.isGone && time - min(time, name.last) >= Self.gone.time {
      let missed = answers - name.lastIndex
      guard missed >= Self.gone.answers, missed >= Self.mostMissed(by: name, of: answers) else { continue }
      names[key]?.isGone = true
    }
  }

  private static func mostMissed(by name: Name, of answers: Int) -> Int {
    // Half of its share: processes of one backend are not chosen evenly.
    let share = Double(name.count) / Double(max(name.lastIndex - name.firstIndex + 1, 1)) / 2
    return Int((log(risk) / log(1 - min(max(share, 1e-3), 0.5))).rounded(.up))
  }

  /// Ends a change once all earlier names are gone.
  private mutating func settle(at time: Nanoseconds) -> [Sighting] {
    guard let change else { return [] }
    if change.old.contains(where: { names[$0]?.isGone == false }) {
      if time - min(time, change.last) >= Self.longestChange { self.change = nil }
      return []
    }
    self.change = nil
    let lastOld = change.old.compactMap { names[$0]?.last }.max() ?? change.began
    let to = change.new.filter { names[$0]?.isGone == false }
    guard !change.old.isEmpty, !to.isEmpty else { return [] }
    return [
      Sighting(
        max(lastOld, change.began),
        .versionChanged(
          backend: backend, from: change.old.sorted(), to: to.sorted(),
          bothAnsweredSeconds: lastOld.seconds(since: change.began)))
    ]
  }

  private mutating func makeRoom() {
    guard names.count >= Self.mostNames, let oldest = names.min(by: { $0.value.last < $1.value.last })?.key else {
      return
    }
    names[oldest] = nil
  }
}
