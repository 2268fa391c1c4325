import Testing

@testable import Load

@Suite("The time to live of DNS answers")
struct DNSLifetimeTests {
  private static let head: [UInt8] = [0x12, 0x34, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0]
  private static let question: [UInt8] = [5] + Array("alvin".utf8) + [3] + Array("xyz".utf8) + [0, 0, 1, 0, 1]
  private static func record(seconds: [UInt8]) -> [UInt8] {
    [0xC0, 0x0C, 0, 1, 0, 1] + seconds + [0, 4, 127, 0, 0, 1]
  }

  @Test("It is the shortest of all records")
  func shortest() {
    let answer =
      Self.head + Self.question + Self.record(seconds: [0, 0, 1, 44]) + Self.record(seconds: [0, 0, 0, 30])
    #expect(DNSLifetime.shortest(in: answer) == 30)
  }

  @Test("A name that is written out, and a lifetime with the highest bit")
  func names() {
    let name: [UInt8] = [5] + Array("alvin".utf8) + [3] + Array("xyz".utf8) + [0]
    let answer =
      Self.head + Self.question + name + [0, 1, 0, 1, 0x80, 0, 0, 1, 0, 4, 127, 0, 0, 1]
      + Self.record(seconds: [0, 0, 0, 60])
    #expect(DNSLifetime.shortest(in: answer) == 60)
  }

  @Test("Bytes that are cut off, or no answer, trap nothing")
  func cut() {
    let answer = Self.head + Self.question + Self.record(seconds: [0, 0, 0, 30]) + Self.record(seconds: [0, 0, 0, 30])
    for length in 0..<answer.count {
      let found = DNSLifetime.shortest(in: answer.prefix(length))
      #expect(found == nil || found == 30)
    }
    #expect(DNSLifetime.shortest(in: [UInt8](repeating: 0xFF, count: 600)) == nil)
  }
}
