/// The parts of a response before they are joined, so that any of them can be changed.
struct ResponseDraft {
  struct Line {
    var bytes: [UInt8]
    var ending: [UInt8] = [13, 10]

    init(_ text: String) { bytes = Array(text.utf8) }
    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var joined: [UInt8] { bytes + ending }
  }

  struct Chunk {
    var size: Line
    var content: Line
  }

  enum Framing: Sendable, CaseIterable {
    case length, chunked, untilClose, none
  }

  /// Whole 1xx heads.
  var interim: [[Line]] = []
  /// Status line and fields of the final head; a folded field is several lines.
  var head: [Line] = []
  /// The empty line behind them.
  var headEnd = Line("")
  var framing = Framing.none
  /// Content that is not chunked.
  var content: [UInt8] = []
  var chunks: [Chunk] = []
  var lastChunk = Line("0")
  var trailers: [Line] = []
  var trailersEnd = Line("")

  var interimBytes: [UInt8] { interim.flatMap { $0.flatMap(\.joined) + [13, 10] } }

  var headBytes: [UInt8] { head.flatMap(\.joined) + headEnd.joined }

  var contentBytes: [UInt8] {
    guard framing == .chunked else { return content }
    return chunks.flatMap { $0.size.joined + $0.content.joined } + lastChunk.joined + trailers.flatMap(\.joined)
      + trailersEnd.joined
  }
}
