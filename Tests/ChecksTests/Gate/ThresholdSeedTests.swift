import Support
import Testing

@testable import Checks

@Suite struct ThresholdSeedTests {
  private static let quantities = [
    "p99", "p99.9", "p50(reload)", "failed", "share(app 1)", "status(5xx)", "rate", "gap(a)", "firstByte.p99",
    "bytesSent",
  ]
  private static let demands = [
    "< 200ms", "<=0.5s", "== 0", "!= 3", ">= 33%", "> 500/s", "within 5%", "within 5% of baseline", "<= 1.2 * baseline",
    "< baseline", "<= baseline * 2", "< 5MB",
  ]
  private static let pieces = [
    "(", ")", ":", "%", "*", "<", "=", "within", "baseline", "of", "p", ".", "/", "fairness:", "é", "🙂", "\u{301}",
    "\0",
    "٣", "五", "1e9", "9999999999", "-", " ", String(repeating: "9", count: 400),
  ]

  @Test("3,000 seeds give a threshold that reads the same again, or one fault with its place")
  func seeds() {
    var accepted = 0
    let seeds = FuzzSeeds(3_000, of: "ThresholdSeedTests")
    let failures = seeds.failures { random in
      var text = random.pick(Self.quantities) + random.pick(["", " ", "\t "]) + random.pick(Self.demands)
      if random.once(in: 4) { text = random.pick(["fairness: ", " load :"]) + text }
      if !random.once(in: 4) { text = random.mutated(text, with: Self.pieces) }
      do throws(ThresholdError) {
        let threshold = try Threshold(text)
        accepted += 1
        return (try? Threshold(threshold.text)) == threshold ? nil : "\(text.debugDescription) reads otherwise again"
      } catch {
        let isPlace = (0...text.count).contains(error.position) && error.length >= 1
        return isPlace && error.text == text && !error.expectation.isEmpty && error.marked[1].contains("^")
          ? nil : "\(error) of \(text.debugDescription)"
      }
    }
    #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
    if seeds.count >= 3_000 { #expect((300...2_700).contains(accepted), "\(accepted) accepted") }
  }

  @Test("Numbers beyond all bounds are refused")
  func huge() {
    let digits = String(repeating: "9", count: 400)
    for text in ["p\(digits) < 1ms", "p99 < \(digits)ms", "rate > \(digits)", "status(五xx) == 0"] {
      #expect(throws: ThresholdError.self) { try Threshold(text) }
    }
  }
}
