internal import Platform

/// What the command line of a hidden subcommand says.
struct RoleOptions {
  let isProxy: Bool
  var backend = BackendServer.Configuration(name: "backend")
  var proxy = RotatingProxy.Configuration(upstreams: [])
  var port: UInt16 = 0
  var listener: Int32?
  var ready: Int32?
  var lifeline: Int32?
  /// The socket of a backend's control port.
  var control: Int32?
  /// The file that a backend's ledger is written to at its end.
  var ledgerFile: String?
  var grace = Duration.seconds(10)
  /// How long a backend takes until it listens, or crashes.
  var startDelay = Duration.zero
  /// Whether a backend ends with status 1 in place of listening.
  var crashes = false

  init(_ arguments: [String], isProxy: Bool) throws(TestbedError) {
    self.isProxy = isProxy
    var seed: UInt64 = 1
    var policy = "round-robin"
    var rest = arguments[...]
    while let option = rest.popFirst() {
      switch (option, isProxy) {
      case ("--single-page-app", false): backend.isSinglePageApp = true
      case ("--no-fingerprint", false): backend.hasFingerprint = false
      case ("--answer-500", false): backend.answersWithErrors = true
      case ("--crash", false): crashes = true
      default:
        guard let value = rest.popFirst() else {
          throw .invalidConfiguration("\(option) is unknown or lacks its value")
        }
        switch (option, isProxy) {
        case ("--port", _): port = try number(option, value)
        case ("--listen-fd", _): listener = try number(option, value)
        case ("--ready-fd", _): ready = try number(option, value)
        case ("--lifeline-fd", _): lifeline = try number(option, value)
        case ("--grace-ms", _): grace = .milliseconds(try number(option, value) as UInt32)
        case ("--control-fd", false): control = try number(option, value)
        case ("--ledger", false): ledgerFile = value
        case ("--request-id-header", false): backend.requestIDHeader = value
        case ("--name", false): backend.name = value
        case ("--generation", false): backend.generation = value
        case ("--start-delay-ms", false): startDelay = .milliseconds(try number(option, value) as UInt32)
        case ("--concurrency", false): backend.concurrency = Int(try number(option, value) as UInt16)
        case ("--delay-ms", false): backend.delay = .milliseconds(try number(option, value) as UInt32)
        case ("--upstream", true): proxy.upstreams.append(try RotatingProxy.Upstream(argument: value))
        case ("--policy", true): policy = value
        case ("--seed", true): seed = try number(option, value)
        case ("--fail-timeout-ms", true): proxy.failTimeout = .milliseconds(try number(option, value) as UInt32)
        case ("--read-timeout-ms", true): proxy.readTimeout = .milliseconds(try number(option, value) as UInt32)
        default: throw .invalidConfiguration("unknown option \(option)")
        }
      }
    }
    switch policy {
    case "round-robin": proxy.policy = .roundRobin
    case "random": proxy.policy = .random(seed: seed)
    case "sticky": proxy.policy = .sticky
    default: throw .invalidConfiguration("--policy is round-robin, random or sticky, not \(policy)")
    }
  }

  /// The options that give a proxy this configuration.
  static func arguments(for configuration: RotatingProxy.Configuration) -> [String] {
    var arguments = configuration.upstreams.flatMap { ["--upstream", $0.argument] }
    switch configuration.policy {
    case .roundRobin: break
    case .random(let seed): arguments += ["--policy", "random", "--seed", "\(seed)"]
    case .sticky: arguments += ["--policy", "sticky"]
    }
    arguments += ["--fail-timeout-ms", "\(configuration.failTimeout.nanoseconds / 1_000_000)"]
    return arguments + ["--read-timeout-ms", "\(configuration.readTimeout.nanoseconds / 1_000_000)"]
  }
}

extension RotatingProxy.Upstream {
  /// The backend as `--upstream` writes it: `127.0.0.1:4001,weight=5,backup`.
  fileprivate var argument: String {
    "\(address):\(port)" + (weight == 1 ? "" : ",weight=\(weight)") + (isBackup ? ",backup" : "")
  }

  fileprivate init(argument: String) throws(TestbedError) {
    var parts = argument.split(separator: ",", omittingEmptySubsequences: false)[...]
    let hostAndPort = parts.removeFirst().split(separator: ":", omittingEmptySubsequences: false)
    guard hostAndPort.count == 2, let port = UInt16(hostAndPort[1]) else {
      throw .invalidConfiguration("--upstream is ADDRESS:PORT, not \(argument)")
    }
    self.init(address: String(hostAndPort[0]), port: port)
    for part in parts {
      if part == "backup" {
        isBackup = true
      } else if part.hasPrefix("weight="), let weight = Int(part.dropFirst(7)) {
        self.weight = weight
      } else {
        throw .invalidConfiguration("--upstream does not know \(part)")
      }
    }
  }
}

private func number<Number: FixedWidthInteger>(_ option: String, _ text: String) throws(TestbedError) -> Number {
  guard let number = Number(text), number >= 0 else {
    throw .invalidConfiguration("\(option) does not take \(text)")
  }
  return number
}
