/// The size of a JSON text, measured in one pass over its bytes before anything is decoded.
///
/// A decoded text takes many times its bytes: a list of digits, some thirty times.
struct JSONSize: Equatable {
  /// Values in lists and objects, at most one too many for each.
  private(set) var values = 0
  /// Bytes of the longest string, escapes not decoded.
  private(set) var longestText = 0
  /// How deep lists and objects are nested.
  private(set) var depth = 0

  init(_ bytes: [UInt8]) {
    bytes.withUnsafeBufferPointer { bytes in
      var open = 0
      var index = 0
      while index < bytes.count {
        switch bytes[index] {
        case UInt8(ascii: "\""):
          let start = index + 1
          index = start
          while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
          }
          longestText = max(longestText, min(index, bytes.count) - start)
        case UInt8(ascii: ","), UInt8(ascii: ":"): values += 1
        case UInt8(ascii: "["), UInt8(ascii: "{"):
          open += 1
          values += 1
          depth = max(depth, open)
        case UInt8(ascii: "]"), UInt8(ascii: "}"): open -= 1
        default: break
        }
        index += 1
      }
    }
  }
}

/// The limits of an untrusted document.
struct DocumentLimits {
  /// Bytes of the file.
  var file: Int
  /// See ``JSONSize``.
  var values: Int
  /// Bytes.
  var text: Int

  /// Why a text is not read; `nil` if it is small enough.
  func refusal(of bytes: [UInt8]) -> String? {
    // A byte makes one value at most.
    let size = JSONSize(bytes)
    if size.values > values { return "it holds more than \(values) values" }
    if size.longestText > text { return "a text in it is longer than \(text >> 20) MiB" }
    return nil
  }
}
