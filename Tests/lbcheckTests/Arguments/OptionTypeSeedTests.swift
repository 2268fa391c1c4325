import Checks
import HTTP
import Load
import Support
import Testing

@testable import lbcheck

@Suite struct OptionTypeSeedTests {
  private static let texts = [
    "500ms", "1.5s", "24h", "10k", "2M", "500/s", "25%", "0.25", "200,204-299,5xx", "10..500", "100:10s,2.5:1m",
    "app-1=5", "spare=backup", "99.5=300ms", "1,2,4", "POST /list?a=b=3", "/watch=3", "Accept: text/html", "8080",
    "systemctl 'reload it' \"now\"", "http://[::1]:8081/watch?v=1#t", "alvin.xyz:80:127.0.0.1,[::1]", "a:1:[::1]:2",
  ]
  private static let pieces = [
    "%", "=", ":", ",", ".", "..", "/", "//", "-", "+", "e9", "k", "M", "s", "xx", "[", "]", "::", "@", "#", "?", "'",
    "\"",
    " ", "\0", "\r\n", "é", "٣", "五", "🙂", "µs", "0x", "inf", "nan", "99999999999999999999",
    String(repeating: "9", count: 400),
  ]

  @Test("3,000 seeds: what is accepted lies in its range, whatever was written")
  func seeds() {
    let failures = FuzzSeeds(3_000, of: "OptionTypeSeedTests").failures { random in
      var text = random.pick(Self.texts)
      if !random.once(in: 8) { text = random.mutated(text, with: Self.pieces) }
      return outOfRange(text).map { "\($0) accepts \(text.debugDescription)" }
    }
    #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
  }

  /// The first reader that takes a text for what lies beyond its range.
  private func outOfRange(_ text: String) -> String? {
    func beyond<Value>(_ type: OptionType<Value>, _ isInRange: (Value) -> Bool) -> Bool {
      do throws(ValueError) { return !isInRange(try type.read(text)) } catch { return error.expectation.isEmpty }
    }
    if beyond(.duration, { (1_000...86_400_000_000_000).contains($0) }) { return "duration" }
    if beyond(.timeout, { (1...Plan.longestTimeout).contains($0) }) { return "timeout" }
    if beyond(.rate, { $0 > 0 && $0 <= Pacer.highestRate }) { return "rate" }
    if beyond(.requests, { (1...1_000_000_000).contains($0) }) { return "requests" }
    if beyond(.share, { (0...1).contains($0) }) { return "share" }
    if beyond(.port, { $0 > 0 }) { return "port" }
    if beyond(.seed, { "\($0)" == text || text.hasPrefix("0") }) { return "seed" }
    if beyond(.statuses, { $0.ranges.allSatisfy { (100...999).contains($0.lowerBound) && $0.upperBound <= 999 } }) {
      return "statuses"
    }
    if beyond(.statuses, { _ in text.allSatisfy(\.isASCII) }) { return "statuses beyond ASCII" }
    if beyond(.backend, { !$0.name.isEmpty }) { return "backend" }
    if beyond(.body, { !$0.text.isEmpty }) { return "body" }
    if beyond(OptionType<BackendList>.choice(), { $0.rawValue == text }) { return "list" }
    if beyond(.backendNumbers, { $0 == $0.sorted() && Set($0).count == $0.count }) { return "numbers" }
    if beyond(.percentile, { $0.percentile > 0 && $0.percentile < 100 }) { return "percentile" }
    if beyond(.steps, { !$0.isEmpty && $0.allSatisfy { $0.rate > 0 && $0.seconds.isFinite } }) {
      return "steps"
    }
    if beyond(.ramp, { max($0.from, $0.to) <= Pacer.highestRate && min($0.from, $0.to) >= 0 }) {
      return "ramp"
    }
    if beyond(.command, { $0.first?.isEmpty == false }) { return "command" }
    if beyond(.header, { !$0.name.isEmpty && !$0.value.utf8.contains { $0 < 9 || $0 == 10 || $0 == 13 } }) {
      return "header"
    }
    if beyond(.request, { $0.weight >= 1 && $0.path.hasPrefix("/") }) { return "request" }
    if let target = try? Target(text), (try? Target(target.url)) != target { return "target" }
    var overrides = ConnectOverrides()
    try? overrides.addResolve(text)
    try? overrides.addConnectTo(text)
    return nil
  }
}
