internal import HTTP
internal import Statistics

extension Leniency {
  /// The note about answers that needed it.
  func note(answers: Int) -> String {
    let what =
      switch self {
      case .bareLineFeed: "had header lines that end in a bare LF (RFC 9112 2.2)"
      case .foldedLine: "had header values folded over several lines (RFC 9112 5.2)"
      case .controlByte: "had control bytes in header values (RFC 9110 5.5)"
      case .paddedChunkSize: "had padded chunk sizes (RFC 9112 7.1)"
      case .strayLineEnd: "were followed by a line end that belongs to no answer"
      }
    return "\(Formatting.count(answers)) \(answers == 1 ? "answer" : "answers") \(what): accepted as browsers do."
  }
}
