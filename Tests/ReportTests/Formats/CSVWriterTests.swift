import Report
import Testing

@Suite struct CSVWriterTests {
  private func text(_ rows: [RequestRow], backends: [String] = [], generations: [String] = []) -> String {
    String(decoding: CSVWriter().write(rows, backends: backends, generations: generations), as: UTF8.self)
  }

  @Test("Times keep their nanoseconds, and what is unknown is empty")
  func rows() {
    let rows = [
      RequestRow(
        due: 0, sent: 1_000, done: 2_500_001, connection: 0, backend: 1, generation: 0, status: 200, isRetry: true,
        isUpstreamRetried: true),
      RequestRow(due: 61_000_000_000, sent: 61_000_000_000, done: 61_000_000_000, connection: 42, failure: "refused"),
      RequestRow(due: 9, sent: 9, done: 300_000_000_009, connection: 4_294_967_295, status: 503, failure: "status"),
    ]
    let expected = [
      "0.000000000,0.000001000,0.002500001,2.500001,2.499001,0,b,7,200,,true,true",
      "61.000000000,61.000000000,61.000000000,0.000000,0.000000,42,,,,refused,false,false",
      "0.000000009,0.000000009,300.000000009,300000.000000,300000.000000,4294967295,,,503,status,false,false", "",
    ]
    #expect(text(rows, backends: ["a", "b"], generations: ["7"]) == expected.joined(separator: "\r\n"))
    #expect(CSVWriter.header.split(separator: ",").count == 12 && CSVWriter.header.hasSuffix("\r\n"))
  }

  @Test(
    "A name is one field and no formula",
    arguments: [
      ("app-1", "app-1"), ("10.0.0.1:80", "10.0.0.1:80"), ("a,b", #""a,b""#), (#"say "a""#, #""say ""a""""#),
      ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@a", "'@a"), ("\ta", #"'\ta"#), (" =1", #"' =1"#),
      ("=a,b", #""'=a,b""#), ("a\r\nb", #"a\r\nb"#), ("a\u{1B}[2J", #"a\x1b[2J"#), ("", ""), (" a", #"" a""#),
      ("a=1", "a=1"), ("＝1", "'＝1"),
    ])
  func names(name: String, field: String) {
    let row = RequestRow(due: 0, sent: 0, done: 0, connection: 0, backend: 0, generation: 0)
    #expect(
      text([row], backends: [name], generations: [name])
        == "0.000000000,0.000000000,0.000000000,0.000000,0.000000,0,\(field),\(field),,,false,false\r\n")
  }
}
