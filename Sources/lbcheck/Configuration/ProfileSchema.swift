/// Which option a profile's key stands for: the sections by a table, every other key by its own name.
enum ProfileSchema {
  /// Settings that belong together under one key.
  struct Section: Sendable {
    /// The key that holds it.
    let name: String
    /// The only command it applies to; `nil` for all that take its options.
    let command: String?
    /// Its keys with the names of their options, without dashes.
    let keys: [Key]

    /// The option that a key stands for; `nil` for a key it does not have.
    func option(_ key: String) -> String? { keys.first { $0.name == key }?.option }
  }

  /// A section's key and the option it stands for.
  struct Key: Sendable {
    let name: String
    let option: String

    init(_ name: String, _ option: String) {
      self.name = name
      self.option = option
    }
  }

  static let sections = [
    Section(
      name: "deploy", command: nil,
      keys: [
        Key("pm2", "pm2"), Key("pm2Program", "pm2-program"), Key("pm2Home", "pm2-home"),
        Key("reload", "reload-command"), Key("restart", "restart-command"), Key("stop", "stop-command"),
        Key("start", "start-command"), Key("break", "break-command"), Key("repair", "repair-command"),
        Key("timeout", "manager-timeout"),
      ]),
    Section(
      name: "reload", command: "reload-test",
      keys: [
        Key("settle", "settle"), Key("p99Factor", "p99-factor"), Key("restart", "restart"),
        Key("replacement", "replacement"), Key("brokenBuild", "broken-build"),
        Key("survivesBrokenBuild", "survives-broken-build"), Key("survivesRestart", "survives-restart"),
        Key("slowPath", "slow-path"), Key("recovery", "recovery"), Key("maxGap", "max-gap"),
      ]),
    Section(
      name: "failover", command: "failover",
      keys: [
        Key("settle", "settle"), Key("instance", "instance"), Key("allInTurn", "all-in-turn"),
        Key("recovery", "recovery"), Key("maxGap", "max-gap"),
      ]),
    Section(
      name: "capacity", command: "capacity",
      keys: [
        Key("p50", "p50"), Key("p90", "p90"), Key("p95", "p95"), Key("p99", "p99"), Key("p999", "p999"),
        Key("percentiles", "percentile"),
        Key("failed", "failed"), Key("expectRate", "expect-rate"), Key("precision", "precision"),
        Key("startRate", "start-rate"), Key("maxRate", "max-rate"), Key("step", "step"), Key("budget", "budget"),
        Key("scale", "scale"), Key("ladder", "ladder"),
      ]),
    Section(
      name: "gate", command: "gate",
      keys: [Key("checks", "check"), Key("thresholds", "threshold"), Key("baseline", "baseline")]),
  ]

  /// `backendHeader` as `backend-header`.
  static func option(_ key: String) -> String {
    key.reduce(into: "") { name, character in
      if character.isUppercase { name += "-" }
      name += character.lowercased()
    }
  }

  /// `backend-header` as `backendHeader`.
  static func key(_ option: String) -> String {
    let words = option.split(separator: "-")
    return words.dropFirst().reduce(into: words.first.map(String.init) ?? "") { key, word in
      key += word.prefix(1).uppercased() + word.dropFirst()
    }
  }
}
