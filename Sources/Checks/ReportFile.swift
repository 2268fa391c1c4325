internal import Glibc
internal import Load
internal import Platform
package import Report

extension ReportDocument {
  /// Reads a report from its file or the folder that holds it.
  ///
  /// - Throws: an error with the path that was read, and what was expected there.
  package init(path: String) throws(ReportFormatError) {
    var status = stat()
    let isFolder = stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    let file = isFolder ? path + (path.hasSuffix("/") ? "" : "/") + "report.json" : path
    self = try ReportFile.read(
      file, limits: ReportFile.report, expecting: "a report.json or a folder that holds one"
    ) { bytes throws(ReportFormatError) in
      try Self(json: bytes)
    }
  }
}

extension PartDocument {
  /// Reads a part from its file.
  ///
  /// - Throws: an error with the path that was read, and what was expected there.
  package init(path: String) throws(ReportFormatError) {
    self = try ReportFile.read(
      path, limits: ReportFile.part, expecting: "a part-I-of-N.json"
    ) {
      bytes throws(ReportFormatError) in
      try Self(json: bytes)
    }
  }
}

private enum ReportFile {
  static let report = DocumentLimits(file: 64 << 20, values: 8_000_000, text: 16 << 20)
  /// A part's longest string holds its requests, packed.
  static let part = DocumentLimits(
    file: 128 << 20, values: 2_000_000, text: RecordPacking.longestText(rows: RecordPacking.mostRows))

  /// Reads a document; an error says where, and what was expected there.
  static func read<Document>(
    _ file: String, limits: DocumentLimits, expecting expectation: String,
    as decode: ([UInt8]) throws(ReportFormatError) -> Document
  ) throws(ReportFormatError) -> Document {
    let shown = Escaping.terminal(file)
    let bytes: [UInt8]
    do throws(OutsideFile.Refusal) {
      bytes = try OutsideFile.read(file, limit: limits.file)
    } catch {
      throw ReportFormatError("\(shown): \(error.reason)", expected: expectation)
    }
    if let reason = limits.refusal(of: bytes) {
      throw ReportFormatError("\(shown): \(reason)", expected: expectation)
    }
    do throws(ReportFormatError) {
      return try decode(bytes)
    } catch {
      throw ReportFormatError("\(shown): \(error.reason)", expected: error.expected)
    }
  }
}
