import FoundationEssentials
import Testing

@testable import Checks

@Suite struct StageNameTests {
  @Test(
    "A stage reads the same again from its name",
    arguments: [.load, .serialStage, .concurrentStage, .traffic, .step(1), .step(256)] as [StageName])
  func again(_ name: StageName) throws {
    #expect(StageName(name: name.name) == name)
    let json = try JSONEncoder().encode([name])
    #expect(String(decoding: json, as: UTF8.self) == "[\"\(name.name)\"]")
    #expect(try JSONDecoder().decode([StageName].self, from: json) == [name])
  }

  @Test("Other names are none", arguments: ["", "step", "step ", "step x", "step +1", "step 01", "Load", "load "])
  func none(_ text: String) {
    #expect(StageName(name: text) == nil)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([StageName].self, from: try JSONEncoder().encode([text]))
    }
  }
}
