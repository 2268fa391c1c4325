internal import Deployment
internal import Load

/// The manager's names of the backends.
struct BackendInstances {
  private var names: [String: String] = [:]
  private(set) var notes: [String] = []
  /// The manager's own list; `nil` where it has none.
  let listed: [ManagedInstance]?

  /// - Throws: ``CheckError/usage(_:)`` where the manager has a list and nothing shows which entry a backend is.
  init(
    _ backends: [String], _ found: FoundFingerprint, _ settings: CheckSettings, _ manager: any DeploymentManager,
    stop: () -> Bool
  ) throws(CheckError) {
    // A manager without a list is given the backend's own name.
    listed = try? manager.instances(stop: stop)
    guard let listed else { return }
    if backends.allSatisfy({ backend in listed.contains { $0.name == backend } }) { return }
    let generations = (settings.generationHeader ?? found.generationHeader).map(found.generationByBackend) ?? [:]
    for backend in backends {
      guard let match = InstanceMatch(backend, among: backends, generations: generations, instances: listed) else {
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

  /// Whether the manager can be asked to stop a backend that has not answered yet, and so is known by its name alone.
  func canStop(_ backend: String) -> Bool {
    guard let listed else { return true }
    return names[backend] != nil || listed.contains { $0.name == backend }
  }

  /// The backend that a user gave by its own name or its instance's.
  ///
  /// - Throws: ``CheckError/usage(_:)`` with the known ones.
  func backend(_ given: String, among backends: [String]) throws(CheckError) -> String {
    if backends.contains(given) { return given }
    if let found = backends.first(where: { names[$0] == given }) { return found }
    let known = backends.map { backend in backend + (names[backend].map { " (\($0))" } ?? "") }
    throw .usage(
      "no backend that can be stopped is called “\(given)”; there are \(known.prefix(16).joined(separator: ", "))")
  }
}
