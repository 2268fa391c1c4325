import Report
import Testing

@Suite struct JSONWriterTests {
  @Test("What is written is read back the same")
  func roundTrip() throws {
    for document in [Example.full, Example.inspection] {
      #expect(try ReportDocument(json: try JSONWriter().write(document)) == document)
    }
  }

  @Test("Fields without a value are left out, keys are sorted and slashes plain")
  func form() throws {
    let json = try JSONWriter().write(Example.inspection)
    #expect(json.hasSuffix("}\n"))
    #expect(!json.contains("null") && !json.contains("traffic") && !json.contains(#"\/"#))
    #expect(json.contains(#""schema" : "lbcheck.report/2""#))
  }

  @Test("A report of the schema before is read, and lacks no more than what came later")
  func olderSchema() throws {
    let json = try JSONWriter().write(Example.inspection).replacing("lbcheck.report/2", with: "lbcheck.report/1")
    var older = Example.inspection
    older.schema = "lbcheck.report/1"
    #expect(try ReportDocument(json: json) == older)
  }

  @Test("Figures that are not finite never reach the file")
  func notFinite() throws {
    var document = Example.full
    document.durationSeconds = .infinity
    document.traffic?.rate = RateSection(offered: .nan, achieved: .infinity)
    document.traffic?.latency?.p99 = .nan
    document.traffic?.serviceTime?.max = .infinity
    document.backends?[0].share = -.infinity
    document.backends?[0].expectedShare = -.infinity
    document.fairness?.jainIndex = .nan
    document.fairness?.chiSquare = ChiSquareSection(statistic: .infinity, degreesOfFreedom: 3, pValue: 0)
    let read = try ReportDocument(json: try JSONWriter().write(document))
    #expect(read.durationSeconds == .greatestFiniteMagnitude)
    #expect(read.traffic?.rate == RateSection(achieved: .greatestFiniteMagnitude))
    #expect(read.traffic?.latency == nil)
    #expect(read.traffic?.serviceTime?.max == .greatestFiniteMagnitude)
    #expect(read.backends?[0].share == -.greatestFiniteMagnitude)
    #expect(read.backends?[0].expectedShare == nil)
    #expect(read.fairness?.jainIndex == nil)
    #expect(read.fairness?.chiSquare?.statistic == .greatestFiniteMagnitude)

    document.fairness?.chiSquare?.pValue = .nan
    #expect(try ReportDocument(json: try JSONWriter().write(document)).fairness?.chiSquare == nil)
    // The other writers show them without a crash.
    _ = (MarkdownWriter().write(document), TextWriter().write(document), SharesChart().write(document.backends ?? []))
  }

  @Test("Nor do they within the reports of a gate, or in sections that came later")
  func notFiniteWithin() throws {
    var inner = Example.full
    inner.fairness?.chiSquare = ChiSquareSection(statistic: .infinity, degreesOfFreedom: 2, pValue: 0)
    inner.fairness?.rotationScore = .nan
    inner.capacity = CapacitySection(
      rate: .infinity, isLowerBound: true, limitedBy: .budget, objectives: [], precision: .infinity, isConfirmed: false,
      steps: [
        CapacityStep(
          purpose: .climb, startSeconds: -.infinity, durationSeconds: .infinity, requests: 0, offered: .infinity,
          achieved: .infinity, p50: .nan, objectives: ["p99": .infinity], failedShare: -.infinity,
          generatorLimited: false,
          verdict: .inconclusive, shares: ["app-1": .infinity])
      ])
    inner.traffic?.series = [SeriesPoint(second: 0, requests: 1, p50: .nan, max: .infinity)]
    var document = Example.inspection
    document.gate = GateSection(checks: [
      GateCheck(
        check: .fairness, profile: "ci.json5", verdict: .fail, exitStatus: 1, folder: nil, problem: nil,
        thresholds: [], report: inner)
    ])
    let read = try ReportDocument(json: try JSONWriter().write(document)).gate?.checks[0].report
    #expect(read?.fairness?.chiSquare?.statistic == .greatestFiniteMagnitude)
    #expect(read?.fairness?.rotationScore == nil && read?.capacity?.rate == nil)
    #expect(read?.capacity?.precision == .greatestFiniteMagnitude && read?.capacity?.steps[0].p50 == nil)
    #expect(read?.capacity?.steps[0].objectives == ["p99": .greatestFiniteMagnitude])
    #expect(read?.capacity?.steps[0].failedShare == -.greatestFiniteMagnitude)
    #expect(read?.traffic?.series == [SeriesPoint(second: 0, requests: 1)])
  }

  @Test("A document without a figure that it cannot be without is refused, and the figure named with its place")
  func missing() throws {
    func refusal(_ change: (inout ReportDocument) -> Void) -> [String]? {
      var document = Example.full
      change(&document)
      do throws(MissingFigure) {
        _ = try JSONWriter().write(document)
        return nil
      } catch {
        return error.path
      }
    }
    #expect(refusal { _ in } == nil)
    #expect(refusal { $0.durationSeconds = .nan } == ["durationSeconds"])
    #expect(refusal { $0.traffic?.rate.achieved = .nan } == ["traffic", "rate", "achieved"])
    #expect(refusal { $0.backends?[2].share = .nan } == ["backends", "2", "share"])
    #expect(refusal { $0.settings = [Setting("rate", .number(.nan))] } == ["settings", "0", "value"])
    let inner = {
      var document = Example.full
      document.durationSeconds = .nan
      return document
    }()
    #expect(
      refusal {
        $0.gate = GateSection(checks: [
          GateCheck(
            check: .fairness, profile: "ci.json5", verdict: .pass, exitStatus: 0, folder: nil, problem: nil,
            thresholds: [], report: inner)
        ])
      } == ["gate", "checks", "0", "report", "durationSeconds"])
    #expect(
      MissingFigure(path: ["traffic", "rate", "achieved"]).description
        == "traffic.rate.achieved is not a number (expected a figure)")
  }

  @Test("Counts at the end of their range are shown without overflow")
  func largeCounts() {
    var document = Example.full
    document.traffic?.requests = RequestCounts(
      scheduled: .max, completed: .max, succeeded: .max, failed: .max, retried: .max, unsent: .min)
    #expect(MarkdownWriter().write(document).contains("9,223,372,036,854,775,807 scheduled"))
    #expect(TextWriter().write(document).contains("−9,223,372,036,854,775,808 unsent"))
  }

  @Test(
    "What is no report of this schema is refused with the reason",
    arguments: [
      ("", "not a report: it is not valid JSON (expected lbcheck.report/1 or lbcheck.report/2)"),
      ("[]", "not a report: the document is of another type (expected lbcheck.report/1 or lbcheck.report/2)"),
      ("{}", "not a report: it names no schema (expected lbcheck.report/1 or lbcheck.report/2)"),
      (
        #"{"schema":"lbcheck.report/3"}"#,
        "a report of another schema: lbcheck.report/3 (expected lbcheck.report/1 or lbcheck.report/2)"
      ),
      (
        #"{"schema":"\u001b[2J"}"#,
        #"a report of another schema: \x1b[2J (expected lbcheck.report/1 or lbcheck.report/2)"#
      ),
      (
        #"{"schema":"lbcheck.part/1"}"#,
        "a report of another schema: lbcheck.part/1 (expected lbcheck.report/1 or lbcheck.report/2)"
      ),
      (
        #"{"schema":"lbcheck.report/1","tool":{"name":"a"}}"#,
        "a report made by another version of lbcheck, or damaged: tool.version is missing"
      ),
      (#"{"schema":"lbcheck.report/1","tool":1}"#, "a damaged report: tool is of another type"),
    ])
  func refused(json: String, reason: String) {
    let error = #expect(throws: ReportFormatError.self) { try ReportDocument(json: json) }
    #expect(error?.description == reason)
  }
}
