import Checks
import HTTP
import Load
import Platform
import Report
import Testing

@testable import lbcheck

@Suite struct OptionTypeTests {
  private func value<Value>(_ type: OptionType<Value>, _ text: String) -> Value? { try? type.read(text) }

  @Test(
    "Durations",
    arguments: [
      ("500ms", 500_000_000), ("10s", 10_000_000_000), ("2m", 120_000_000_000), ("1.5s", 1_500_000_000),
      ("100us", 100_000), ("1h", 3_600_000_000_000), ("24h", 86_400_000_000_000), ("10", 10_000_000_000),
      ("0.5", 500_000_000), ("s", nil), ("-1s", nil), ("-1", nil),
      ("0s", nil), ("1e3s", nil), ("25h", nil), ("", nil), ("1 s", nil), ("infs", nil), ("1.2.3s", nil), ("0.1us", nil),
    ] as [(String, Nanoseconds?)])
  func durations(text: String, expected: Nanoseconds?) { #expect(value(.duration, text) == expected) }

  @Test("A time-out without a unit is none: it may be meant as milliseconds")
  func timeouts() {
    #expect(value(.timeout, "500") == nil && value(.timeout, "500ms") == 500_000_000)
  }

  @Test(
    "Shares",
    arguments: [
      ("0", 0), ("1", 1), ("0.25", 0.25), ("25%", 0.25), ("100%", 1), ("1.01", nil), ("101%", nil), ("-0.1", nil),
      ("nan", nil), ("%", nil), ("", nil),
    ] as [(String, Double?)])
  func shares(text: String, expected: Double?) { #expect(value(.share, text) == expected) }

  @Test(
    "Formats",
    arguments: [
      ("csv", [.csv]), ("hgrm,prometheus", [.hgrm, .prometheus]), ("csv,csv", [.csv, .csv]), ("", nil), ("csv,", nil),
      ("CSV", nil), ("csv hgrm", nil), ("xml", nil),
    ] as [(String, [ReportFormat]?)])
  func formats(text: String, expected: [ReportFormat]?) { #expect(value(.formats, text) == expected) }

  @Test(
    "Numbers of requests and rates",
    arguments: [
      ("1", 1, 1), ("3000", 3000, 3000), ("10k", 10_000, 10_000), ("1.5k", 1500, 1500),
      ("1.001k", 1001, 1000.9999999999999), ("2M", 2_000_000, 2_000_000),
      ("0", nil, nil), ("-5", nil, nil), ("1e3", nil, nil), ("2.5", nil, 2.5), ("1_000", nil, nil), ("٣", nil, nil),
      ("500/s", nil, 500), ("1000/1m", nil, 1000.0 / 60), ("5/m", nil, 5.0 / 60), ("30/500ms", nil, 60),
      ("1/0s", nil, nil),
      ("1/", nil, nil), ("/1m", nil, nil), ("1/2/3", nil, nil), ("99999999999999999999", nil, nil),
    ] as [(String, Int?, Double?)])
  func numbers(text: String, count: Int?, rate: Double?) {
    #expect(value(.requests, text) == count)
    #expect(value(.rate, text) == rate)
  }

  @Test(
    "Statuses",
    arguments: [
      ("200", [200...200]), ("200,204", [200...200, 204...204]), ("200-299", [200...299]),
      ("2xx,404", [200...299, 404...404]),
      ("", nil), ("20", nil), ("1000", nil), ("0xx", nil), ("300-200", nil), ("200-", nil), ("200,,204", nil),
      ("abc", nil),
    ] as [(String, [ClosedRange<Int>]?)])
  func statuses(text: String, expected: [ClosedRange<Int>]?) { #expect(value(.statuses, text)?.ranges == expected) }

  @Test("Headers are names and values that can be sent")
  func headers() {
    #expect(value(.header, "Accept: text/html")?.value == "text/html")
    #expect(value(.header, "X-Empty:")?.value == "")
    for text in ["", "no colon", ": x", "a b: c", "A: b\r\nC: d", "A: \0", "Connection: close", "Content-Length: 5"] {
      #expect(value(.header, text) == nil, "\(text)")
    }
  }

  @Test("Backends have weights or are backups; their names may hold colons and equals signs")
  func backends() {
    #expect(value(.backend, "127.0.0.1:3001=5").map { [$0.name] } == ["127.0.0.1:3001"])
    #expect(value(.backend, "a=b=2")?.name == "a=b")
    #expect(value(.backend, "a=backup")?.role == .backup)
    for text in ["", "=5", "a=", "a=0", "a=-1", "a=x", "a=99999"] {
      #expect(value(.backend, text) == nil, "\(text)")
    }
  }

  @Test("Ramps, steps and kinds of request")
  func paces() {
    #expect(value(.ramp, "10..500") == RateRamp(from: 10, to: 500))
    #expect(value(.ramp, "0..0") == nil)
    #expect(value(.ramp, "10") == nil)
    #expect(
      value(.steps, "100:10s,2.5:1m") == [.init(rate: 100, seconds: 10), .init(rate: 2.5, seconds: 60)])
    #expect(value(.steps, "100:10s,") == nil)
    #expect(value(.request, "/") == RequestChoice(method: nil, path: "/", weight: 1))
    #expect(value(.request, "POST /list=3") == RequestChoice(method: "POST", path: "/list", weight: 3))
    #expect(value(.request, "/watch?v=7") == RequestChoice(method: nil, path: "/watch?v=7", weight: 1))
    #expect(value(.request, "watch") == nil)
    #expect(value(.request, "/a=0") == nil)
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
