import Foundation
import Testing

@testable import Load

@Suite struct CountersTests {
  @Test("Every counter is listed once, so that it is added up and written")
  func complete() throws {
    let names = Mirror(reflecting: Counters()).children.compactMap(\.label)
    #expect(Counters.all.map(\.name) == names)
    #expect(Set(Counters.all.map(\.path)).count == names.count)
    var counters = Counters()
    for (number, field) in Counters.all.enumerated() { counters[keyPath: field.path] = number + 1 }
    #expect(try JSONDecoder().decode(Counters.self, from: JSONEncoder().encode(counters)) == counters)
    counters += counters
    #expect(Counters.all.map { counters[keyPath: $0.path] } == names.indices.map { 2 * ($0 + 1) })
  }

  @Test("Sums stop at the largest number there is")
  func saturated() {
    var counters = Counters()
    counters.retried = .max
    counters += counters
    #expect(counters.retried == .max)
  }
}
