import HTTP
import Support
import Testing

@Suite("Reading generated responses")
struct ResponseParserSeedTests {
  @Test("5,000 seeds give what was generated, however they are cut and whatever is cut off")
  func seeds() {
    var endings: [String: Int] = [:]
    let seeds = FuzzSeeds(5_000, of: "ResponseParserSeedTests")
    let failures = seeds.failures { random in
      let response = ResponseGenerator.response(&random)
      endings["\(response.ending)", default: 0] += 1
      return difference(response, &random).map { "\($0): \(shown(response.bytes))" }
    }
    #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
    // Every ending, and every fault that a parser can name.
    if seeds.count >= 5_000 { #expect(endings.count == 32, "\(endings)") }
  }

  private func difference(_ response: GeneratedResponse, _ random: inout SeededGenerator) -> String? {
    let bytes = response.bytes
    let isHead = response.expectsNoContent
    let whole = observe(bytes, expectsNoContent: isHead, guarded: true)
    if let difference = whole.difference(from: response) { return difference }

    // Single bytes where they are few, else pieces as they may come.
    let cuts =
      bytes.count < 1_000 && random.once(in: 3)
      ? Array(0..<bytes.count) : (0..<random.number(1...8)).map { _ in random.number(0...bytes.count) }.sorted()
    if observe(bytes, cuts: cuts, expectsNoContent: isHead, guarded: true) != whole {
      return "another observation when cut at \(cuts)"
    }

    // What came so far is never taken for more than it is.
    let length = random.number(0...bytes.count)
    let part = observe(Array(bytes.prefix(length)), expectsNoContent: isHead)
    switch part.ending {
    case .complete, .fault: return part == whole ? nil : "another observation of the first \(length) bytes"
    case .closed, .truncated:
      let isPart = part.consumed == length && whole.content.starts(with: part.content)
      return isPart ? nil : "\(part) of the first \(length) bytes"
    }
  }

  private func shown(_ bytes: [UInt8]) -> String {
    "\(String(decoding: bytes.prefix(600), as: UTF8.self).debugDescription) (\(bytes.count) bytes)"
  }
}
