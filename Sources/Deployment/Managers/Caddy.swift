internal import Platform

/// Caddy, which loads its present configuration again when it is given it at its admin address.
struct CaddyManager: DeploymentManager {
  /// `host:port`, or `unix//path`.
  let admin: String
  let timeout: Duration

  var name: String { ManagerKind.caddy.rawValue }

  func preflight(for actions: Set<ManagerAction>, stop: () -> Bool) throws(PreflightError) {
    for action in ManagerAction.allCases where actions.contains(action) && action != .reload {
      throw .usage("\(name) has no \(action.rawValue) of its own: give --\(action.rawValue)-command")
    }
    do throws(ManagerError) {
      _ = try configuration()
    } catch {
      throw .unavailable("\(name): \(error)")
    }
  }

  func reload(stop: () -> Bool) -> ActionReport {
    let startedAt: Nanoseconds
    var report: ActionReport
    do throws(ManagerError) {
      let configuration = try configuration()
      startedAt = MonotonicClock.now()
      report = ActionReport(
        command: ["curl", "-H", "Cache-Control: must-revalidate", "--json", "@-", "http://\(admin)/load"],
        exitStatus: nil, claim: "", startedAt: startedAt, duration: 0)
      let answer = try ask("POST", "/load", configuration)
      report.duration = MonotonicClock.now() - startedAt
      report.claim = OutputExcerpt.shortened("\(answer.status) \(answer.body)")
      if answer.status == 200 {
        report.exitStatus = 0
      } else {
        report.problem = "\(admin) answered \(answer.status): \(OutputExcerpt.firstLine(answer.body) ?? "")"
      }
      return report
    } catch {
      return ActionReport(refused: error.description)
    }
  }

  func restart(stop: () -> Bool) -> ActionReport { ActionReport(refused: "\(name) has no restart of its own") }

  func stop(_ instance: String, stop: () -> Bool) -> ActionReport {
    ActionReport(refused: "\(name) has no stop of its own")
  }

  func start(_ instance: String, stop: () -> Bool) -> ActionReport {
    ActionReport(refused: "\(name) has no start of its own")
  }

  /// Its one process stays through a reload.
  func instances(stop: () -> Bool) throws(ManagerError) -> [ManagedInstance] {
    throw ManagerError("\(name) is one process, which stays through a reload")
  }

  private func configuration() throws(ManagerError) -> String {
    let answer = try ask("GET", "/config/", "")
    guard answer.status == 200, answer.body.first == "{" else {
      throw ManagerError("\(admin) does not give Caddy's configuration but status \(answer.status)")
    }
    return answer.body
  }

  /// One request in HTTP/1.0, whose answer ends with the connection.
  private func ask(_ method: String, _ path: String, _ body: String) throws(ManagerError) -> (status: Int, body: String)
  {
    guard let address = LocalConversation.Address(admin) else {
      throw ManagerError("\(admin) is no admin address, such as localhost:2019")
    }
    let head =
      "\(method) \(path) HTTP/1.0\r\nHost: \(address.inWords)\r\nContent-Type: application/json\r\n"
      + "Cache-Control: must-revalidate\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
    let answer = try LocalConversation.ask(address, head + body, timeout: timeout)
    guard let read = Self.read(answer) else { throw ManagerError("\(admin) does not answer in HTTP") }
    return read
  }

  /// The status and the body of a whole answer.
  static func read(_ answer: String) -> (status: Int, body: String)? {
    let words = answer.prefix(64).split(separator: " ", maxSplits: 2)
    guard words.count > 1, words[0].hasPrefix("HTTP/1."), let status = Int(words[1].prefix(3)) else { return nil }
    let bytes = Array(answer.utf8)
    let end = Array("\r\n\r\n".utf8)
    guard let start = bytes.indices.first(where: { bytes[$0...].starts(with: end) }) else { return nil }
    return (status, String(decoding: bytes[(start + 4)...], as: UTF8.self))
  }
}

extension ManagerGuide {
  static let caddy = ManagerGuide(
    reload: "the present configuration, given again to its admin address",
    claim: "the configuration is loaded without downtime, and refused as a whole where it has a mistake",
    source: "caddyserver.com, API and Command Line",
    pitfall:
      "WebSockets and other upgraded connections are closed (`stream_close_delay`); the file on disk is not read: for that, "
      + "`caddy reload --config FILE` as the command",
    whenLost: "Caddy: see its log for the moment of the reload",
    whenCut: "Caddy: grace_period cuts what is not finished by then: set it above the longest answer, or leave it out")
}
