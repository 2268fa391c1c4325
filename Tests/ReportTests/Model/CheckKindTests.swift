import Foundation
import Report
import Testing

@Suite struct CheckKindTests {
  @Test("A check is written by its name and read back", arguments: CheckKind.allCases)
  func roundTrip(check: CheckKind) throws {
    let data = try JSONEncoder().encode([check])
    #expect(String(decoding: data, as: UTF8.self) == "[\"\(check.rawValue)\"]")
    #expect(try JSONDecoder().decode([CheckKind].self, from: data) == [check])
  }

  @Test("Another name is refused with those that are known")
  func unknown() {
    #expect {
      _ = try JSONDecoder().decode([CheckKind].self, from: Data("[\"reload\"]".utf8))
    } throws: { error in
      guard case DecodingError.dataCorrupted(let context) = error else { return false }
      return context.debugDescription.contains("reload-test") && context.codingPath.count == 1
    }
  }
}
