internal import Deployment

/// Which of a manager's instances a backend is: values in, values out.
struct InstanceMatch: Equatable {
  /// What the manager's commands call it.
  let instance: String
  /// Whether it is matched by order alone.
  let isAssumed: Bool

  /// The backend's pid tells, or the port in its name; else the order of the names.
  ///
  /// - Parameters:
  ///   - backends: all primaries by the names in their header.
  ///   - generations: what the generation header said of each backend, a pid for one.
  /// - Returns: `nil` where nothing identifies the instance.
  init?(_ backend: String, among backends: [String], generations: [String: String], instances: [ManagedInstance]) {
    if let generation = generations[backend], let pid = Int32(generation), pid > 0,
      let found = instances.first(where: { $0.pid == pid })
    {
      self.init(instance: found.name, isAssumed: false)
      return
    }
    // A backend may be called by its address.
    if let port = backend.split(separator: ":").last.flatMap({ Int($0) }), backend.contains(":") {
      let there = instances.filter { $0.port == port }
      if there.count == 1 {
        self.init(instance: there[0].name, isAssumed: false)
        return
      }
    }
    let names = Set(backends).sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
    guard names.count == instances.count, let index = names.firstIndex(of: backend) else { return nil }
    let ordered = instances.enumerated().sorted { ($0.element.slot ?? $0.offset) < ($1.element.slot ?? $1.offset) }
    self.init(instance: ordered[index].element.name, isAssumed: true)
  }

  private init(instance: String, isAssumed: Bool) {
    self.instance = instance
    self.isAssumed = isAssumed
  }
}
