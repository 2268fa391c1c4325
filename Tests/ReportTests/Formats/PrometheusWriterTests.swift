import Report
import Testing

@Suite struct PrometheusWriterTests {
  private func lines(_ document: ReportDocument) -> [String] {
    PrometheusWriter().write(document, secondsSince1970: 1_795_675_528.25).split(separator: "\n").map(String.init)
  }

  private let common = #"check="fairness",target="http://alvin.xyz/""#

  @Test("Figures carry their unit, the check and the target")
  func figures() {
    let lines = lines(Example.full)
    for line in [
      "lbcheck_report_timestamp_seconds{\(common)} 1795675528.25",
      "lbcheck_check_verdict{\(common),verdict=\"fail\"} 1", "lbcheck_check_verdict{\(common),verdict=\"pass\"} 0",
      "lbcheck_requests{\(common),outcome=\"succeeded\"} 2950", "lbcheck_requests{\(common),outcome=\"unsent\"} 10",
      "lbcheck_failures{\(common),kind=\"reset\"} 5", "lbcheck_responses{\(common),status=\"502\"} 30",
      "lbcheck_latency_seconds{\(common),quantile=\"0.99\"} 0.0096", "lbcheck_latency_seconds_sum{\(common)} 3.835",
      "lbcheck_latency_seconds_count{\(common)} 2950",
      "lbcheck_backend_requests{\(common),backend=\"10.0.0.3:3001\"} 374",
      "lbcheck_backend_failures{\(common),backend=\"10.0.0.3:3001\"} 38",
    ] {
      #expect(lines.contains(line), "\(line)")
    }
  }

  @Test("Every family is declared once, before its samples, and none is named like a counter")
  func families() {
    var declared: [String] = []
    for line in lines(Example.full) {
      let words = line.split(separator: " ")
      if line.hasPrefix("# HELP ") {
        declared.append(String(words[2]))
      } else if line.hasPrefix("# TYPE ") {
        #expect(String(words[2]) == declared.last && ["gauge", "summary"].contains(words[3]))
      } else {
        #expect(declared.last.map { line.hasPrefix($0) } == true, "\(line)")
      }
    }
    #expect(Set(declared).count == declared.count)
    #expect(!declared.contains { $0.hasSuffix("_total") })
  }

  @Test("What there is none of is left out")
  func inspection() {
    let lines = lines(Example.inspection)
    #expect(!lines.contains { $0.contains("lbcheck_requests") || $0.contains("lbcheck_assertion") })
    #expect(lines.contains { $0.hasPrefix("lbcheck_check_verdict") && $0.hasSuffix("verdict=\"inconclusive\"} 1") })
  }
}
