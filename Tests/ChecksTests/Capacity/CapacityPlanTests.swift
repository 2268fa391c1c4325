import Platform
import Testing

@testable import Checks

@Suite struct CapacityPlanTests {
  @Test(
    "An objective is shown as it was given, a time to three digits",
    arguments: [
      (9_000, "p99 ≤ 0.009 ms", "0.009 ms"), (15_500, "p99 ≤ 0.0155 ms", "0.015 ms"),
      (1_234_000, "p99 ≤ 1.234 ms", "1.23 ms"), (200_000_000, "p99 ≤ 200 ms", "200 ms"),
    ] as [(Nanoseconds, String, String)])
  func words(_ time: Nanoseconds, _ objective: String, _ shown: String) {
    var plan = CapacityPlan()
    plan.percentiles = [LatencyObjective(percentile: 99, limit: time)]
    #expect(plan.objectivesInWords.first == objective)
    #expect(CapacityPlan.milliseconds(time) == shown)
  }
}
