/// The beginning and the end of a program's output, and how much between them was left out.
package struct CapturedOutput: Sendable, Equatable {
  /// How many bytes between beginning and end were left out.
  package private(set) var bytesLeftOut = 0

  private let half: Int
  private var beginning: [UInt8] = []
  /// A ring once it is full; the oldest byte is at `oldest`.
  private var end: [UInt8] = []
  private var oldest = 0

  /// - Parameter limit: how many bytes are kept, half of them from each end.
  package init(limit: Int) {
    half = max(1, limit / 2)
  }

  package mutating func append(_ bytes: some Collection<UInt8>) {
    var rest = bytes.dropFirst(0)
    if beginning.count < half {
      let taken = rest.prefix(half - beginning.count)
      beginning += taken
      rest = rest.dropFirst(taken.count)
    }
    // Whatever cannot stay until the end of this call need not be copied.
    if rest.count > half {
      bytesLeftOut += rest.count - half + end.count
      end = Array(rest.suffix(half))
      oldest = 0
      return
    }
    for byte in rest {
      if end.count < half {
        end.append(byte)
      } else {
        end[oldest] = byte
        oldest = oldest + 1 == half ? 0 : oldest + 1
        bytesLeftOut += 1
      }
    }
  }

  /// All that was kept, without a mark where something is missing; see `bytesLeftOut`.
  package var bytes: [UInt8] { beginning + end[oldest...] + end[..<oldest] }

  /// What was printed, with control characters as they are and a line in brackets for what is missing.
  package var text: String {
    guard bytesLeftOut > 0 else { return String(decoding: bytes, as: UTF8.self) }
    return String(decoding: beginning, as: UTF8.self) + "\n[\(bytesLeftOut) bytes left out]\n"
      + String(decoding: end[oldest...] + end[..<oldest], as: UTF8.self)
  }
}
