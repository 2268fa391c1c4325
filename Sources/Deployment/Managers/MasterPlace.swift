internal import Glibc
internal import Platform

/// Where a server's master is found and told what to do: a pid file, a FIFO that it reads, or a socket that it serves.
enum MasterPlace: Sendable, Equatable {
  case pidFile(String)
  case fifo(String)
  case socket(String)

  /// - Parameter takesWords: whether the server reads a FIFO or serves a socket.
  /// - Throws: ``ManagerError`` where nothing is there.
  init(_ path: String, takesWords: Bool) throws(ManagerError) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw ManagerError("\(path): \(SystemError.message(for: errno))") }
    switch status.st_mode & S_IFMT {
    case S_IFIFO where takesWords: self = .fifo(path)
    case S_IFSOCK where takesWords: self = .socket(path)
    default: self = .pidFile(path)
    }
  }

  /// The process at the place.
  ///
  /// - Throws: ``ManagerError`` in one line where there is none, or one of another program.
  func master(of program: ServerProgram, timeout: Duration) throws(ManagerError) -> MasterProcess {
    switch self {
    case .pidFile(let path): return try MasterProcess(pidFile: path, of: program)
    case .fifo(let path):
      guard let process = Self.reader(of: path, program) else {
        throw ManagerError("\(path): no \(program.names[0]) that this user can see reads this FIFO")
      }
      return try MasterProcess(process, of: program, from: path)
    case .socket(let path):
      let answer = try LocalConversation.ask(.unix(path), "show proc\n", timeout: timeout)
      guard let pid = Self.masterPid(inProcessTable: answer) else {
        throw ManagerError("\(path) is no master socket of HAProxy: it does not answer `show proc`")
      }
      guard let process = ProcessEntry(pid: pid) else {
        throw ManagerError("\(path) names process \(pid), which is not there")
      }
      return try MasterProcess(process, of: program, from: path)
    }
  }

  /// The pid in the line of the master, of what HAProxy answers to `show proc`.
  static func masterPid(inProcessTable answer: String) -> Int32? {
    for line in answer.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
      let words = line.split(separator: " ")
      if words.count > 1, words[1] == "master" { return Int32(words[0]) }
    }
    return nil
  }

  /// The process of a program that has a file open, the parent before its children.
  private static func reader(of path: String, _ program: ServerProgram) -> ProcessEntry? {
    var wanted = stat()
    guard stat(path, &wanted) == 0 else { return nil }
    let readers = ProcessEntry.all.compactMap { ProcessEntry(pid: $0) }.filter { process in
      program.matches(process) && hasOpen(process.pid, wanted)
    }
    return readers.first { process in !readers.contains { $0.pid == process.parent } }
  }

  private static func hasOpen(_ pid: Int32, _ wanted: stat) -> Bool {
    guard let folder = opendir("/proc/\(pid)/fd") else { return false }
    defer { closedir(folder) }
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      var status = stat()
      // Follows the link to what is open.
      if stat("/proc/\(pid)/fd/\(name)", &status) == 0, status.st_ino == wanted.st_ino, status.st_dev == wanted.st_dev {
        return true
      }
    }
    return false
  }

  /// Asks the master for something.
  ///
  /// - Returns: why it was not asked; `nil` where it was.
  func send(_ request: SignalledServer.Request, to master: MasterProcess, timeout: Duration) -> String? {
    switch self {
    case .pidFile:
      guard let signal = request.signal else { return "no signal does this; give its FIFO instead of a pid file" }
      return master.send(signal)
    case .fifo(let path):
      guard let words = request.words else { return "\(path) takes no such request" }
      let descriptor = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
      guard descriptor >= 0 else { return "\(path): \(SystemError.message(for: errno))" }
      defer { System.close(descriptor) }
      System.write(words, to: descriptor)
      return nil
    case .socket(let path):
      guard let words = request.words else { return "\(path) takes no such request" }
      do throws(ManagerError) {
        let answer = try LocalConversation.ask(.unix(path), words + "\n", timeout: timeout)
        // Before 2.7 it answers nothing.
        return answer.contains("Success=0") ? OutputExcerpt.lastLine(answer) ?? "refused" : nil
      } catch {
        return error.description
      }
    }
  }

  /// A line by which a user can do the same.
  func command(_ request: SignalledServer.Request, to master: MasterProcess) -> [String] {
    switch self {
    case .pidFile: ["kill", "-\(request.signal?.rawValue ?? "0")", "\(master.pid)"]
    case .fifo(let path): ["sh", "-c", "echo \(request.words ?? "") >\(path)"]
    case .socket(let path): ["sh", "-c", "echo \(request.words ?? "") | socat - \(path)"]
    }
  }

  /// Whether the master can be asked for it here.
  func takes(_ request: SignalledServer.Request) -> Bool {
    switch self {
    case .pidFile: request.signal != nil
    case .fifo, .socket: request.words != nil
    }
  }
}
