import Platform
import Testing

@testable import Checks

@Suite struct CapacityPlanTests {
  @Test(
    "An objective is shown as it was given",
    arguments: [
      (9_000, "p99 ≤ 0.009 ms"), (15_500, "p99 ≤ 0.0155 ms"), (1_234_000, "p99 ≤ 1.234 ms"),
      (200_000_000, "p99 ≤ 200 ms"), (1_200_000_000, "p99 ≤ 1,200 ms"),
    ] as [(Nanoseconds, String)])
  func words(_ time: Nanoseconds, _ objective: String) {
    var plan = CapacityPlan()
    plan.percentiles = [LatencyObjective(percentile: 99, limit: time)]
    #expect(plan.objectivesInWords.first == objective)
  }
}
