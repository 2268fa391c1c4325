import Glibc
import HTTP
import Support
import Testing

@testable import Load

/// What a server may send, well-formed or not, split anywhere: no frame ends the program, and no event points at what is not there.
@Suite struct HTTP2SessionSeedTests {
  private static let streams = 3

  /// Frames of every type, most of them of a kind that a server may send, some with a byte changed.
  private static func frames(_ random: inout SeededGenerator) -> [UInt8] {
    var bytes = random.once(in: 8) ? [] : HTTP2Frame.settings()
    for _ in 0..<random.number(1...12) {
      let stream = UInt32(random.pick([1, 1, 3, 3, 5, 5, 0, 2, 7, 0x7FFF_FFFF]))
      let noise: [UInt8] = (0..<random.number(0...20)).map { _ in UInt8(random.number(0...255)) }
      let length = HTTP2Frame.field("content-length", "\(random.number(0...9))")
      let indexed: [UInt8] = [0x40] + HTTP2Frame.field("x", "y").dropFirst()
      let blocks: [[UInt8]] = [
        HTTP2Frame.ok, HTTP2Frame.ok + HTTP2Frame.field("x-backend", "a"), HTTP2Frame.field(":status", "103"),
        HTTP2Frame.ok + length, indexed, [0xBE], [0x3F, 0xE1, 0x1F], noise,
      ]
      let fields = random.pick(blocks)
      var frame: [UInt8]
      switch random.number(0...9) {
      case 0, 1, 2: frame = HTTP2Frame.headers(stream, fields, ends: random.once(in: 3), isWhole: !random.once(in: 5))
      case 3, 4:
        frame = HTTP2Frame.data(stream, Array(repeating: 7, count: random.number(0...300)), ends: random.once(in: 2))
      case 5: frame = HTTP2Frame.reset(stream, UInt32(random.number(0...20)))
      case 6: frame = HTTP2Frame.goAway(last: stream, UInt32(random.number(0...14)))
      case 7: frame = HTTP2Frame.bytes(type: 9, flags: UInt8(random.pick([0, 4])), stream: stream, fields)
      case 8:
        frame = HTTP2Frame.settings([(id: UInt16(random.number(0...8)), value: UInt32(random.number(0...70_000)))])
      default:
        frame = HTTP2Frame.bytes(
          type: UInt8(random.number(0...12)), flags: UInt8(random.number(0...255)), stream: stream,
          (0..<random.number(0...40)).map { _ in UInt8(random.number(0...255)) })
      }
      if random.once(in: 6) { frame[random.number(0...frame.count - 1)] = UInt8(random.number(0...255)) }
      bytes += frame
    }
    return bytes
  }

  /// Says what is wrong with the events of an inbox; `nil` for nothing.
  private static func fault(_ inbox: UnsafeMutablePointer<HTTP2Inbox>, _ bytes: UnsafeRawBufferPointer) -> String? {
    for index in 0..<inbox.pointee.count {
      let event = inbox.pointee.events[index]
      switch event.kind {
      case .settings, .goAway: if event.slot != -1 { return "\(event.kind) of slot \(event.slot)" }
      case .head, .content, .end, .reset, .closed, .invalid, .tooLong, .sending:
        guard (0..<Self.streams).contains(Int(event.slot)), event.stream == Int32(2 * event.slot + 1) else {
          return "\(event.kind) of slot \(event.slot) and stream \(event.stream)"
        }
      }
      if event.kind == .head {
        guard inbox.pointee.heads.indices.contains(event.count) else { return "head \(event.count)" }
        var parser = ResponseParser()
        parser.show(inbox.pointee.heads[event.count], of: inbox.pointee.assembly)
        guard parser.head.starts(with: Array("HTTP/2 ".utf8)), parser.head.suffix(2).elementsEqual([13, 10]) else {
          return "a head that does not read as one"
        }
      }
      if event.kind == .content, event.count > 0, let base = event.bytes {
        let start = UnsafeRawPointer(base) - bytes.baseAddress!
        guard start >= 0, start + event.count <= bytes.count else { return "content outside of what was received" }
      }
    }
    return nil
  }

  @Test("Whatever comes, events are of streams that there are, and point at what has come")
  func anyFrames() throws {
    let failures = FuzzSeeds(5_000, of: "HTTP2SessionSeedTests").failures { random in
      guard let client = try? HTTP2Client(selecting: FieldSelection(backend: "x-backend"), exchanges: Self.streams)
      else {
        return "no libnghttp2"
      }
      defer { client.deallocate() }
      var ends: [Int32] = [-1, -1]
      guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0, &ends) == 0 else {
        return "no sockets"
      }
      defer { close(ends[1]) }
      var transport = Transport()
      transport.take(ends[0])
      defer { transport.close() }
      guard let session = client.open() else { return "no session" }
      defer { HTTP2Client.close(session) }
      guard let template = try? RequestTemplate(path: "/"), let target = try? Target("http://a.test/") else {
        return "no request"
      }
      let fields = PreparedFields(template, for: target)
      defer { fields.deallocate() }
      for slot in 0..<Self.streams {
        let none = UnsafeRawBufferPointer(start: nil, count: 0)
        guard client.submit(fields.all, none, slot: slot, on: session) == Int32(2 * slot + 1) else {
          return "not submitted"
        }
      }
      _ = client.flush(session, to: &transport)
      var rest = Self.frames(&random)[...]
      while !rest.isEmpty, session.pointee.fault == nil {
        let part = Array(rest.prefix(random.number(1...200)))
        rest = rest.dropFirst(part.count)
        let fault = part.withUnsafeBytes { bytes in
          session.pointee.receive(bytes)
          return Self.fault(client.inbox, bytes)
        }
        if let fault { return fault }
        _ = client.flush(session, to: &transport)
        if let fault = part.withUnsafeBytes({ Self.fault(client.inbox, $0) }) { return "after sending: \(fault)" }
      }
      return nil
    }
    #expect(failures.isEmpty, "\(failures)")
  }
}
