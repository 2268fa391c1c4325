import HTTP
import Support
import Testing

@Suite("Reading mutated responses")
struct ResponseParserFuzzTests {
  private static let sources =
    ValidMessage.all.map { ($0.bytes, $0.expectsNoContent) } + HostileGroup.short.map { ($0.messages[0], false) }

  /// Bytes that mean something to a parser.
  private static let telling = Array("\r\n\r\n\r\n :;,\t\0-+0159afFHTchunked\u{7F}".utf8) + [0x80, 0xFF]

  @Test("20,000 mutated messages never trap, and give the same however they are cut")
  func mutated() {
    var endings = (complete: 0, closed: 0, truncated: 0, fault: 0)
    let seeds = FuzzSeeds(20_000, of: "ResponseParserFuzzTests")
    let failures = seeds.failures { random in
      let (bytes, expectsNoContent) = random.pick(Self.sources)
      let message = mutate(bytes, &random)
      let whole = observe(message, expectsNoContent: expectsNoContent)
      switch whole.ending {
      case .complete: endings.complete += 1
      case .closed: endings.closed += 1
      case .truncated: endings.truncated += 1
      case .fault: endings.fault += 1
      }
      let cuts = (0..<random.number(1...6)).map { _ in random.number(0...message.count) }.sorted()
      let isSame = observe(message, cuts: cuts, expectsNoContent: expectsNoContent) == whole
      return isSame ? nil : "\(String(decoding: message, as: UTF8.self).debugDescription) cut at \(cuts)"
    }
    #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
    // Mutations that all ended alike would try nothing.
    if seeds.count >= 20_000 {
      #expect(min(endings.complete, endings.closed, endings.truncated, endings.fault) > 200, "\(endings)")
    }
  }

  private func mutate(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var message = bytes
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let index = Int.random(in: 0...message.count, using: &random)
      let span = index..<min(message.count, index + Int.random(in: 0...12, using: &random))
      switch Int.random(in: 0..<6, using: &random) {
      case 0 where index < message.count: message[index] = Self.telling.randomElement(using: &random)!
      case 1 where index < message.count: message[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2: message.insert(Self.telling.randomElement(using: &random)!, at: index)
      case 3: message.removeSubrange(span)
      case 4: message.insert(contentsOf: Array(message[span]), at: Int.random(in: 0...message.count, using: &random))
      default:
        if Bool.random(using: &random) { message.removeSubrange(index...) }
        message += Self.sources.randomElement(using: &random)!.0.suffix(Int.random(in: 0...40, using: &random))
      }
    }
    return message
  }
}
