internal import Checks
internal import Glibc
internal import Platform
internal import Report

/// A report's folder, tested for writing before any traffic, and the table of requests that is written meanwhile.
struct ReportPlace {
  let folder: ReportFolder
  var table: ReportFileStream?

  /// The folder that the options name, or a new one below `Reports/`.
  ///
  /// - Parameter host: what the new folder is named after.
  init(_ check: CheckKind, host: String, _ options: ReportOptions) throws(CommandError) {
    do throws(ReportFolderError) {
      folder =
        if let path = options.folder {
          try ReportFolder.prepare(path)
        } else {
          try ReportFolder.prepareDefault(check: check, host: host, secondsSince1970: WallClock.seconds)
        }
    } catch {
      throw .unusable([error.description])
    }
  }

  /// Refuses a folder that holds a report which is read, as a baseline or to be compared: it would be replaced.
  static func requireOther(than reports: [String], _ options: ReportOptions) throws(UsageError) {
    guard let folder = options.folder, let own = resolved(folder) else { return }
    for report in reports {
      guard let found = resolved(report) else { continue }
      let parent = found.split(separator: "/").dropLast().map { "/" + $0 }.joined()
      guard found == own || parent == own else { continue }
      throw UsageError(
        "--out \(Escaping.terminal(folder)) holds the report \(Escaping.terminal(report)), which would be replaced: name another folder"
      )
    }
  }

  /// The path without links; `nil` where nothing is.
  private static func resolved(_ path: String) -> String? {
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
  }

  /// Adds a table of every request.
  ///
  /// - Parameter earlier: a file that an earlier run may have left and that must not be taken for this one's.
  mutating func addTable(_ name: String?, replacing earlier: String? = nil) throws(CommandError) {
    do throws(ReportFolderError) {
      if let earlier { try folder.remove(earlier) }
      if let name { table = try folder.stream(name) }
    } catch {
      folder.removeIfEmpty()
      throw .unusable([error.description])
    }
  }

  /// Removes what was prepared, if it was not used.
  func discard() {
    table?.discard()
    folder.removeIfEmpty()
  }
}
