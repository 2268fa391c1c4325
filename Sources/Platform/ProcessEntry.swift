internal import Glibc

/// A process as `/proc` shows it: of any user, and not necessarily a child.
public struct ProcessEntry: Sendable, Equatable {
  public let pid: Int32
  public let parent: Int32
  /// Its short name (`comm`), at most 15 bytes, which a program may change.
  public let name: String
  /// Its command line, which a program may replace by a title in one word; empty for kernel threads.
  public let arguments: [String]
  /// Since the machine's start, in clock ticks; with the pid it identifies a process.
  public let startTicks: UInt64
  /// Whether it has ended and only waits for its parent to take notice.
  public let isZombie: Bool

  public init(
    pid: Int32, parent: Int32 = 1, name: String, arguments: [String] = [], startTicks: UInt64 = 0,
    isZombie: Bool = false
  ) {
    self.pid = pid
    self.parent = parent
    self.name = name
    self.arguments = arguments
    self.startTicks = startTicks
    self.isZombie = isZombie
  }

  /// The longest file of `/proc` that is read, in bytes.
  private static let mostBytes = 1 << 20

  /// The process of a number; `nil` if there is none.
  public init?(pid: Int32) {
    guard let stat = try? OutsideFile.read("/proc/\(pid)/stat", limit: Self.mostBytes) else { return nil }
    let line = String(decoding: stat, as: UTF8.self)
    // The name stands in parentheses and may hold some itself: proc_pid_stat(5).
    guard let open = line.firstIndex(of: "("), let close = line.lastIndex(of: ")"), open < close else { return nil }
    let fields = line[line.index(after: close)...].split(separator: " ")
    guard fields.count > 19, let parent = Int32(fields[1]), let start = UInt64(fields[19]) else { return nil }
    let words = (try? OutsideFile.read("/proc/\(pid)/cmdline", limit: Self.mostBytes)) ?? []
    self.init(
      pid: pid, parent: parent, name: String(line[line.index(after: open)..<close]),
      arguments: words.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }, startTicks: start,
      isZombie: fields[0] == "Z" || fields[0] == "X")
  }

  /// The numbers of all processes.
  public static var all: [Int32] {
    guard let folder = opendir("/proc") else { return [] }
    defer { closedir(folder) }
    var pids: [Int32] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if let pid = Int32(name) { pids.append(pid) }
    }
    return pids
  }

  /// The children of a process that have not ended, by rising start.
  public static func children(of pid: Int32) -> [ProcessEntry] {
    all.compactMap { ProcessEntry(pid: $0) }.filter { $0.parent == pid && !$0.isZombie }
      .sorted { ($0.startTicks, $0.pid) < ($1.startTicks, $1.pid) }
  }

  /// Whether it is the same process as another entry, maybe with another title.
  public func isSame(as other: ProcessEntry) -> Bool { pid == other.pid && startTicks == other.startTicks }
}
