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
        #expect(!fault.reason.isEmpty && fault.description.hasPrefix(fault.reason))
        let cause = causes.updateValue(group.cause, forKey: fault.reason) ?? group.cause
        #expect(cause == group.cause, "'\(fault)' for two causes")
      }
    }
    #expect(causes.count == HostileGroup.short.count + HostileGroup.endless.count)
  }

  @Test(
    "A fault names the header, line or byte that it is about, escaped and cut",
    arguments: [
      ("X-Foo;: bar", "a header line is not 'name: value': 'X-Foo;: bar'"),
      ("X-Foo : bar", "a header line is not 'name: value': 'X-Foo : bar'"),
      ("Set-Cookie: secret\0", "a NUL or bare CR in a header value: 'Set-Cookie'"),
      ("X-Bare: a\rb", "a NUL or bare CR in a header value: 'X-Bare'"),
      ("Content-Length: five", "Content-Length is not a number: 'five'"),
      ("Content-Length:\r\n 5", "a length or coding is folded over several lines: 'Content-Length'"),
      ("Transfer-Encoding: \u{B}chunked", "a control character in Transfer-Encoding: '\\x0bchunked'"),
      ("Transfer-Encoding: chunked, gzip", "chunked is not the last transfer coding: 'chunked, gzip'"),
      ("\u{1B}[2J'\\é", "a header line is not 'name: value': '\\x1b[2J\\x27\\x5c\\xc3\\xa9'"),
      (
        String(repeating: "long ", count: 20),
        "a header line is not 'name: value': 'long long long long long long long long …'"
      ),
    ])
  func places(line: String, text: String) {
    #expect(observe(response("HTTP/1.1 200 OK", "A: b", line, "C: d")).fault?.description == text)
  }

  @Test("A response of another protocol and a wrong status line are shown")
  func openings() {
    let ssh = observe(Array("SSH-2.0-OpenSSH_9.6\r\n".utf8)).fault
    #expect(ssh?.description == "the response does not begin with HTTP/1.: 'SSH-2.0-OpenSSH_9.6\\x0d\\x0a'")
    let status = observe(response("HTTP/1.1 20 OK")).fault
    #expect(status?.description == "the status line is not 'HTTP/1.x NNN reason': 'HTTP/1.1 20 OK'")
    let chunk = observe(response("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", content: "xyz")).fault
    #expect(chunk?.description == "a chunk size is not hexadecimal: 'x'")
  }

  @Test("Faults are equal where kind and reason are")
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
