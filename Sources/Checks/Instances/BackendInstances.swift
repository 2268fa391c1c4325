internal import Deployment

/// What the manager calls the backends.
struct BackendInstances {
  private var names: [String: String] = [:]
  private(set) var notes: [String] = []

  /// - Throws: ``CheckError/usage(_:)`` where the manager has a list and nothing tells which of it a backend is.
  init(
    _ backends: [String], _ found: FoundFingerprint, _ settings: CheckSettings, _ manager: any DeploymentManager,
    stop: () -> Bool
  ) throws(CheckError) {
    // A manager without a list is told the backend's own name.
    guard let listed = try? manager.instances(stop: stop) else { return }
    if backends.allSatisfy({ backend in listed.contains { $0.name == backend } }) { return }
    let lives = (settings.generationHeader ?? found.generationHeader).map(found.generationByBackend) ?? [:]
    for backend in backends {
      guard let match = InstanceMatch(backend, among: backends, generations: lives, instances: listed) else {
        throw .usage(
          "which of \(manager.name)'s \(listed.count) instances is \(backend)? A header with the process's pid, such as "
            + "X-Generation, tells")
      }
      names[backend] = match.instance
      if match.isAssumed {
        notes.append(
          "\(backend) is taken to be instance \(match.instance) of \(manager.name), by the order of their names.")
      }
    }
  }

  func name(of backend: String) -> String { names[backend] ?? backend }

  /// The backend that a user means by its own name or its instance's.
  func backend(_ given: String) throws(CheckError) -> String {
    names[given] != nil ? given : names.first { $0.value == given }?.key ?? given
  }
}
