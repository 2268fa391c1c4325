import HTTP
import Testing

@Suite("Refusing hostile responses")
struct ResponseFaultTests {
  @Test("A hostile message is refused, however it is cut", arguments: HostileGroup.short)
  func short(_ group: HostileGroup) {
    for message in group.messages {
      let whole = observe(message)
      #expect(whole.fault?.kind == group.kind, "\(String(decoding: message, as: UTF8.self).debugDescription)")
      #expect(observe(message, cuts: 0..<message.count) == whole)
      for cut in 0..<message.count where observe(message, cuts: [cut]) != whole {
        Issue.record("\(String(decoding: message, as: UTF8.self).debugDescription) cut at \(cut)")
      }
    }
  }

  @Test("A message without end is refused at a limit, however it is cut", arguments: HostileGroup.endless)
  func endless(_ group: HostileGroup) {
    for message in group.messages {
      let whole = observe(message)
      #expect(whole.fault?.kind == group.kind, "\(String(decoding: message.prefix(40), as: UTF8.self))…")
      for size in [1_448, 16_384, ResponseParser.headLimit - 1, ResponseParser.headLimit] {
        #expect(observe(message, cuts: stride(from: size, to: message.count, by: size)) == whole)
      }
      #expect(observe(message, cuts: [1, 5_000]) == whole)
    }
  }

  @Test("Every reason has a text of its own")
  func texts() throws {
    var causes: [String: String] = [:]
    for group in HostileGroup.short + HostileGroup.endless {
      for message in group.messages {
        let fault = try #require(observe(message).fault)
        #expect(!fault.description.isEmpty)
        let cause = causes.updateValue(group.cause, forKey: fault.description) ?? group.cause
        #expect(cause == group.cause, "'\(fault)' for two causes")
      }
    }
    #expect(causes.count == HostileGroup.short.count + HostileGroup.endless.count)
  }

  @Test("Faults are equal where kind and text are")
  func equality() throws {
    let groups = HostileGroup.short
    let first = try #require(observe(groups[0].messages[0]).fault)
    #expect(first == observe(groups[0].messages[1]).fault)
    #expect(first != observe(groups[1].messages[0]).fault)
  }

  @Test("Bytes that are not HTTP are found with the first one that differs")
  func firstByte() {
    for opening in ["S", "2", "\u{15}", "h", "\r", "HTTP/2", "HTTPS"] {
      #expect(observe(Array(opening.utf8)).fault?.kind == .malformed, "\(opening)")
    }
    for opening in ["H", "HTTP", "HTTP/1.", "HTTP/1.1 2"] {
      #expect(observe(Array(opening.utf8)).fault == nil, "\(opening)")
    }
  }
}
