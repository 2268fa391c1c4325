internal import FoundationEssentials

extension PM2Manager {
  /// Reads what `pm2 jlist` prints: other text may stand before and after the list, and colours anywhere.
  ///
  /// - Throws: ``ManagerError``, which never repeats any of the list.
  static func processes(in printed: String) throws(ManagerError) -> [PM2Process] {
    let bytes = Array(OutputExcerpt.withoutColours(printed).utf8)
    var reason = "printed no list of processes"
    if let line = OutputExcerpt.firstLine(printed), !line.contains("{") { reason += " but “\(line)”" }
    var position = 0
    while let start = startOfArray(in: bytes, from: position) {
      position = start + 1
      guard let end = endOfArray(in: bytes, from: start) else {
        reason = "printed a list of processes that breaks off"
        continue
      }
      guard let entries = try? JSONDecoder().decode([Entry].self, from: Data(bytes[start..<end])) else {
        reason = "printed a list of processes that cannot be read"
        continue
      }
      var processes: [PM2Process] = []
      for entry in entries {
        guard let app = entry.app else { continue }
        guard let process = entry.process(of: app) else { throw ManagerError("jlist shows an instance without an id") }
        processes.append(process)
      }
      return processes
    }
    throw ManagerError("jlist \(reason)")
  }

  // MARK: Finding it

  /// Where a line begins with `[` and goes on, maybe on the next line, as a list of objects or an empty one does.
  private static func startOfArray(in bytes: [UInt8], from position: Int) -> Int? {
    var index = position
    var atStartOfLine = position == 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "["), atStartOfLine,
        let next = bytes[(index + 1)...].first(where: { !isSpace($0) }),
        next == UInt8(ascii: "{") || next == UInt8(ascii: "]")
      {
        return index
      }
      atStartOfLine = byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") || atStartOfLine && isSpace(byte)
      index += 1
    }
    return nil
  }

  /// The index after the bracket that closes the one at `start`; brackets in strings do not count.
  private static func endOfArray(in bytes: [UInt8], from start: Int) -> Int? {
    var depth = 0
    var isInString = false
    var index = start
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "\\") where isInString: index += 1
      case UInt8(ascii: "\""): isInString.toggle()
      case _ where isInString: break
      case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        depth -= 1
        if depth == 0 { return index + 1 }
      default: break
      }
      index += 1
    }
    return nil
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
  }

  // MARK: Reading it

  /// The fields of an entry that are used; one that is missing, null or of another kind is nil.
  private struct Entry: Decodable {
    let app: String?
    private let id: Int?
    private let pid: Int?
    private let settings: Settings?

    enum CodingKeys: String, CodingKey {
      case app = "name"
      case id = "pm_id"
      case pid
      case settings = "pm2_env"
    }

    init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: CodingKeys.self)
      settings = try? fields.decode(Settings.self, forKey: .settings)
      app = (try? fields.decode(String.self, forKey: .app)) ?? settings?.name
      id = fields.lenientInteger(.id) ?? settings?.id
      pid = fields.lenientInteger(.pid)
    }

    func process(of app: String) -> PM2Process? {
      guard let id else { return nil }
      return PM2Process(
        id: id, app: app, namespace: settings?.namespace, pid: Int32(clamping: max(pid ?? 0, 0)),
        status: settings?.status ?? "unknown", restarts: settings?.restarts ?? 0, slot: settings?.slot,
        isClusterMode: settings?.mode.map { $0.hasPrefix("cluster") }, waitsForReady: settings?.waitsForReady,
        killTimeout: settings?.killTimeout, listenTimeout: settings?.listenTimeout,
        restartsBy: settings?.restartsBy ?? [], port: settings?.port)
    }
  }

  private struct Settings: Decodable {
    let name: String?
    let namespace: String?
    let id: Int?
    let status: String?
    let mode: String?
    let restarts: Int?
    let slot: Int?
    let waitsForReady: Bool?
    let killTimeout: Int?
    let listenTimeout: Int?
    let restartsBy: [String]
    let port: Int?

    enum CodingKeys: String, CodingKey {
      case name, namespace, status
      case id = "pm_id"
      case mode = "exec_mode"
      case restarts = "restart_time"
      case slot = "NODE_APP_INSTANCE"
      case waitsForReady = "wait_ready"
      case killTimeout = "kill_timeout"
      case listenTimeout = "listen_timeout"
      case cronRestart = "cron_restart"
      case memoryLimit = "max_memory_restart"
      case port = "PORT"
      case watch
    }

    init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: CodingKeys.self)
      name = try? fields.decode(String.self, forKey: .name)
      namespace = try? fields.decode(String.self, forKey: .namespace)
      status = try? fields.decode(String.self, forKey: .status)
      mode = try? fields.decode(String.self, forKey: .mode)
      id = fields.lenientInteger(.id)
      restarts = fields.lenientInteger(.restarts)
      slot = fields.lenientInteger(.slot)
      let ready = try? fields.decode(String.self, forKey: .waitsForReady)
      waitsForReady = (try? fields.decode(Bool.self, forKey: .waitsForReady)) ?? ready.map { $0 == "true" }
      killTimeout = fields.lenientInteger(.killTimeout)
      listenTimeout = fields.lenientInteger(.listenTimeout)
      port = fields.lenientInteger(.port).flatMap { (1...65_535).contains($0) ? $0 : nil }
      var restartsBy: [String] = []
      if let cron = try? fields.decode(String.self, forKey: .cronRestart), !cron.isEmpty, cron != "0" {
        restartsBy.append("cron_restart \(cron.prefix(40))")
      }
      if let limit = fields.lenientInteger(.memoryLimit), limit > 0 {
        restartsBy.append("max_memory_restart \(limit)")
      }
      if (try? fields.decode(Bool.self, forKey: .watch)) == true { restartsBy.append("watch") }
      self.restartsBy = restartsBy
    }
  }
}

extension KeyedDecodingContainer {
  /// A whole number, whether it is written as one or in a string; nil when it is neither.
  fileprivate func lenientInteger(_ key: Key) -> Int? {
    if let number = try? decode(Int.self, forKey: key) { return number }
    return (try? decode(String.self, forKey: key)).flatMap { Int($0) }
  }
}
