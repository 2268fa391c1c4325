internal import FoundationEssentials

extension CommandManager {
  /// A service of Docker Compose; `{instance}` stands for each service, which can be stopped and started one by one.
  static func compose(_ service: String, program: String = "docker", timeout: Duration) -> CommandManager {
    let isEach = service.contains("{instance}")
    func command(_ words: String...) -> ManagerCommand { ManagerCommand([program, "compose"] + words) }
    return CommandManager(
      name: ManagerKind.compose.rawValue,
      reload: isEach ? nil : command("up", "--detach", "--no-deps", "--force-recreate", service),
      restart: isEach ? nil : command("restart", service), stop: command("stop", service),
      start: command("start", service),
      list: isEach ? command("ps", "--all", "--format", "json") : command("ps", "--all", "--format", "json", service),
      reading: { (text) throws(ManagerError) in try containers(in: text, byService: isEach) }, timeout: timeout)
  }

  private struct Container: Decodable {
    let id: String
    let name: String
    let service: String
    let state: String

    enum CodingKeys: String, CodingKey {
      case id = "ID"
      case name = "Name"
      case service = "Service"
      case state = "State"
    }
  }

  /// Reads an object a line, or, as older versions print it, one array.
  static func containers(in text: String, byService: Bool) throws(ManagerError) -> [ManagedInstance] {
    var containers: [Container] = []
    for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix("{") || line.hasPrefix("[") {
      let data = Data(line.utf8)
      if let list = try? JSONDecoder().decode([Container].self, from: data) {
        containers += list
      } else if let one = try? JSONDecoder().decode(Container.self, from: data) {
        containers.append(one)
      } else {
        throw ManagerError("docker compose ps printed a list that cannot be read")
      }
    }
    return containers.map {
      ManagedInstance(name: byService ? $0.service : $0.name, status: $0.state, incarnation: $0.id)
    }
  }
}

extension ManagerGuide {
  static let compose = ManagerGuide(
    reload: "`docker compose up --detach --no-deps --force-recreate SERVICE`",
    restart: "`docker compose restart SERVICE`", claim: "the containers are made anew; nothing about requests",
    source: "docs.docker.com, docker compose up",
    pitfall: "a container is stopped before its successor starts, so one service alone is down meanwhile",
    whenLost:
      "compose stops a container before it starts the next: run two services behind the balancer and deploy them in turn",
    whenCut:
      "compose: have the app finish its answers on SIGTERM (exec form of CMD, or it never gets it), within stop_grace_period"
  )
}
