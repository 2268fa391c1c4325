import Testing

@testable import Report

@Suite struct CapacityWordingTests {
  private func step(_ backends: Int?, _ purpose: CapacityPurpose) -> CapacityStep {
    CapacityStep(
      purpose: purpose, backends: backends, startSeconds: 0, durationSeconds: 1, requests: 420, offered: 420,
      achieved: 400, failedShare: 0, generatorLimited: false, verdict: .fail, reason: "p99 was 380 ms")
  }

  @Test("What did not hold is told of one step, where a rate was tried again or with other backends, too")
  func names() {
    #expect(CapacityWording.name(step(nil, .climb)) == "420/s, climb")
    let steps = [step(1, .bisect), step(2, .bisect), step(2, .verify)]
    #expect(
      steps.map(CapacityWording.name) == [
        "1 backend, 420/s, bisect", "2 backends, 420/s, bisect", "2 backends, 420/s, verify",
      ])
    var document = Example.full
    document.capacity = CapacitySection(
      rate: 400, isLowerBound: false, limitedBy: .percentile(99), objectives: ["p99 ≤ 200 ms"], precision: 0.05,
      isConfirmed: true, steps: steps)
    #expect(MarkdownWriter().write(document).contains("2 backends, 420/s, verify"))
  }
}
