import Load
import Platform
import Testing

@testable import Checks

@Suite struct BackupDutyTests {
  private static let second: Nanoseconds = 1_000_000_000

  /// An answer every 10 ms, by the backend that `who` says.
  private func duty(declared: Set<String> = [], _ count: Int, _ who: (Int) -> String?) -> BackupDuty {
    var measured = Measurements()
    measured.backends = ["a", "b", "spare"].map { Measurements.Backend(name: $0) }
    measured.records = (0..<count).map { index in
      let due = Nanoseconds(index) * 10_000_000
      let backend = who(index).flatMap { name in measured.backends.firstIndex { $0.name == name } }
      return RequestRecord(
        due: due, sent: due, done: due, connection: 0, backend: backend, generation: nil, status: 200,
        failure: backend == nil ? .refused : nil, isRetry: false, isUpstreamRetried: false)
    }
    return BackupDuty(measured, declared: declared, baseline: 0..<Self.second)
  }

  @Test("A stretch in which the backup alone answers is found, declared or not, with its length")
  func carried() {
    for declared in [[], ["spare"]] as [Set<String>] {
      let duty = duty(declared: declared, 400) { (150..<280).contains($0) ? "spare" : $0 % 2 == 0 ? "a" : "b" }
      #expect(duty.backups == ["spare"] && duty.primaries == ["a", "b"])
      let stretches = duty.stretches(in: Self.second..<4 * Self.second)
      #expect(stretches.count == 1 && stretches[0].carriedBy == ["spare"] && !stretches[0].lasts)
      #expect(abs(stretches[0].seconds - 1.31) < 0.001)
    }
  }

  @Test("A backup that carries to the end is found where it is declared")
  func lasting() {
    let stretches = duty(declared: ["spare"], 400) { $0 < 150 ? "a" : "spare" }.stretches(
      in: Self.second..<4 * Self.second)
    #expect(stretches.map(\.lasts) == [true] && abs(stretches[0].seconds - 2.51) < 0.001)
  }

  @Test("Names that change for good, as those of pods, an outage and single answers are no duty of a backup")
  func others() {
    let phase = Self.second..<4 * Self.second
    #expect(duty(400) { $0 < 150 ? "a" : "b" }.stretches(in: phase).isEmpty)
    #expect(duty(400) { $0 < 150 ? "a" : $0 < 200 ? "b" : $0 == 200 ? "a" : "b" }.stretches(in: phase).isEmpty)
    #expect(duty(declared: ["spare"], 400) { $0 < 150 ? "a" : $0 < 300 ? nil : "a" }.stretches(in: phase).isEmpty)
    #expect(duty(declared: ["spare"], 400) { $0 == 200 ? "spare" : "a" }.stretches(in: phase).isEmpty)
  }
}
