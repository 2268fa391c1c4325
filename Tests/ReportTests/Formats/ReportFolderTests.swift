import FoundationEssentials
import Glibc
import Testing

@testable import Report

@Suite struct ReportFolderTests {
  /// Runs a test with a folder of its own, which is removed after it.
  private func withFolder(_ body: (String) throws -> Void) throws {
    let template = (getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp") + "/report-tests-XXXXXX"
    var bytes = template.utf8CString.map { $0 }
    let path = try #require(mkdtemp(&bytes).map { String(cString: $0) })
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
  }

  private func names(_ path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }

  @Test("A prepared folder is empty, and a written one holds its files and nothing else")
  func written() throws {
    try withFolder { path in
      let folder = try ReportFolder.prepare(path + "/a/b/")
      #expect(try names(folder.path).isEmpty)
      try folder.write(Example.full)
      try folder.write(Example.full, tolerance: 0.01)
      #expect(try names(folder.path) == ["histogram.svg", "report.html", "report.json", "report.md", "shares.svg"])
      let json = Array(try Data(contentsOf: URL(filePath: folder.path + "/report.json")))
      #expect(try ReportDocument(json: json) == Example.full)
    }
  }

  @Test("What an earlier report in the folder had, and this one has not, is removed; what is not of reports stays")
  func earlier() throws {
    try withFolder { path in
      let folder = try ReportFolder.prepare(path)
      try folder.write(Example.full, formats: Set(ReportFormat.allCases))
      let all = try names(path)
      #expect(Set(ReportFormat.allCases.flatMap(\.files)).subtracting(["series.csv"]).isSubset(of: all), "\(all)")
      for file in PageChart.files + ["notes.txt", "requests.csv"] {
        try Data().write(to: URL(filePath: "\(path)/\(file)"))
      }
      try folder.write(Example.full)
      #expect(
        try names(path) == [
          "histogram.svg", "notes.txt", "report.html", "report.json", "report.md", "requests.csv", "shares.svg",
        ])
    }
  }

  @Test("Whatever lies at a name that can be foreseen is neither written through nor opened")
  func foreseen() throws {
    try withFolder { path in
      let precious = path + "/precious"
      #expect(FileManager.default.createFile(atPath: precious, contents: Data("x".utf8)))
      for name in ["probe", "report.json", "report.md", "report.html", "table"] {
        #expect(link(precious, "\(path)/.\(name)-\(getpid())") == 0)
      }
      let folder = try ReportFolder.prepare(path)
      try folder.write(Example.inspection)
      let stream = try folder.stream("table")
      stream.append(Array("y".utf8))
      try stream.finish()
      #expect(try String(contentsOfFile: precious, encoding: .utf8) == "x")
      #expect(try names(path).filter { $0.hasPrefix(".") }.count == 5)
    }
  }

  @Test("Without backends there is no chart")
  func noChart() throws {
    try withFolder { path in
      try ReportFolder.prepare(path).write(Example.inspection)
      #expect(try names(path) == ["report.html", "report.json", "report.md"])
    }
  }

  @Test("The default folder is named after check, host and time, and never taken twice")
  func defaults() throws {
    try withFolder { path in
      let taken = try (1...3).map { _ in
        try ReportFolder.prepareDefault(
          check: .fairness, host: "alvin.xyz:8081", secondsSince1970: 1_795_589_128, in: path + "/Reports"
        ).path
      }
      let base = path + "/Reports/fairness-alvin.xyz-8081-20261125T064528Z"
      #expect(taken == [base, base + "-2", base + "-3"])
    }
  }

  @Test(
    "A host becomes a name without ways out of the folder",
    arguments: [
      ("../../etc/passwd", "etc-passwd"), ("[::1]:80", "1-80"), ("a\u{0}\nb", "a-b"), ("..", "target"),
      ("", "target"), ("bücher.example", "b-cher.example"), (".hidden", "hidden"),
      (String(repeating: "a", count: 300), String(repeating: "a", count: 80)),
    ])
  func names(host: String, name: String) {
    #expect(
      ReportFolder.defaultName(check: .load, host: host, secondsSince1970: 0) == "load-\(name)-19700101T000000Z")
  }

  @Test("A report without a figure leaves its pages and no report.json, also none of an earlier run")
  func missingFigure() throws {
    try withFolder { path in
      let folder = try ReportFolder.prepare(path + "/r")
      try folder.write(Example.full)
      #expect(try names(path + "/r").contains("report.json"))
      var document = Example.full
      document.traffic?.rate.achieved = .nan
      do throws(ReportFolderError) {
        try folder.write(document)
        Issue.record("a report without its rate was written")
      } catch {
        #expect(
          error.description
            == "cannot write \(path)/r/report.json: traffic.rate.achieved is not a number (expected a figure)")
      }
      let left = try names(path + "/r")
      #expect(left.contains("report.md") && left.contains("report.html") && !left.contains("report.json"))
    }
  }

  @Test("Of a folder that stays empty only what was created for it is taken away")
  func removed() throws {
    try withFolder { path in
      mkdir(path + "/there", 0o777)
      try ReportFolder.prepare(path + "/there").removeIfEmpty()
      #expect(try names(path) == ["there"], "it was there before")
      try ReportFolder.prepare(path + "/there/a/b").removeIfEmpty()
      #expect(try names(path + "/there").isEmpty)
      #expect(try names(path) == ["there"])
      let prepared = { try ReportFolder.prepareDefault(check: .load, host: "a", secondsSince1970: 0, in: path + "/r") }
      try prepared().removeIfEmpty()
      #expect(try names(path) == ["there"])

      let shared = try ReportFolder.prepare(path + "/x/y")
      try Data().write(to: URL(filePath: path + "/x/other"))
      shared.removeIfEmpty()
      #expect(try names(path + "/x") == ["other"])
    }
  }

  @Test("What was created on the way to a folder that cannot be made is gone again")
  func refusedBelow() throws {
    try withFolder { path in
      let long = String(repeating: "a", count: 300)
      #expect(throws: ReportFolderError(path: path + "/a/b/" + long, operation: "create folder", code: ENAMETOOLONG)) {
        try ReportFolder.prepare(path + "/a/b/" + long)
      }
      let left = try names(path)
      #expect(left.isEmpty)
    }
  }

  @Test("A folder that cannot be made is an error with its path and reason")
  func refused() throws {
    try withFolder { path in
      try Data().write(to: URL(filePath: path + "/file"))
      let inFile = ReportFolderError(path: path + "/file/x", operation: "create folder", code: ENOTDIR)
      #expect(throws: inFile) { try ReportFolder.prepare(path + "/file/x") }
      #expect(inFile.description == "cannot create folder \(path)/file/x: Not a directory")
      #expect(throws: ReportFolderError(path: path + "/file", operation: "write to folder", code: ENOTDIR)) {
        try ReportFolder.prepare(path + "/file")
      }
      #expect(throws: ReportFolderError.self) { try ReportFolder.prepare("/proc/report") }
      #expect(throws: ReportFolderError(path: "", operation: "create folder", code: ENOENT)) {
        try ReportFolder.prepare("")
      }
    }
  }

  @Test("A folder that is not writable is refused before the run")
  func unwritable() throws {
    // /proc takes no files, whoever asks: root may write to any other folder.
    let refused = #expect(throws: ReportFolderError.self) { try ReportFolder.prepare("/proc") }
    #expect(refused?.path == "/proc" && refused?.operation == "write to folder")
    try withFolder { path in
      chmod(path, 0o500)
      guard geteuid() != 0 else { return }
      #expect(throws: ReportFolderError(path: path, operation: "write to folder", code: EACCES)) {
        try ReportFolder.prepare(path)
      }
    }
  }

  @Test("A file that cannot be replaced is an error with its path, and leaves nothing half written")
  func failedWrite() throws {
    try withFolder { path in
      let folder = try ReportFolder.prepare(path)
      mkdir(path + "/report.md", 0o777)
      #expect(throws: ReportFolderError(path: path + "/report.md", operation: "write", code: EISDIR)) {
        try folder.write(Example.inspection)
      }
      #expect(try names(path) == ["report.md"])
    }
  }
}
