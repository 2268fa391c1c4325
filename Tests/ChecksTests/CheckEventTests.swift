import Platform
import Testing

@testable import Checks

@Suite struct CheckEventTests {
  private func events(inParts count: Int, _ reports: [CheckEvent]) -> (times: [ExpectedTime], stages: [CheckStage]) {
    var times: [ExpectedTime] = []
    var stages: [CheckStage] = []
    let watch = CheckWatch { event in
      switch event {
      case .takes(let time): times.append(time)
      case .stage(let stage): stages.append(stage)
      case .traffic, .demands, .phase, .judged, .seen: break
      }
    }
    for number in 1...count {
      let part = watch.ofPart(CheckStage.Part(CheckStage.Place(number, of: count)))
      reports.forEach(part.report)
    }
    return (times, stages)
  }

  @Test("Each stage of a part is followed by the parts after it, and how long all take is said once")
  func parts() {
    let stage = CheckStage("baseline", CheckStage.Place(1, of: 2), lasts: 5, followed: 5)
    let (times, stages) = events(inParts: 3, [.takes(ExpectedTime(least: 10, most: 40)), .stage(stage)])
    #expect(times == [ExpectedTime(least: 30, most: 120)])
    #expect(stages.map(\.followed) == [25, 15, 5])
    #expect(stages.map(\.part?.place.number) == [1, 2, 3])
    #expect(stages.allSatisfy { $0.name == "baseline" && $0.place == stage.place && $0.lasts == 5 })
  }

  @Test("Where a part's time is not known, nothing is said of what follows it")
  func unknownTimes() {
    let stage = CheckStage("load", lasts: 5, followed: 0)
    for time in [ExpectedTime(requests: 7), ExpectedTime(least: 10, requests: 7), ExpectedTime()] {
      #expect(events(inParts: 2, [.takes(time), .stage(stage)]).stages.map(\.followed) == [nil, 0])
    }
    #expect(
      events(inParts: 2, [.takes(ExpectedTime(least: 10)), .stage(CheckStage("x"))]).stages.map(\.followed) == [
        nil, nil,
      ])
    #expect(events(inParts: 2, [.takes(ExpectedTime(requests: 7))]).times == [ExpectedTime(requests: 14)])
    #expect(events(inParts: 2, [.takes(ExpectedTime(least: .max))]).times == [ExpectedTime(least: .max)])
  }
}
