extension CommandManager {
  /// systemd's unit; one with `{instance}` stands for all units of that form, which can be stopped and started one by one.
  static func systemd(_ unit: String, program: String = "systemctl", timeout: Duration) -> CommandManager {
    // systemctl takes patterns of loaded units.
    let all = filling("*", into: unit)
    func command(_ words: String...) -> ManagerCommand { ManagerCommand([program] + words) }
    return CommandManager(
      name: ManagerKind.systemd.rawValue, reload: command("reload", all), restart: command("restart", all),
      stop: command("stop", unit), start: command("start", unit),
      list: command("show", "--property=Id,LoadState,ActiveState,NRestarts,CanReload", all),
      reading: { (text) throws(ManagerError) in try units(in: text, form: unit) }, refusing: refusal, timeout: timeout)
  }

  /// Reads blocks of `NAME=VALUE` lines, a unit each.
  ///
  /// The main process stays through a reload, so it names no instance's process.
  static func units(in text: String, form: String) throws(ManagerError) -> [ManagedInstance] {
    var instances: [ManagedInstance] = []
    for values in blocks(in: text) {
      guard let id = values["Id"] else { continue }
      if values["LoadState"] == "not-found" { throw ManagerError("systemd has no unit \(id)") }
      instances.append(
        ManagedInstance(
          name: name(of: id, form: form), status: values["ActiveState"] ?? "unknown",
          restarts: values["NRestarts"].flatMap { Int($0) } ?? 0))
    }
    return instances
  }

  /// A unit without ExecReload= is not reloaded, whatever it does.
  private static func refusal(of text: String, _ action: ManagerAction) -> String? {
    guard action == .reload, let unit = blocks(in: text).first(where: { $0["CanReload"] == "no" }) else { return nil }
    return "\(unit["Id"] ?? "the unit") has no ExecReload=, so systemctl does not reload it: give --reload-command"
  }

  private static func blocks(in text: String) -> [[Substring: String]] {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    return lines.split(whereSeparator: \.isEmpty).map { block in
      var values: [Substring: String] = [:]
      for line in block {
        guard let equals = line.firstIndex(of: "=") else { continue }
        values[line[..<equals]] = String(line[line.index(after: equals)...])
      }
      return values
    }
  }

  /// What stands in a unit's name where its form has `{instance}`; the unit's name where that has none.
  private static func name(of unit: String, form: String) -> String {
    let plain = unit.hasSuffix(".service") ? String(unit.dropLast(8)) : unit
    let ends = (form.hasSuffix(".service") ? String(form.dropLast(8)) : form).split(
      separator: "{instance}", omittingEmptySubsequences: false)
    guard ends.count == 2, plain.hasPrefix(ends[0]), plain.hasSuffix(ends[1]),
      plain.count > ends[0].count + ends[1].count
    else { return plain }
    return String(plain.dropFirst(ends[0].count).dropLast(ends[1].count))
  }
}

extension ManagerGuide {
  static let systemd = ManagerGuide(
    reload: "`systemctl reload UNIT`", restart: "`systemctl restart UNIT`",
    claim: "the service reads its configuration again, as its ExecReload= has it; nothing about requests",
    source: "systemctl(1), systemd.service(5)",
    pitfall:
      "without ExecReload= there is no reload; with `kill -HUP $MAINPID` the command ends before the reload does (Type=notify-reload "
      + "waits); KillMode=control-group ends workers at once in a restart",
    whenLost:
      "systemd: if the unit has no graceful ExecReload=, reload the server itself, or use two units behind the balancer in turn",
    whenCut: "systemd: have the app finish its answers on SIGTERM, within TimeoutStopSec=")
}
