import Foundation
import Load
import Support
import Testing

@testable import Checks
@testable import Report

@Suite struct RequestTableTests {
  /// The backend and the generation of each row that the chunks make.
  private func rows(_ chunks: [RecordChunk]) throws -> [String] {
    let folder = try TemporaryFolder()
    let stream = try ReportFileStream(RequestTable.file, in: folder.path)
    let table = RequestTable(stream)
    for chunk in chunks { table.take(chunk) }
    try stream.finish()
    let text = try #require(folder.read(RequestTable.file))
    return text.split(separator: "\r\n").dropFirst().map {
      $0.split(separator: ",", omittingEmptySubsequences: false)[6...7].joined(separator: "|")
    }
  }

  private func chunk(_ answers: [(backend: Int?, status: Int?)], _ names: [String]) -> RecordChunk {
    RecordChunk(
      records: answers.map { answer in
        RequestRecord(
          due: 0, sent: 1, done: 2, connection: 0, backend: answer.backend, generation: answer.backend,
          status: answer.status, failure: answer.status == nil ? .closed : nil)
      }, backends: names, generations: names.map { "g-" + $0 })
  }

  @Test("Rows name a backend where the report does, and nobody where it is nobody")
  func nobodies() throws {
    let group = ["10.0.0.1:80", "backend_group", "proxy/<NOSRV>"]
    #expect(
      try rows([chunk([(0, 200), (1, 502), (2, 503), (0, 502), (nil, nil)], group)])
        == ["10.0.0.1:80|g-10.0.0.1:80", "|", "|", "10.0.0.1:80|g-10.0.0.1:80", "|"])
    // Of a site that is down all along only the group has a name.
    #expect(try rows([chunk([(0, 502), (0, 502)], ["backend_group"])]) == ["|", "|"])
    #expect(try rows([chunk([(0, 503)], ["app-1"])]) == ["app-1|g-app-1"])
    // What an earlier chunk has shown counts.
    let app = ["app-1", "app-2"]
    #expect(
      try rows([chunk([(0, 200)], app), chunk([(1, 502), (0, 502)], app)]) == [
        "app-1|g-app-1", "app-2|g-app-2", "app-1|g-app-1",
      ])
  }
}
