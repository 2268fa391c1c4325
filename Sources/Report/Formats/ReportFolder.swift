internal import Glibc
internal import Platform
internal import Statistics

/// The folder that holds the files of one report.
///
/// A run proves the folder before it begins, so that an hour of measuring is not lost to a full disk:
///
/// ```swift
/// let folder = try ReportFolder.prepareDefault(check: .fairness, host: "alvin.xyz", secondsSince1970: now)
/// // … measure …
/// try folder.write(document)
/// ```
public struct ReportFolder: Sendable, Equatable {
  /// The path of the folder, as it was given.
  public let path: String
  /// The folders that were created for it, the outermost first; all others were there before, and stay.
  private let created: [String]

  /// The free space a folder must have before a run, in bytes.
  public static let neededBytes: UInt64 = 4 << 20
  private static let probeBytes = 64 << 10

  private init(path: String, created: [String]) {
    self.path = path
    self.created = created
  }

  // MARK: Before the run

  /// Creates a folder with its parents where needed, and proves that files can be written to it.
  ///
  /// - Throws: an error that names the path and the reason, when the folder cannot be created or written to, or when
  ///   its disk has less than ``neededBytes`` free.
  public static func prepare(_ path: String) throws(ReportFolderError) -> ReportFolder {
    try checkPath(path)
    var created = try createParents(of: path)
    if mkdir(path, 0o777) == 0 {
      Leftovers.add(folder: path)
      created.append(path)
    } else if errno != EEXIST {
      let reason = errno
      removeIfEmpty(created)
      throw ReportFolderError(path, "create folder", reason)
    }
    return try proven(path, created)
  }

  /// Creates a new folder `<parent>/<check>-<host>-<time>`, with `-2`, `-3`, … where that exists, and proves it.
  ///
  /// Two runs that begin in the same second never get the same folder.
  ///
  /// - Throws: as ``prepare(_:)`` does.
  public static func prepareDefault(
    check: CheckKind, host: String, secondsSince1970: Double, in parent: String = "Reports"
  ) throws(ReportFolderError) -> ReportFolder {
    let base = parent + "/" + defaultName(check: check, host: host, secondsSince1970: secondsSince1970)
    try checkPath(base)
    let created = try createParents(of: base)
    var number = 1
    while true {
      let path = number == 1 ? base : "\(base)-\(number)"
      if mkdir(path, 0o777) == 0 {
        Leftovers.add(folder: path)
        return try proven(path, created + [path])
      }
      let reason = errno
      guard reason == EEXIST, number < 10_000 else {
        removeIfEmpty(created)
        throw ReportFolderError(path, "create folder", reason)
      }
      number += 1
    }
  }

  /// The name of a run's folder, such as `fairness-alvin.xyz-20261125T064528Z`.
  ///
  /// Whatever in the host is not a letter, digit, point, hyphen or underscore of ASCII becomes a hyphen.
  public static func defaultName(check: CheckKind, host: String, secondsSince1970: Double) -> String {
    [check.rawValue, safe(host, else: "target"), UTCTime.compact(secondsSince1970: secondsSince1970)]
      .joined(separator: "-")
  }

  private static func safe(_ text: String, else substitute: String) -> String {
    var result = ""
    for byte in text.utf8 where result.utf8.count < 80 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      case UInt8(ascii: "."):
        // No name begins with a point, and none holds "..".
        if !result.isEmpty, result.last != "." { result += "." }
      default:
        if !result.isEmpty, result.last != "-" { result += "-" }
      }
    }
    while result.last == "-" || result.last == "." { result.removeLast() }
    return result.isEmpty ? substitute : result
  }

  private static func checkPath(_ path: String) throws(ReportFolderError) {
    if path.isEmpty { throw ReportFolderError(path, "create folder", ENOENT) }
    if path.utf8.contains(0) { throw ReportFolderError(path, "create folder", EINVAL) }
  }

  /// Creates what is missing above a path; the result are the folders that were, the outermost first.
  private static func createParents(of path: String) throws(ReportFolderError) -> [String] {
    var created: [String] = []
    for (position, byte) in zip(path.utf8.indices, path.utf8) where byte == UInt8(ascii: "/") {
      let parent = String(path[..<position])
      guard !parent.isEmpty else { continue }
      if mkdir(parent, 0o777) == 0 {
        Leftovers.add(folder: parent)
        created.append(parent)
        continue
      }
      if errno == EEXIST { continue }
      // On the way down, a folder that exists may refuse for other reasons (a read-only disk); only the last counts.
      let reason = errno
      if access(parent, F_OK) != 0 {
        removeIfEmpty(created)
        throw ReportFolderError(parent, "create folder", reason)
      }
    }
    return created
  }

  /// A folder to which files can be written; where none can, those that were created for it are gone again.
  private static func proven(_ path: String, _ created: [String]) throws(ReportFolderError) -> ReportFolder {
    do throws(ReportFolderError) {
      try prove(path)
      return ReportFolder(path: path, created: created)
    } catch {
      removeIfEmpty(created)
      throw error
    }
  }

  private static func prove(_ path: String) throws(ReportFolderError) {
    var space = statvfs()
    if statvfs(path, &space) == 0 {
      let (free, overflow) = UInt64(space.f_bavail).multipliedReportingOverflow(by: UInt64(space.f_frsize))
      if !overflow, free < neededBytes { throw ReportFolderError(path, "write to folder", ENOSPC) }
    }
    let probe = Self.temporary("probe", in: path)
    // Bytes that differ, so that no file system stores them as nothing.
    let bytes = (0..<probeBytes).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 >> 8) }
    Leftovers.add(file: probe)
    defer {
      unlink(probe)
      Leftovers.drop(file: probe)
    }
    do throws(ReportFolderError) {
      try fill(probe, with: bytes)
    } catch {
      throw ReportFolderError(path, "write to folder", error.code)
    }
  }

  // MARK: After the run

  /// Removes the folders that were created for it, as far as they are empty.
  public func removeIfEmpty() { Self.removeIfEmpty(created) }

  private static func removeIfEmpty(_ folders: [String]) {
    for folder in folders.reversed() where rmdir(folder) != 0 { return }
  }

  /// A file that is written while the run goes on.
  ///
  /// - Throws: an error that names the path and the reason.
  public func stream(_ name: String) throws(ReportFolderError) -> ReportFileStream {
    try ReportFileStream(name, in: path)
  }

  /// Writes the files of a report: the page's charts, what `formats` add, `report.md`, `report.html`, and last
  /// `report.json`.
  ///
  /// Each file appears whole or not at all, and replaces one of the same name. Charts and other formats of an earlier report that this one
  /// does not have are removed: they would be taken for its own.
  ///
  /// - Parameters:
  ///   - document: what to write.
  ///   - tolerance: the tolerance to draw in the chart, as a difference of shares, 0…1.
  ///   - formats: what to write besides; `requests.csv` is not made here, since a document does not hold the requests.
  ///   - secondsSince1970: the time of day, for the formats that include it.
  /// - Throws: an error that names the path and the reason.
  public func write(
    _ document: ReportDocument, tolerance: Double? = nil, formats: Set<ReportFormat> = [], secondsSince1970: Double = 0
  ) throws(ReportFolderError) {
    let page = Page(document, tolerance: tolerance)
    try removeEarlier(beside: Set(page.charts.map(\.file)), formats, keepsSeries: document.check == .watch)
    for chart in page.charts where chart.isOwn { try replace(chart.file, with: chart.draw(.file)) }
    if formats.contains(.csv), let traffic = document.traffic {
      try replace(HistogramTableWriter.file, with: HistogramTableWriter().write(traffic))
      // A watch writes one of its own as it goes on.
      if document.check != .watch, traffic.series != nil {
        try replace(SeriesTableWriter.file, with: SeriesTableWriter().write(traffic))
      }
    }
    if formats.contains(.hgrm) {
      try write(document.traffic?.latency, to: HistogramTextWriter.latencyFile)
      try write(document.traffic?.serviceTime, to: HistogramTextWriter.serviceTimeFile)
    }
    if formats.contains(.prometheus) {
      try replace(PrometheusWriter.file, with: PrometheusWriter().write(document, secondsSince1970: secondsSince1970))
    }
    if formats.contains(.junit) { try replace(JUnitWriter.file, with: JUnitWriter().write(document)) }
    try replace("report.md", with: MarkdownWriter().write(page))
    try replace("report.html", with: HTMLWriter().write(page))
    try replace("report.json", withJSON: document)
  }

  /// Writes one shard's part; it appears whole or not at all, and replaces one of the same name.
  ///
  /// - Throws: an error that names the path and the reason.
  public func write(_ part: some Encodable, as file: String) throws(ReportFolderError) {
    try replace(file, withJSON: part)
  }

  /// Removes a file that an earlier run may have left.
  ///
  /// - Throws: an error that names the path and the reason.
  public func remove(_ name: String) throws(ReportFolderError) {
    if unlink("\(path)/\(name)") != 0, errno != ENOENT { throw ReportFolderError("\(path)/\(name)", "write", errno) }
  }

  private func removeEarlier(
    beside charts: Set<String>, _ formats: Set<ReportFormat>, keepsSeries: Bool
  ) throws(ReportFolderError) {
    for chart in PageChart.files where !charts.contains(chart) { try remove(chart) }
    for format in ReportFormat.allCases where !formats.contains(format) {
      for file in format.files where !keepsSeries || file != SeriesTableWriter.file { try remove(file) }
    }
  }

  private func write(_ summary: LatencySummary?, to name: String) throws(ReportFolderError) {
    // Without a successful request there is an empty distribution.
    let histogram = summary.flatMap { try? Histogram(base64V2: $0.histogram) } ?? Histogram()
    try replace(name, with: HistogramTextWriter().write(histogram))
  }

  /// Replaces a file by a document. One that has no JSON form leaves no file: an older one there would be taken for it.
  private func replace(_ name: String, withJSON document: some Encodable) throws(ReportFolderError) {
    let json: String
    do throws(MissingFigure) {
      json = try JSONWriter().write(document)
    } catch {
      try remove(name)
      throw ReportFolderError(path: "\(path)/\(name)", missing: error)
    }
    try replace(name, with: json)
  }

  private func replace(_ name: String, with text: String) throws(ReportFolderError) {
    let final = "\(path)/\(name)"
    let temporary = Self.temporary(name, in: path)
    Leftovers.add(file: temporary)
    defer { Leftovers.drop(file: temporary) }
    do throws(ReportFolderError) {
      try Self.fill(temporary, with: Array(text.utf8))
      if rename(temporary, final) != 0 { throw ReportFolderError(final, "write", errno) }
    } catch {
      unlink(temporary)
      throw ReportFolderError(path: final, operation: error.operation, code: error.code)
    }
  }

  /// An unpredictable name for a file that is not complete yet.
  static func temporary(_ name: String, in folder: String) -> String {
    "\(folder)/.\(name)-\(String(UInt64.random(in: .min ... .max), radix: 36))"
  }

  /// Creates a new file for writing; the result is negative where that fails, with the reason in `errno`.
  static func create(_ path: String) -> Int32 {
    open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o666)
  }

  /// Writes a new file and waits until it is on the disk.
  private static func fill(_ path: String, with bytes: [UInt8]) throws(ReportFolderError) {
    let descriptor = create(path)
    guard descriptor >= 0 else { throw ReportFolderError(path, "write", errno) }
    var failure = put(bytes, to: descriptor)
    if failure == 0 { failure = sync(descriptor) }
    if close(descriptor) != 0, failure == 0, errno != EINTR { failure = errno }
    if failure != 0 { throw ReportFolderError(path, "write", failure) }
  }

  /// Writes all bytes; the result is the system's number of an error, 0 for none.
  static func put(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while !rest.isEmpty {
        let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count > 0 {
          rest = rest.dropFirst(count)
        } else if count == 0 || errno != EINTR {
          return count == 0 ? EIO : errno
        }
      }
      return 0
    }
  }

  /// Waits until a file is on the disk; the result is the system's number of an error, 0 for none.
  static func sync(_ descriptor: Int32) -> Int32 {
    // Some file systems (pipes behind a mount, for one) cannot sync; that they cannot is no failure to write.
    fsync(descriptor) != 0 && errno != EINVAL ? errno : 0
  }
}

/// Which file or folder of a report could not be created, and why.
public struct ReportFolderError: Error, Equatable, CustomStringConvertible {
  /// The path of the file or folder.
  public let path: String
  /// What was tried: "create folder", "write to folder" or "write".
  public let operation: String
  /// The system's error number; 0 where the document is why.
  public let code: Int32
  /// The figure without which the document cannot be written.
  public let missing: MissingFigure?

  /// An error of the system about a path.
  public init(path: String, operation: String, code: Int32) {
    self.path = path
    self.operation = operation
    self.code = code
    missing = nil
  }

  /// A document that has no form to be written in.
  fileprivate init(path: String, missing: MissingFigure) {
    self.path = path
    operation = "write"
    code = 0
    self.missing = missing
  }

  fileprivate init(_ path: String, _ operation: String, _ code: Int32) {
    self.init(path: path, operation: operation, code: code)
  }

  /// The system's words for the reason, such as "Permission denied".
  public var reason: String {
    missing?.description ?? SystemError.message(for: code)
  }

  /// The whole as one sentence without its full stop.
  public var description: String {
    "cannot \(operation) \(Escaping.terminal(path.isEmpty ? "\"\"" : path)): \(reason)"
  }
}
