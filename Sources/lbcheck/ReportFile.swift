internal import FoundationEssentials
internal import Report

/// A report that an earlier run has written.
enum ReportFile {
  /// Reads `report.json`, or the one in a folder.
  ///
  /// - Throws: ``UsageError`` that names the file.
  static func read(_ path: String) throws(UsageError) -> ReportDocument {
    var file = path
    var isFolder = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder {
      file = path + (path.hasSuffix("/") ? "" : "/") + "report.json"
    }
    guard let data = FileManager.default.contents(atPath: file) else {
      throw UsageError("\(Escaping.terminal(file)): cannot be read; expected a report.json, or a folder with one")
    }
    do throws(ReportFormatError) {
      return try ReportDocument(json: Array(data))
    } catch {
      throw UsageError("\(Escaping.terminal(file)): \(error.description)")
    }
  }
}
