import Foundation
import Report
import Testing

@Suite struct ReportFileStreamTests {
  private let path = NSTemporaryDirectory() + "/report-stream-" + UUID().uuidString

  private func withFolder(_ body: (ReportFolder) throws -> Void) throws {
    let folder = try ReportFolder.prepare(path)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(folder)
  }

  private var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }

  @Test("A file appears when it is finished, with what came after the last restart")
  func finished() throws {
    try withFolder { folder in
      let stream = try folder.stream("table")
      stream.append(Array("void".utf8))
      stream.restart()
      stream.append(Array("one ".utf8))
      stream.append(Array("two".utf8))
      #expect(!names.contains("table"))
      try stream.finish()
      #expect(names == ["table"])
      #expect(try String(contentsOfFile: path + "/table", encoding: .utf8) == "one two")
      // Afterwards nothing changes it.
      stream.append(Array("late".utf8))
      stream.discard()
      try stream.finish()
      #expect(try String(contentsOfFile: path + "/table", encoding: .utf8) == "one two")
    }
  }

  @Test("A file that is not finished is removed")
  func unfinished() throws {
    try withFolder { folder in
      var stream: ReportFileStream? = try folder.stream("table")
      stream?.append([1])
      stream = nil
      #expect(names == [])
      let discarded = try folder.stream("table")
      discarded.discard()
      #expect(names == [])
    }
  }

  @Test("A file that cannot be put in its place is an error with its path, and leaves no part")
  func refused() throws {
    try withFolder { folder in
      try FileManager.default.createDirectory(atPath: path + "/table", withIntermediateDirectories: false)
      let stream = try folder.stream("table")
      stream.append([1])
      #expect(throws: ReportFolderError(path: path + "/table", operation: "write", code: EISDIR)) {
        try stream.finish()
      }
      #expect(names == ["table"])
      #expect(throws: ReportFolderError.self) { try folder.stream("none/table") }
    }
  }
}
