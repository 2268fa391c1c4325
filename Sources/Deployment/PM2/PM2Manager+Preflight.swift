internal import Glibc
internal import Platform

extension PM2Manager {
  /// Whether pm2 is installed, answers this user, and has the app.
  ///
  /// `pm2 jlist` starts a daemon where none runs, which stays; the error then says so.
  package func preflight(for actions: Set<ManagerAction>, stop: () -> Bool) throws(PreflightError) {
    if let reason = reasonToRefuseName { throw .usage(reason) }
    if let problem = ProgramLookup.problem(with: command([])) {
      throw .unavailable("pm2 cannot be started: \(problem)")
    }
    if let problem = problemWithHome { throw .unavailable(problem) }
    let printed: String
    let processes: [PM2Process]
    do throws(ManagerError) {
      printed = try printedList(stop: stop)
      processes = try Self.processes(in: printed)
    } catch {
      throw .unavailable(error.description)
    }
    guard let reason = reasonOfAbsence(among: processes) else { return }
    throw .unavailable(reason + (Self.startedDaemon(printed) ? "; \(Self.daemonStarted)" : ""))
  }

  /// The remark where asking pm2 has started a daemon.
  static let daemonStarted =
    "pm2 ran no daemon here, and asking it has started one, which still runs: `pm2 kill` ends it"

  /// Whether pm2 had to start its daemon before it could print its list.
  static func startedDaemon(_ printed: String) -> Bool {
    OutputExcerpt.withoutColours(printed).split(whereSeparator: \.isNewline).contains {
      $0.hasPrefix("[PM2]") && $0.contains("Spawning PM2 daemon")
    }
  }

  /// Why pm2's home gives no list; a home that does not exist would get a daemon of its own.
  private var problemWithHome: String? {
    let given = environment["PM2_HOME"]
    guard let home = given ?? inheritedHome else { return nil }
    var status = stat()
    if stat(home, &status) != 0 {
      let code = errno
      // pm2 creates its default home on first use.
      if given == nil, code == ENOENT { return nil }
      return "pm2's home \(home): \(SystemError.message(for: code))"
    }
    if status.st_mode & S_IFMT != S_IFDIR { return "pm2's home \(home): \(SystemError.message(for: ENOTDIR))" }
    if access(home, R_OK | W_OK | X_OK) != 0 {
      return "pm2's home \(home): \(SystemError.message(for: errno)); run lbcheck as the user whose pm2 it is"
    }
    return nil
  }

  private var inheritedHome: String? {
    if let home = getenv("PM2_HOME") { return String(cString: home) }
    return getenv("HOME").map { String(cString: $0) + "/.pm2" }
  }
}
