import Platform
import Testing

@testable import Load

@Suite struct ShardTests {
  @Test(
    "Requests and connections are divided exactly, and by parts that differ by one at most",
    arguments: [1, 2, 3, 4, 7, 100], [1, 2, 8])
  func division(shards: Int, workers: Int) throws {
    for whole in [0, 1, 5, shards - 1, shards, shards * workers, 12_345, 1_000_003] {
      let parts = (0..<shards).flatMap { index in
        let shard = Shard(index: index, count: shards)!
        return (0..<workers).map { shard.share(ofWorker: $0, of: workers).part(of: whole) }
      }
      #expect(parts.count == shards * workers)
      #expect(parts.reduce(0, +) == whole)
      #expect(parts.max()! - parts.min()! <= 1)
    }
  }

  @Test("A plan's shards have all of its requests and connections between them", arguments: [1, 3, 4, 10], [1, 2, 5])
  func plans(shards: Int, workers: Int) throws {
    var plan = try Plan.toLoopback(1, requests: 10, connections: 50)
    plan.connections = 53
    plan.requests = 1_003
    plan.workers = workers
    var requests = 0
    var connections = 0
    for index in 0..<shards {
      plan.shard = Shard(index: index, count: shards)!
      try plan.validate()
      requests += plan.shardRequests!
      connections += plan.shardConnections
      #expect(plan.shardConnections >= plan.usedWorkers)
    }
    #expect(requests == 1_003)
    #expect(connections == 53)
  }

  @Test("Shards of any number of workers make the one schedule between them, each as even as the whole")
  func schedules() {
    let paces: [Pacer] = [
      .constant(rate: 97), .ramp(from: 5, to: 50, seconds: 2), .poisson(rate: 80, seed: 3),
      .steps([.init(rate: 10, seconds: 1), .init(rate: 30, seconds: 1)]),
    ]
    for pacer in paces {
      let whole = times(pacer, Shard.whole)
      for (shards, workers) in [(4, 1), (4, 2), (3, 5), (10, 3)] {
        var all: [Nanoseconds] = []
        for index in 0..<shards {
          let shard = Shard(index: index, count: shards)!
          let own = (0..<workers).flatMap { times(pacer, shard.share(ofWorker: $0, of: workers)) }.sorted()
          // Every `shards`-th request of the whole, from the shard's own first.
          #expect(own == stride(from: index, to: whole.count, by: shards).map { whole[$0] })
          all += own
        }
        #expect(all.sorted() == whole)
      }
    }
  }

  @Test("Shard i of an even schedule begins i/N of an interval after the first")
  func interleaving() {
    for index in 0..<4 {
      let own = times(.constant(rate: 100), Shard(index: index, count: 4)!)
      #expect(own.first == Nanoseconds(index) * 10_000_000)
      #expect(zip(own.dropFirst(), own).allSatisfy { abs(Int($0 - $1) - 40_000_000) <= 1 })
    }
  }

  @Test("A shard that there is not is refused, and so are more shards than connections")
  func bounds() throws {
    #expect(Shard(index: 4, count: 4) == nil)
    #expect(Shard(index: -1, count: 4) == nil)
    #expect(Shard(index: 0, count: 0) == nil)
    #expect(Shard(index: 0, count: Shard.mostShards + 1) == nil)
    var plan = try Plan.toLoopback(1, requests: 10, connections: 50)
    plan.connections = 3
    plan.shard = Shard(index: 0, count: 4)!
    #expect(throws: LoadError.plan("3 connections are too few for 4 parts: each needs one")) { try plan.validate() }
  }

  private func times(_ pacer: Pacer, _ share: Shard) -> [Nanoseconds] {
    var schedule = Schedule(pacer, offset: share.index, stride: share.count)
    var times: [Nanoseconds] = []
    while let due = schedule.next(), due < 3_000_000_000 { times.append(due) }
    return times
  }
}
