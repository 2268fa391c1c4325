internal import Glibc
internal import Platform

/// The master process of a server, known from its pid file.
struct MasterProcess: Sendable {
  let process: ProcessEntry
  var pid: Int32 { process.pid }

  /// Reads a pid file and looks at the process that it names.
  ///
  /// - Throws: ``ManagerError`` in one line for a file that cannot be read or holds no process number, for a process that is not
  ///   there, and for one that is of another program.
  init(pidFile path: String, of program: ServerProgram) throws(ManagerError) {
    let pid: Int32
    switch Self.number(in: path) {
    case .success(let number): pid = number
    case .failure(let error): throw error
    }
    guard let process = ProcessEntry(pid: pid), !process.isZombie else {
      throw ManagerError("\(path) names process \(pid), which is not there: the file is stale, or the server is down")
    }
    try self.init(process, of: program, from: path)
  }

  /// - Parameter place: what named the process.
  init(_ process: ProcessEntry, of program: ServerProgram, from place: String) throws(ManagerError) {
    guard program.matches(process) else {
      throw ManagerError(
        "\(place) names process \(process.pid), which is \(process.name) and not \(program.names[0]); it gets no signal"
      )
    }
    self.process = process
  }

  /// The number that a pid file holds in its first line.
  private static func number(in path: String) -> Result<Int32, ManagerError> {
    do throws(OutsideFile.Refusal) {
      let text = String(decoding: try OutsideFile.read(path, limit: 1 << 20), as: UTF8.self)
      let line = text.split(whereSeparator: \.isNewline).first.map { $0.filter { !$0.isWhitespace } } ?? ""
      // Neither the first process nor a group, and no more than the kernel has.
      guard let pid = Int32(line), pid > 1, pid <= 4_194_304 else {
        return .failure(ManagerError("\(path) holds no process number"))
      }
      return .success(pid)
    } catch {
      return .failure(ManagerError("\(path): \(error.reason)"))
    }
  }

  /// Whether it still runs.
  var isRunning: Bool { ProcessEntry(pid: pid).map { $0.isSame(as: process) && !$0.isZombie } ?? false }

  /// That it is a worker and no master; `nil` where nothing shows that.
  ///
  /// A master that another one started, to take over from it, has workers of its own.
  func problemWithParent(of program: ServerProgram) -> String? {
    Self.problem(
      process, childOf: ProcessEntry(pid: process.parent), with: ProcessEntry.children(of: pid), program)
  }

  static func problem(
    _ process: ProcessEntry, childOf parent: ProcessEntry?, with children: [ProcessEntry], _ program: ServerProgram
  ) -> String? {
    guard let parent, program.matches(parent), !children.contains(where: program.matches) else { return nil }
    return "names process \(process.pid), a worker of process \(parent.pid); the pid of the master is expected"
  }

  /// Why this user may not send it a signal; `nil` where they may.
  var problemWithPermission: String? {
    guard kill(pid, 0) != 0, errno == EPERM else { return nil }
    return "no permission to signal process \(pid) (\(process.name)): run lbcheck as its user or as root"
  }

  /// - Returns: why the signal was not sent; `nil` where it was.
  func send(_ signal: ServerSignal) -> String? {
    guard isRunning else { return "process \(pid) has ended before it got SIG\(signal.rawValue)" }
    return kill(pid, signal.number) == 0
      ? nil : "SIG\(signal.rawValue) to process \(pid): \(SystemError.message(for: errno))"
  }
}

/// A signal by which a server is reloaded.
enum ServerSignal: String, Sendable {
  case hangup = "HUP"
  case user1 = "USR1"
  case user2 = "USR2"
  case windowChange = "WINCH"
  case quit = "QUIT"

  var number: Int32 {
    switch self {
    case .hangup: SIGHUP
    case .user1: SIGUSR1
    case .user2: SIGUSR2
    case .windowChange: SIGWINCH
    case .quit: SIGQUIT
    }
  }
}
