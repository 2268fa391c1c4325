import Report
import Testing

@Suite struct PreparationSectionTests {
  @Test("Requests are counted by purpose and by method, and both add up to the total")
  func counts() {
    let sent = Example.preparation
    #expect(sent.requests == 1_426)
    #expect(sent.purposes == [.reachability: 2, .headerSearch: 24, .serialStage: 1_400])
    #expect(sent.methods == ["GET": 1_026, "HEAD": 400])
    #expect(sent.addsUp)
  }

  @Test("What two parts sent adds up, and nothing adds nothing")
  func sum() {
    var sum = Example.preparation
    sum.add(0, for: .recovery, method: "OPTIONS")
    sum.add(PreparationSection())
    #expect(sum == Example.preparation)
    sum.add(Example.preparation)
    #expect(sum.requests == 2_852)
    #expect(sum.purposes[.serialStage] == 2_800 && sum.methods["HEAD"] == 800)
    #expect(sum.addsUp)
  }

  @Test(
    "Counts that nobody could have counted do not add up",
    arguments: [
      #"{"requests": 3, "purposes": {"reachability": 2}, "methods": {"GET": 2}}"#,
      #"{"requests": 2, "purposes": {"reachability": 2}, "methods": {"GET": 1}}"#,
      #"{"requests": 0, "purposes": {"reachability": 2, "recovery": -2}, "methods": {}}"#,
      #"{"requests": -2, "purposes": {"reachability": 9223372036854775807, "recovery": 9223372036854775807}, "methods": {}}"#,
    ])
  func unlikely(json: String) throws {
    let read = try ReportDocument(json: Self.document(json)).preparation
    let section = try #require(read)
    #expect(!section.addsUp)
    // Adding them all the same ends nothing.
    var sum = section
    sum.add(section)
    sum.add(1, for: .recovery, method: "GET")
  }

  @Test("The names of purposes are the keys in JSON; another one is refused by its place")
  func keys() throws {
    let read = try ReportDocument(
      json: Self.document(#"{"requests": 2, "purposes": {"header search": 2}, "methods": {"GET": 2}}"#))
    #expect(read.preparation?.purposes == [.headerSearch: 2])
    #expect(try JSONWriter().write(read).contains(#""header search" : 2"#))
    #expect(throws: ReportFormatError.self) {
      try ReportDocument(json: Self.document(#"{"requests": 2, "purposes": {"fun": 2}, "methods": {"GET": 2}}"#))
    }
  }

  @Test("A line says what was sent beside the traffic, the most frequent first")
  func line() {
    var document = Example.inspection
    #expect(!TextWriter().write(document).contains("Beside the traffic"))
    document.preparation = PreparationSection()
    #expect(TextWriter().write(document).contains("Beside the traffic: no request\n"))
    document.preparation = Example.preparation
    let line = "Beside the traffic: 1,026 GET, 400 HEAD (1,400 serial stage, 24 header search, 2 reachability)"
    #expect(TextWriter().write(document).contains(line + "\n"))
    #expect(MarkdownWriter().write(document).contains("## Traffic\n\n\(line)."))
    #expect(HTMLWriter().write(document).contains(line))
  }

  private static func document(_ preparation: String) throws -> String {
    try JSONWriter().write(Example.inspection).replacing(
      #""schema""#, with: "\"preparation\" : \(preparation),\n  \"schema\"")
  }
}
