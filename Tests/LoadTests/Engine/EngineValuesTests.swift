import HTTP
import Statistics
import Testing

@testable import Load

@Suite struct EngineValuesTests {
  @Test("A backend table numbers names in order of appearance and refuses one too many")
  func backendTable() {
    var table = BackendTable(limit: 256)
    func index(_ name: String) -> Int? { Array(name.utf8).withUnsafeBytes { table.index(of: $0) } }
    for number in 0..<256 { #expect(index("10.0.0.\(number):3000") == number) }
    for number in 0..<256 { #expect(index("10.0.0.\(number):3000") == number) }
    #expect(index("one more") == nil)
    #expect(table.names.count == 256)
  }

  @Test("An empty name is a name like any other")
  func emptyName() {
    var table = BackendTable(limit: 2)
    #expect([UInt8]().withUnsafeBytes { table.index(of: $0) } == 0)
    #expect([UInt8]().withUnsafeBytes { table.index(of: $0) } == 0)
  }

  @Test("A generation table refuses one too many, and a nameless one")
  func generationTable() {
    var table = GenerationTable()
    func index(_ name: String) -> Int? { Array(name.utf8).withUnsafeBytes { table.index(of: $0, backend: 1) } }
    for number in 0..<Generation.limit { #expect(index("\(number)") == number) }
    #expect(index("one more") == nil && index("") == nil && index("0") == 0)
    #expect(table.count == Generation.limit)
  }

  @Test("An idle ring gives back places in the order in which they came")
  func idleRing() {
    var ring = IdleRing(capacity: 3)
    var expected: [Int] = []
    for round in 0..<20 {
      while expected.count < 3 {
        ring.append(round * 3 + expected.count)
        expected.append(round * 3 + expected.count)
      }
      for _ in 0...(round % 3) { #expect(ring.popFirst() == expected.removeFirst()) }
    }
    while let next = expected.first {
      #expect(ring.popFirst() == next)
      expected.removeFirst()
    }
    #expect(ring.popFirst() == nil)
  }

  @Test("A stack gives out every slot once, and those given back again")
  func slotStack() {
    var stack = SlotStack(capacity: 3)
    let all = [stack.pop(), stack.pop(), stack.pop()]
    #expect(all == [0, 1, 2])
    for slot in [1, 0] { stack.push(slot) }
    #expect([stack.pop(), stack.pop()] == [0, 1])
  }

  @Test("A status set holds its ranges and nothing else")
  func statuses() {
    let set = StatusSet([200...204, 404...404])
    #expect((100...999).filter(set.contains) == [200, 201, 202, 203, 204, 404])
    #expect(!StatusSet([]).contains(200))
    #expect(StatusSet([0...5000]).contains(999))
    #expect(StatusSet.usual.contains(399) && !StatusSet.usual.contains(400) && !StatusSet.usual.contains(101))
  }

  @Test("The small generator is the published one")
  func splitMix() {
    // The first values for seed 1234567, from the reference implementation by Sebastiano Vigna.
    var random = SplitMix64(seed: 1_234_567)
    #expect(random.next() == 6_457_827_717_110_365_317)
    #expect(random.next() == 3_203_168_211_198_807_973)
    #expect(random.next() == 9_817_491_932_198_370_423)
  }
}
