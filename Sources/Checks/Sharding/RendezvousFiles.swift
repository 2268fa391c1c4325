internal import FoundationEssentials
internal import Glibc
internal import Platform
internal import Report
internal import Statistics

/// The small files through which shards agree on their start: one name with different endings, in a shared folder.
///
/// A file appears whole or not at all. Files of an earlier run are recognised by their process names: each process has a random
/// one, and answers only files that use it.
struct RendezvousFiles {
  let path: String

  /// What distinguishes a start-file from any other.
  private static let schema = "lbcheck.start/1"

  /// A start-file's content under its schema.
  private struct Marked<Content: Codable>: Codable {
    var schema: String
    var content: Content
  }

  /// The first shard is there: `PATH.first`.
  struct First: Codable {
    /// Its name, and that of the run.
    var run: String
    /// An id of its machine, and so of its clock; `nil` if there is none.
    var machine: String?
  }

  /// Another shard asks the first what time it is, or says that it is ready: `PATH.ask-I`.
  struct Ask: Codable, Equatable {
    var run: String
    /// The name of the asking process.
    var name: String
    /// The digest of its plan.
    var digest: String
    /// Which question of this process.
    var question: Int
    /// Whether it has finished asking.
    var isReady: Bool
    /// How long its shortest exchange took, in nanoseconds.
    var roundTrip: Int64?
  }

  /// The first shard's answer: `PATH.answer-I`.
  struct Answer: Codable {
    var name: String
    var question: Int
    var received: Int64
    var answered: Int64
  }

  /// The common start, or why there is none: `PATH` itself.
  struct Start: Codable {
    var run: String
    /// In nanoseconds since 1970 by the first shard's clock.
    var time: Int64?
    /// The processes that it is for.
    var names: [String]
    var refusal: String?
  }

  enum File {
    case first
    case ask(Int)
    case answer(Int)
    case start
    case end
  }

  private func path(of file: File) -> String {
    switch file {
    case .first: path + ".first"
    case .ask(let number): path + ".ask-\(number)"
    case .answer(let number): path + ".answer-\(number)"
    case .start: path
    case .end: path + ".end"
    }
  }

  /// The names of 100,000 processes take less.
  private static let longest = 8 << 20

  /// - Returns: `nil` for a file that is not there, or not one of these.
  /// - Throws: ``CheckError/usage(_:)`` for a file that the shards of this run cannot have made.
  func read<Content: Codable>(_ file: File) throws(CheckError) -> Content? {
    let path = path(of: file)
    do throws(OutsideFile.Refusal) {
      let bytes = try OutsideFile.read(path, limit: Self.longest, followsLinks: false, isTrusted: isTrusted)
      let marked = try? JSONDecoder().decode(Marked<Content>.self, from: Data(bytes))
      return marked?.schema == Self.schema ? marked?.content : nil
    } catch {
      switch error.kind {
      // A network file system may not show it for a moment.
      case .unreadable: return nil
      case .directory, .notRegular, .symbolicLink, .stranger, .tooLarge:
        throw .usage("--start-file: \(Escaping.terminal(path)): \(error.reason)")
      }
    }
  }

  /// Whether files of an owner may be this run's: they are this user's, or root's.
  private func isTrusted(_ owner: uid_t) -> Bool {
    owner == geteuid() || owner == 0 || owner == ownerOfNewFiles
  }

  /// The owner of files that this process makes here: a network file system may assign another user.
  private var ownerOfNewFiles: uid_t? {
    let path = "\(path).\(RendezvousFiles.name())"
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return nil }
    defer {
      close(descriptor)
      unlink(path)
    }
    var status = stat()
    return fstat(descriptor, &status) == 0 ? status.st_uid : nil
  }

  /// Checks whether a file may be written: there is none, or one of lbcheck's own.
  ///
  /// - Throws: ``CheckError/usage(_:)`` for a file that is not lbcheck's.
  func demandOwn<Content: Codable>(_ file: File, _: Content.Type) throws(CheckError) {
    let path = path(of: file)
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    let content: Content? = try read(file)
    // Another shard may have removed it meanwhile.
    guard content == nil, lstat(path, &status) == 0 else { return }
    throw .usage(
      "--start-file: \(Escaping.terminal(path)): it already exists and is not a start-file of lbcheck's")
  }

  /// Replaces nothing but a start-file.
  ///
  /// - Throws: ``CheckError/usage(_:)`` naming the file and the reason.
  func write<Content: Codable>(_ content: Content, to file: File, as writer: String) throws(CheckError) {
    let path = path(of: file)
    let temporary = "\(path).\(writer)"
    try demandOwn(file, Content.self)
    guard let data = try? JSONEncoder().encode(Marked(schema: Self.schema, content: content)) else {
      preconditionFailure("texts and numbers have a JSON form")
    }
    Leftovers.add(file: temporary)
    defer { Leftovers.drop(file: temporary) }
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure(path, errno) }
    let written = data.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    let reason = written == data.count ? 0 : written < 0 ? errno : ENOSPC
    guard close(descriptor) == 0, reason == 0 else {
      unlink(temporary)
      throw failure(path, reason == 0 ? EIO : reason)
    }
    guard rename(temporary, path) == 0 else {
      let reason = errno
      unlink(temporary)
      throw failure(path, reason)
    }
    switch file {
    case .first, .ask, .answer: Leftovers.add(file: path)
    // The others may not have read these yet.
    case .start, .end: break
    }
  }

  private func failure(_ path: String, _ code: Int32) -> CheckError {
    .usage("--start-file: cannot write \(Escaping.terminal(path)): \(SystemError.message(for: code))")
  }

  /// The numbers of the shards whose questions are there.
  func asking() -> [Int] {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let prefix = (slash.map { String(path[path.index(after: $0)...]) } ?? path) + ".ask-"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.compactMap { $0.hasPrefix(prefix) ? Int($0.dropFirst(prefix.count)) : nil }.sorted()
  }

  /// When a file was written, by the file system's clock, in nanoseconds since 1970; `nil` if it is not there.
  func modified(_ file: File) -> Int64? {
    var status = stat()
    guard lstat(path(of: file), &status) == 0 else { return nil }
    // A file's time may be any.
    let (time, overflow) = Int64(status.st_mtim.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return status.st_mtim.tv_sec < 0 ? .min : .max }
    return time.addingSaturated(Int64(status.st_mtim.tv_nsec))
  }

  /// Removes the mark of a run's first shard, but not another run's.
  func remove(_ file: File, of run: String) {
    if let first = try? read(file) as First?, first.run == run { remove(file) }
  }

  func remove(_ file: File) {
    unlink(path(of: file))
    Leftovers.drop(file: path(of: file))
  }

  /// The id of a running kernel, whose containers all share its clock; `nil` if it cannot be read.
  static let machine: String? = FileManager.default.contents(atPath: "/proc/sys/kernel/random/boot_id")
    .map { String(decoding: $0, as: UTF8.self).filter { !$0.isWhitespace } }
    .flatMap { $0.isEmpty ? nil : $0 }

  /// A unique name for a process.
  static func name() -> String {
    "\(String(UInt64.random(in: .min ... .max), radix: 36))-\(getpid())"
  }
}
