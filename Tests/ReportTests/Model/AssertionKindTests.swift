import Foundation
import Testing

@testable import Report

@Suite struct AssertionKindTests {
  @Test("An assertion's name gives its kind and whom it is about back", arguments: AssertionKind.allCases)
  func names(kind: AssertionKind) {
    let plain = Assertion(kind, verdict: .pass, expected: "", actual: "")
    #expect(plain.name == kind.name && plain.kind == kind && plain.subject == nil)
    for subject in ["app-1", "127.0.0.1:3001", "a (b)", "x)"] {
      let assertion = Assertion(kind, of: subject, verdict: .pass, expected: "", actual: "")
      #expect(assertion.name == "\(kind.name)(\(subject))")
      #expect(assertion.kind == kind && assertion.subject == subject)
    }
  }

  @Test("A name that is no kind's has none", arguments: ["p99 < 200ms", "", "load: policy", "share(app-1) within 5%"])
  func others(name: String) {
    let assertion = Assertion(name: name, verdict: .pass, expected: "", actual: "")
    #expect(assertion.kind == nil && assertion.name == name)
  }

  @Test("An assertion about one phase names that of its own name")
  func phases() {
    #expect(AssertionKind.lostNoRequest(.brokenReload).phase == .brokenReload)
    #expect(AssertionKind.leftNoGap(.restart).phase == .restart)
    #expect(AssertionKind.servedByPrimaries(.repairAfterRestart).phase == .repairAfterRestart)
    #expect(AssertionKind.sharing(.policy).phase == nil)
    for kind in AssertionKind.allCases {
      let start = PhaseKind.allCases.map { phase in
        (
          phase,
          phase.rawValue.split(separator: " ").enumerated().map { $0 == 0 ? String($1) : $1.capitalized }.joined()
        )
      }.filter { kind.name.hasPrefix($0.1) }.max { $0.1.count < $1.1.count }?.0
      if let start, kind != .comparison(.baseline) { #expect(kind.phase == start, "\(kind)") }
    }
  }

  @Test("Every kind has a sentence of its own, which begins like one and ends without a full stop")
  func sentences() {
    let sentences = AssertionKind.allCases.map { $0.sentence() }
    for (kind, sentence) in zip(AssertionKind.allCases, sentences) {
      #expect(sentence.first?.isUppercase == true || sentence.hasPrefix("lbcheck "), "\(kind.name): \(sentence)")
      #expect(sentence.last?.isLetter == true && sentence.count <= 75, "\(kind.name): \(sentence)")
    }
    let twice = Dictionary(grouping: zip(AssertionKind.allCases.map(\.name), sentences), by: \.1).filter {
      $1.count > 1
    }
    #expect(twice.isEmpty, "\(twice)")
    #expect(AssertionKind.lostNoRequest(.reload).sentence() == "No request lost during the reload")
    #expect(AssertionKind.lostNoRequest(.deploy).sentence(about: "deploy 2") == "No request lost during deploy 2")
    #expect(Assertion(name: "p99 < 200ms", verdict: .pass, expected: "", actual: "").sentence == nil)
  }
}
