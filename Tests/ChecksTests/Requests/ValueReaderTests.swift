import Foundation
import Support
import Testing

@testable import Checks

@Suite struct ValueReaderTests {
  private let folder: TemporaryFolder
  private let reader = ValueReader { ["TOKEN": "Bearer abc", "EMPTY": "", "LINES": "a\nb"][$0] }

  init() throws { folder = try TemporaryFolder() }

  private func error(_ make: () throws(CheckError) -> some Any) -> String? {
    do throws(CheckError) {
      _ = try make()
      return nil
    } catch {
      return error.description
    }
  }

  @Test("A line is the text, a variable's value or a file's line without its end")
  func lines() throws {
    #expect(try reader.line("plain") == "plain")
    #expect(try reader.line("@@home") == "@home")
    #expect(try reader.line("@env:TOKEN") == "Bearer abc")
    for (text, line) in [("abc", "abc"), ("abc\n", "abc"), ("abc\r\n", "abc"), ("abc\n\n", "abc\n"), (" a ", " a ")] {
      #expect(try reader.line("@" + folder.write(text, to: "line")) == line)
    }
  }

  @Test("A body is byte for byte what the file holds")
  func bodies() throws {
    let bytes: [UInt8] = [0, 0x0D, 0x0A, 0xFF, 0x0A]
    let path = folder.path + "/body"
    #expect(FileManager.default.createFile(atPath: path, contents: Data(bytes)))
    #expect(try reader.body("@" + path) == bytes)
    #expect(try reader.body("@env:LINES") == Array("a\nb".utf8))
    #expect(try reader.body("@@x") == Array("@x".utf8))
  }

  @Test("What cannot be read is named, with how a text is written that only looks so")
  func errors() throws {
    let literally = "; a value that begins with @ itself is written with @@"
    #expect(
      error { () throws(CheckError) in try reader.line("@env:NONE") }
        == "@env:NONE: the environment has no such variable" + literally)
    #expect(error { () throws(CheckError) in try reader.line("@env:EMPTY") } == "@env:EMPTY: the variable is empty")
    #expect(
      error { () throws(CheckError) in try reader.line("@env:") } == "@env: needs the name of a variable" + literally)
    #expect(error { () throws(CheckError) in try reader.body("@") } == "@ needs the name of a file" + literally)
    #expect(
      error { () throws(CheckError) in try reader.body("@\(folder.path)/none") }?
        .hasSuffix("/none: No such file or directory" + literally) == true)
    let empty = try folder.write("\n", to: "empty")
    #expect(error { () throws(CheckError) in try reader.line("@" + empty) } == "@\(empty): the file is empty")
    let long = try folder.write(String(repeating: "x", count: (64 << 10) + 1), to: "long")
    #expect(error { () throws(CheckError) in try reader.line("@" + long) } == "@\(long): larger than 64 KiB")
    let binary = folder.path + "/binary"
    #expect(FileManager.default.createFile(atPath: binary, contents: Data([0xFF, 0x41])))
    #expect(
      error { () throws(CheckError) in try reader.line("@" + binary) }
        == "@\(binary): not UTF-8, as a header's value has to be")
  }

  @Test("Where only judged is what others have measured, nothing is read")
  func asGiven() throws {
    #expect(try ValueReader.asGiven.line("@env:NONE") == "@env:NONE")
    #expect(try ValueReader.asGiven.body("@/none") == Array("@/none".utf8))
  }
}
