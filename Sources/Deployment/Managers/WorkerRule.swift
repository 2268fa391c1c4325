internal import Platform

/// Which children of a server's master serve, and when a reload has replaced them: values in, values out.
struct WorkerRule: Sendable, Equatable {
  /// Titles of children that do not serve, such as nginx's cache manager; each is a part of the title.
  var helpers: [String] = []
  /// A part of the title of a worker that takes no new connections; `nil` where the title does not say.
  var retiring: String?
  /// Whether only the youngest worker takes new connections, the others finishing theirs.
  var onlyYoungest = false
  /// Whether the number of workers follows the load, so that one more or one fewer is no finding.
  var followsLoad = false
  /// Whether the master serves by itself where it has no workers.
  var mayBeAlone = false

  /// The children that take new connections.
  func serving(_ children: [ProcessEntry]) -> [ProcessEntry] {
    let workers = children.filter { child in
      let title = child.arguments.joined(separator: " ")
      return !helpers.contains { title.contains($0) } && retiring.map { !title.contains($0) } ?? true
    }
    return onlyYoungest ? workers.suffix(1) : workers
  }

  /// How long the new workers have to stay as they are before they are taken for all of them.
  func patience(with progress: Progress) -> Duration {
    switch progress {
    case .starting: Self.grace
    case .done: followsLoad ? .zero : .milliseconds(200)
    case .waiting, .masterEnded: .zero
    }
  }

  /// How far a reload has come.
  enum Progress: Equatable {
    /// Some of the old workers serve, or nobody does.
    case waiting(old: Int, new: Int)
    /// The old ones are gone, and fewer new ones have started yet than there were before.
    case starting(new: Int)
    case done(new: Int)
    /// The master itself has ended.
    case masterEnded
  }

  /// - Parameters:
  ///   - before: the workers that served before.
  ///   - children: the master's children now.
  func progress(before: [ProcessEntry], children: [ProcessEntry], isMasterRunning: Bool) -> Progress {
    guard isMasterRunning else { return .masterEnded }
    let now = serving(children)
    let old = now.count { process in before.contains(where: process.isSame) }
    let new = now.count - old
    guard old == 0, new > 0 else { return .waiting(old: old, new: new) }
    return new < before.count && !followsLoad ? .starting(new: new) : .done(new: new)
  }

  /// How long the last of the new workers may take to start after the first, before a new number of them is taken for meant.
  static let grace = Duration.seconds(1)

  /// The workers as a manager lists them, each by its process, since a server does not number them.
  func instances(_ children: [ProcessEntry], master: ProcessEntry) -> [ManagedInstance] {
    let workers = serving(children)
    guard workers.isEmpty else {
      return workers.map {
        ManagedInstance(name: "worker \($0.pid)", pid: $0.pid, status: "running", followsLoad: followsLoad ? true : nil)
      }
    }
    if mayBeAlone { return [ManagedInstance(name: "master", pid: master.pid, status: "running")] }
    return followsLoad ? [] : [ManagedInstance(name: "worker", status: "stopped")]
  }
}
