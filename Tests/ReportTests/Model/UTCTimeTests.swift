import Report
import Testing

@Suite struct UTCTimeTests {
  @Test(
    "A moment is written by the calendar",
    arguments: [
      (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"), (951_782_400, "2000-02-29T00:00:00Z"),
      (1_709_251_199, "2024-02-29T23:59:59Z"), (1_795_589_128.25, "2026-11-25T06:45:28.250Z"),
      (4_107_542_400, "2100-03-01T00:00:00Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
      (1e300, "9999-12-31T23:59:59Z"), (-1e300, "0000-01-01T00:00:00Z"), (.nan, "1970-01-01T00:00:00Z"),
    ] as [(Double, String)])
  func rfc3339(seconds: Double, text: String) {
    #expect(UTCTime.rfc3339(secondsSince1970: seconds) == text)
  }

  @Test("A moment for a file name has no separators")
  func compact() {
    #expect(UTCTime.compact(secondsSince1970: 1_795_589_128) == "20261125T064528Z")
  }

  @Test(
    "A moment is read from text as it was written, with any offset and to the nanosecond",
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("2000-02-29T00:00:00Z", 951_782_400_000_000_000),
      ("2024-02-29T23:59:59Z", 1_709_251_199_000_000_000), ("2026-11-25T06:45:28.250Z", 1_795_589_128_250_000_000),
      ("2026-11-25T07:45:28.25+01:00", 1_795_589_128_250_000_000),
      ("2026-11-24t22:15:28.2500000001-08:30", 1_795_589_128_250_000_000),
      ("2100-03-01 00:00:00.000000001z", 4_107_542_400_000_000_001),
    ] as [(String, Int64)])
  func reading(text: String, nanoseconds: Int64) {
    #expect(UTCTime.nanoseconds(rfc3339: text) == nanoseconds)
  }

  @Test(
    "What is no such moment is not read",
    arguments: [
      "", "2026-11-25", "2026-11-25T06:45Z", "2026-11-25T06:45:28", "2026-13-25T06:45:28Z", "2026-02-29T06:45:28Z",
      "2026-11-25T24:45:28Z", "2026-11-25T06:45:60Z", "2026-11-25T06:45:28.Z", "2026-11-25T06:45:28+1:00",
      "2026-11-25T06:45:28Zulu", "1969-11-25T06:45:28Z", "20２6-11-25T06:45:28Z",
    ])
  func unreadable(text: String) {
    #expect(UTCTime.nanoseconds(rfc3339: text) == nil)
  }
}
