internal import FoundationEssentials

extension CommandManager {
  /// A Kubernetes deployment, as `deployment/NAME`.
  static func kubectl(_ deployment: String, program: String = "kubectl", timeout: Duration) -> CommandManager {
    func command(_ words: String...) -> ManagerCommand { ManagerCommand([program] + words) }
    let name = deployment.split(separator: "/").last.map(String.init) ?? deployment
    return CommandManager(
      name: ManagerKind.kubectl.rawValue, reload: command("rollout", "restart", deployment),
      wait: command("rollout", "status", deployment, "--timeout=\(max(timeout.components.seconds, 1))s"),
      list: command("get", "pods", "--output", "json"),
      reading: { (text) throws(ManagerError) in try pods(in: text, of: name) }, timeout: timeout)
  }

  private struct PodList: Decodable {
    struct Pod: Decodable {
      let metadata: Metadata
      let status: Status
    }
    struct Metadata: Decodable {
      let name: String
      let uid: String
      let deletionTimestamp: String?
      let labels: [String: String]?
      let ownerReferences: [Owner]?
    }
    struct Owner: Decodable {
      let kind: String
      let name: String
    }
    struct Status: Decodable {
      let phase: String?
      let conditions: [Condition]?
      let containerStatuses: [Container]?
    }
    struct Condition: Decodable {
      let type: String
      let status: String
    }
    struct Container: Decodable { let restartCount: Int? }

    let items: [Pod]
  }

  /// The pods of a deployment, without those that are about to end.
  ///
  /// A deployment's pods belong to a ReplicaSet that has the deployment's name, with the hash of their template.
  static func pods(in text: String, of deployment: String) throws(ManagerError) -> [ManagedInstance] {
    guard let list = try? JSONDecoder().decode(PodList.self, from: Data(text.utf8)) else {
      throw ManagerError("kubectl printed a list of pods that cannot be read")
    }
    return list.items.filter { pod in
      guard let hash = pod.metadata.labels?["pod-template-hash"], pod.metadata.deletionTimestamp == nil else {
        return false
      }
      return pod.metadata.ownerReferences?.contains { $0.kind == "ReplicaSet" && $0.name == "\(deployment)-\(hash)" }
        ?? false
    }.map { pod in
      let isReady = pod.status.conditions?.contains { $0.type == "Ready" && $0.status == "True" } ?? false
      return ManagedInstance(
        name: pod.metadata.name, status: isReady ? "ready" : pod.status.phase ?? "unknown",
        restarts: pod.status.containerStatuses?.reduce(0) { $0 + ($1.restartCount ?? 0) } ?? 0,
        incarnation: pod.metadata.uid)
    }
  }
}

extension ManagerGuide {
  static let kubectl = ManagerGuide(
    reload: "`kubectl rollout restart deployment/NAME`, then `kubectl rollout status`",
    claim: "pods are replaced a few at a time, so that the deployment stays available",
    source: "kubernetes.io, Deployments and Pod Lifecycle",
    pitfall:
      "a pod is told to end before every proxy has stopped sending to it; without a readiness probe a new pod counts as ready at "
      + "once",
    whenLost:
      "Kubernetes: a readiness probe, maxUnavailable: 0, and a preStop hook that sleeps a few seconds while proxies learn of the end",
    whenCut:
      "Kubernetes: have the app finish its answers on SIGTERM, within terminationGracePeriodSeconds, after a preStop sleep"
  )
}
