import FoundationEssentials
import Support
import Testing

@testable import Platform

@Suite("A file that lines are added to")
struct AppendedFileTests {
  @Test("What was there stays, unless it is to be new; each text is there at once")
  func append() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/events"
    func content() throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
    let first = try AppendedFile(path)
    first.append("one\n")
    #expect(try content() == "one\n")
    let second = try AppendedFile(path)
    second.append("two\n")
    #expect(try content() == "one\ntwo\n")
    let third = try AppendedFile(path, isNew: true)
    third.append("three\n")
    #expect(try content() == "three\n")
    #expect(third.failure == nil)
  }

  @Test("The first error is kept, and a path that cannot be opened is refused")
  func failure() throws {
    let full = try AppendedFile("/dev/full")
    full.append("line\n")
    #expect(full.failure == SystemError.message(for: 28))
    #expect(throws: SystemError.self) { try AppendedFile("/nowhere/events") }
  }
}
