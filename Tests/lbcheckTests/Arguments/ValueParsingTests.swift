import Checks
import HTTP
import Load
import Platform
import Report
import Testing

@testable import lbcheck

@Suite struct ValueParsingTests {
  private func value<Value>(_ read: (String) throws(ValueError) -> Value, _ text: String) -> Value? { try? read(text) }

  @Test(
    "Durations",
    arguments: [
      ("500ms", 500_000_000), ("10s", 10_000_000_000), ("2m", 120_000_000_000), ("1.5s", 1_500_000_000),
      ("100us", 100_000), ("1h", 3_600_000_000_000), ("24h", 86_400_000_000_000), ("10", nil), ("s", nil), ("-1s", nil),
      ("0s", nil), ("1e3s", nil), ("25h", nil), ("", nil), ("1 s", nil), ("infs", nil), ("1.2.3s", nil), ("0.1us", nil),
    ] as [(String, Nanoseconds?)])
  func durations(text: String, expected: Nanoseconds?) { #expect(value(ValueParsing.duration, text) == expected) }

  @Test(
    "Shares",
    arguments: [
      ("0", 0), ("1", 1), ("0.25", 0.25), ("25%", 0.25), ("100%", 1), ("1.01", nil), ("101%", nil), ("-0.1", nil),
      ("nan", nil), ("%", nil), ("", nil),
    ] as [(String, Double?)])
  func shares(text: String, expected: Double?) { #expect(value(ValueParsing.share, text) == expected) }

  @Test(
    "Formats",
    arguments: [
      ("csv", [.csv]), ("hgrm,prometheus", [.hgrm, .prometheus]), ("csv,csv", [.csv, .csv]), ("", nil), ("csv,", nil),
      ("CSV", nil), ("csv hgrm", nil), ("xml", nil),
    ] as [(String, [ReportFormat]?)])
  func formats(text: String, expected: [ReportFormat]?) { #expect(value(ValueParsing.formats, text) == expected) }

  @Test(
    "Numbers of requests and rates",
    arguments: [
      ("1", 1, 1), ("3000", 3000, 3000), ("10k", 10_000, 10_000), ("1.5k", 1500, 1500),
      ("1.001k", 1001, 1000.9999999999999), ("2M", 2_000_000, 2_000_000),
      ("0", nil, nil), ("-5", nil, nil), ("1e3", nil, nil), ("2.5", nil, 2.5), ("1_000", nil, nil), ("٣", nil, nil),
      ("500/s", nil, 500), ("99999999999999999999", nil, nil),
    ] as [(String, Int?, Double?)])
  func numbers(text: String, count: Int?, rate: Double?) {
    #expect(value(ValueParsing.requests, text) == count)
    #expect(value(ValueParsing.rate, text) == rate)
  }

  @Test(
    "Statuses",
    arguments: [
      ("200", [200...200]), ("200,204", [200...200, 204...204]), ("200-299", [200...299]),
      ("2xx,404", [200...299, 404...404]),
      ("", nil), ("20", nil), ("1000", nil), ("0xx", nil), ("300-200", nil), ("200-", nil), ("200,,204", nil),
      ("abc", nil),
    ] as [(String, [ClosedRange<Int>]?)])
  func statuses(text: String, expected: [ClosedRange<Int>]?) { #expect(value(ValueParsing.statuses, text) == expected) }

  @Test("Headers are names and values that can be sent")
  func headers() {
    #expect(value(ValueParsing.header, "Accept: text/html")?.value == "text/html")
    #expect(value(ValueParsing.header, "X-Empty:")?.value == "")
    for text in ["", "no colon", ": x", "a b: c", "A: b\r\nC: d", "A: \0", "Connection: close", "Content-Length: 5"] {
      #expect(value(ValueParsing.header, text) == nil, "\(text)")
    }
  }

  @Test("Backends have weights or are backups; their names may hold colons and equals signs")
  func backends() {
    #expect(value(ValueParsing.backend, "127.0.0.1:3001=5").map { [$0.name] } == ["127.0.0.1:3001"])
    #expect(value(ValueParsing.backend, "a=b=2")?.name == "a=b")
    #expect(value(ValueParsing.backend, "a=backup")?.role == .backup)
    for text in ["", "=5", "a=", "a=0", "a=-1", "a=x", "a=99999"] {
      #expect(value(ValueParsing.backend, text) == nil, "\(text)")
    }
  }

  @Test("Ramps, steps and kinds of request")
  func paces() {
    #expect(value(ValueParsing.ramp, "10..500") == RateRamp(from: 10, to: 500))
    #expect(value(ValueParsing.ramp, "0..0") == nil)
    #expect(value(ValueParsing.ramp, "10") == nil)
    #expect(
      value(ValueParsing.steps, "100:10s,2.5:1m") == [.init(rate: 100, seconds: 10), .init(rate: 2.5, seconds: 60)])
    #expect(value(ValueParsing.steps, "100:10s,") == nil)
    #expect(value(ValueParsing.request, "/") == RequestChoice(method: nil, path: "/", weight: 1))
    #expect(value(ValueParsing.request, "POST /list=3") == RequestChoice(method: "POST", path: "/list", weight: 3))
    #expect(value(ValueParsing.request, "/watch?v=7") == RequestChoice(method: nil, path: "/watch?v=7", weight: 1))
    #expect(value(ValueParsing.request, "watch") == nil)
    #expect(value(ValueParsing.request, "/a=0") == nil)
  }

  @Test("A mistyped word finds its nearest, a foreign one none")
  func suggestions() {
    let names = ["--requests", "--rate", "--resolve", "--header"]
    #expect(Suggestions.closest(to: "--reqeusts", among: names) == "--requests")
    #expect(Suggestions.closest(to: "--headers", among: names) == "--header")
    #expect(Suggestions.closest(to: "--zzzzzzzz", among: names) == nil)
    #expect(Suggestions.distance("ca", "abc") == 3)
    #expect(Suggestions.distance("ab", "ba") == 1)
    #expect(Suggestions.distance("", "abc") == 3)
  }
}
