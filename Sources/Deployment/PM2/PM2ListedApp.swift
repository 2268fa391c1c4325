/// An app as `pm2 jlist` shows it, its instances taken together.
package struct PM2ListedApp: Sendable, Equatable {
  package let name: String
  package let instances: Int
  /// nil when pm2 does not say.
  package let isClusterMode: Bool?
  /// The `PORT` of each instance that has one, in order.
  package let ports: [UInt16]

  package init(name: String, instances: Int, isClusterMode: Bool?, ports: [UInt16]) {
    self.name = name
    self.instances = instances
    self.isClusterMode = isClusterMode
    self.ports = ports
  }

  /// The apps of a list, in its order.
  package static func all(in processes: [PM2Process]) -> [PM2ListedApp] {
    var names: [String] = []
    for process in processes where !names.contains(process.app) { names.append(process.app) }
    return names.map { name in
      let own = processes.filter { $0.app == name }
      return PM2ListedApp(
        name: name, instances: own.count, isClusterMode: own.first?.isClusterMode,
        ports: Set(own.compactMap { $0.port.map { UInt16($0) } }).sorted())
    }
  }

  /// In words, such as `shop: 3 instances, cluster mode, port 3000`.
  package var text: String {
    let mode = isClusterMode.map { $0 ? ", cluster mode" : ", fork mode" } ?? ""
    let list = ports.map(String.init).joined(separator: ", ")
    let place = ports.isEmpty ? ", PORT unknown" : ports.count == 1 ? ", port \(list)" : ", ports \(list)"
    return "\(name): \(instances) \(instances == 1 ? "instance" : "instances")\(mode)\(place)"
  }
}
