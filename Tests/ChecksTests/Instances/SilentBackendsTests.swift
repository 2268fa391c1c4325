import Platform
import Report
import Testing

@testable import Checks
@testable import Load

@Suite struct SilentBackendsTests {
  private static let second: Nanoseconds = 1_000_000_000

  /// Phases of two seconds with an answer every 10 ms, by whom `who` says; `nil` is an answer of nobody, `-` a failure.
  private func silent(
    _ phases: Int = 2, expected: [ExpectedBackend] = [], met: [String: Double] = [:],
    _ who: (_ phase: Int, _ index: Int) -> String?
  ) -> SilentBackends {
    var names: [String] = []
    var records: [RequestRecord] = []
    for phase in 0..<phases {
      for index in 0..<200 {
        let name = who(phase, index)
        let due = Nanoseconds(2 * phase) * Self.second + Nanoseconds(index) * 10_000_000
        if let name, name != "-", !names.contains(name) { names.append(name) }
        records.append(
          RequestRecord(
            due: due, sent: due, done: due + 1_000_000, connection: 0,
            backend: name.flatMap { names.firstIndex(of: $0) }, generation: nil, status: name == "-" ? nil : 200,
            failure: name == "-" ? .refused : nil, isRetry: false, isUpstreamRetried: false))
      }
    }
    let early = Set((0..<200).compactMap { who(0, $0) }).subtracting(["-"]).subtracting(expected.backups.map(\.name))
    return SilentBackends(
      records, of: names,
      in: (0..<phases).map { Nanoseconds(2 * $0) * Self.second..<Nanoseconds(2 * $0 + 2) * Self.second },
      expected: expected, primaries: early, met: met)
  }

  private func primaries(_ names: String...) -> [ExpectedBackend] {
    names.map { ExpectedBackend(name: $0, role: .primary(weight: 1)) }
  }

  @Test(
    "Who answered before and is not heard in a phase's last fifth is silent; who came late, or is only rare, is not")
  func silence() {
    let both = silent { _, index in ["a", "b"][index % 2] }
    #expect(both.names(in: 0) == [] && both.names(in: 1) == [] && both.wanted == ["a", "b"])
    // The last fifth begins with number 160.
    #expect(silent { $0 == 1 && $1 >= 160 ? "a" : ["a", "b"][$1 % 2] }.names(in: 1) == ["b"])
    #expect(silent { $0 == 1 && $1 < 160 ? "a" : ["a", "b"][$1 % 2] }.names(in: 1) == [])
    // One answer in a hundred: 40 without it are no wonder.
    #expect(silent { $1 % 100 == 7 ? "rare" : "a" }.names(in: 1) == [])
    // Failures are nobody's answers.
    #expect(silent { phase, _ in phase == 1 ? "-" : "a" }.names(in: 1) == [])
  }

  @Test("Named primaries have to answer from the first phase on, by their weights; backups never")
  func named() {
    let expected = primaries("a", "b", "c") + [ExpectedBackend(name: "spare", role: .backup)]
    let missing = silent(expected: expected) { _, index in ["a", "b"][index % 2] }
    #expect(missing.names(in: 0) == ["c"] && missing.names(in: 1) == ["c"])
    #expect(missing.wanted == ["a", "b", "c"])
    let light = [
      ExpectedBackend(name: "a", role: .primary(weight: 99)), ExpectedBackend(name: "b", role: .primary(weight: 1)),
    ]
    #expect(silent(expected: light) { _, _ in "a" }.names(in: 0) == [])
  }

  @Test("Where no backend answers at all, what nobody gave was due to them")
  func nobody() {
    let expected = primaries("a", "b")
    #expect(silent(expected: expected) { _, _ in nil }.names(in: 0) == ["a", "b"])
    #expect(silent { phase, _ in phase == 0 ? "a" : nil }.names(in: 1) == ["a"])
    // A cache that answers for most leaves few draws.
    #expect(silent(expected: expected) { _, index in index % 50 == 0 ? "a" : nil }.names(in: 0) == [])
  }

  @Test("Who was met before the traffic has to answer in it")
  func met() {
    let missing = silent(met: ["a": 0.5, "b": 0.5]) { _, _ in "a" }
    #expect(missing.names(in: 0) == ["b"] && missing.wanted == ["a", "b"])
    // Its share of the traffic is known better.
    #expect(silent(met: ["a": 0.5, "b": 0.5]) { $1 % 100 == 7 ? "b" : "a" }.names(in: 1) == [])
    #expect(
      silent(expected: [ExpectedBackend(name: "spare", role: .backup)], met: ["a": 0.9, "spare": 0.1]) { _, _ in "a" }
        .wanted == ["a"])
  }

  /// Three backends; in the second phase those that `new` says.
  private func replaced(_ new: [String], expected: [ExpectedBackend] = []) -> (SilentBackends, [String]) {
    let silent = silent(expected: expected) { phase, index in
      phase == 0 ? ["a", "b", "c"][index % 3] : new[index % new.count]
    }
    return (silent, silent.names(in: 1))
  }

  @Test("As many new names as fell silent stand in for them, fewer do not, and for a named one nobody does")
  func replacement() {
    for (new, isReplaced) in [(["x", "y", "z"], true), (["x"], false), (["x", "y"], false), (["a", "x", "y"], true)] {
      let (silent, names) = replaced(new)
      #expect(names == ["a", "b", "c"].filter { !new.contains($0) })
      #expect(silent.areReplaced(names, in: 1) == isReplaced, "\(new)")
    }
    let (silent, names) = replaced(["x", "y", "z"], expected: primaries("a"))
    #expect(names == ["a", "b", "c"] && !silent.areReplaced(names, in: 1))
    #expect(!replaced(["x", "y", "z"]).0.areReplaced(["a"], in: 0))
    let backup = [ExpectedBackend(name: "x", role: .backup)]
    #expect(!replaced(["x", "y", "z"], expected: backup).0.areReplaced(names, in: 1))
  }

  @Test("A new name that fell silent itself stands in for nobody")
  func crashed() {
    let crashing = silent { phase, index in
      phase == 0 ? ["a", "b"][index % 2] : index < 100 ? ["x", "y"][index % 2] : "x"
    }
    #expect(!crashing.areReplaced(crashing.names(in: 1), in: 1))
  }
}
