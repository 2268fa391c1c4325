import Foundation
import HTTP
import Testing

/// The inputs that the fuzzer starts from, read once each; their names begin with the ending that they have to have.
@Suite("Reading the fuzzer's corpus")
struct CorpusTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fuzz/Corpus")

  @Test("Each input has the ending that its name says, however it is cut")
  func corpus() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
    #expect(names.count > 50)
    for name in names {
      let message = [UInt8](try Data(contentsOf: Self.folder.appending(path: name)))
      let whole = observe(message, guarded: true)
      #expect(name.hasPrefix(ending(of: whole)), "\(name) is \(whole)")
      for expectsNoContent in [false, true] {
        let whole = observe(message, expectsNoContent: expectsNoContent, guarded: true)
        let bytes = observe(message, cuts: message.indices, expectsNoContent: expectsNoContent, guarded: true)
        #expect(bytes == whole, "\(name) cut into bytes")
        for cut in stride(from: 1, to: message.count, by: max(1, message.count / 64)) {
          let pieces = observe(message, cuts: [cut], expectsNoContent: expectsNoContent)
          #expect(pieces == whole, "\(name) cut at \(cut)")
        }
      }
    }
  }

  private func ending(of seen: Observation) -> String {
    switch seen.ending {
    case .complete: "complete"
    case .closed: "closed"
    case .truncated: "truncated"
    case .fault(let fault): fault.kind == .malformed ? "malformed" : "oversized"
    }
  }
}
