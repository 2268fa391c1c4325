internal import FoundationEssentials

/// The control port of a group of backends: it passes `/NAME/…` on to that backend and `/…` to every one.
struct GroupControl: Sendable {
  private let members: [BackendGroup.Member]

  init(_ members: [BackendGroup.Member]) {
    self.members = members
  }

  func answer(_ request: ControlRequest) -> ControlAnswer {
    switch request.path.count {
    case 0: request.method == "GET" ? overview : ControlAnswer(.wrongMethod, "/ takes GET")
    case 1: askAll(request)
    case 2:
      if let member = members.first(where: { $0.name == request.path[0] }) {
        ask(member, request.method, request.path[1], request)
      } else {
        ControlAnswer(
          .notFound,
          "there is no backend '\(request.path[0])'; there are \(members.map(\.name).joined(separator: ", "))")
      }
    default: ControlAnswer(.notFound, "paths are /, /NAME/count, /NAME/ledger and /NAME/fault")
    }
  }

  /// Passes it to every backend; the first that fails gives the answer.
  private func askAll(_ request: ControlRequest) -> ControlAnswer {
    guard request.method != "GET" else {
      return ControlAnswer(.notFound, "GET takes / or /NAME/\(request.path[0])")
    }
    var lines: [String] = []
    for member in members {
      let answer = ask(member, request.method, request.path[0], request)
      if answer.status != .ok { return answer }
      lines.append("\(member.name) \(answer.text.dropLast())")
    }
    return ControlAnswer(lines.joined(separator: "\n"))
  }

  private func ask(
    _ member: BackendGroup.Member, _ method: String, _ word: String, _ request: ControlRequest
  ) -> ControlAnswer {
    let target = "/\(word)" + (request.queryText.isEmpty ? "" : "?\(request.queryText)")
    return ControlClient.ask(port: member.controlPort, method, target)
      ?? ControlAnswer(.noBackend, "backend \(member.name) does not answer its control port")
  }

  private struct Overview: Encodable {
    struct Backend: Encodable {
      let name: String
      let url: String
      let pid: Int32
      /// `nil` where its process does not answer.
      let requests: Int?
      let fault: String?
    }

    let backends: [Backend]
  }

  private var overview: ControlAnswer {
    func text(_ member: BackendGroup.Member, _ target: String) -> String? {
      ControlClient.ask(port: member.controlPort, "GET", target).map { String($0.text.dropLast()) }
    }
    let overview = Overview(
      backends: members.map { member in
        Overview.Backend(
          name: member.name, url: "http://127.0.0.1:\(member.port)/", pid: member.pid,
          requests: text(member, "/count").flatMap { Int($0) }, fault: text(member, "/fault"))
      })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(overview) else { return ControlAnswer(.failed, "no overview") }
    return ControlAnswer(contentType: "application/json", body: Array(data) + Array("\n".utf8))
  }
}
