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
}
