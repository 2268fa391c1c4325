/// The names of the (at most two) header fields whose values a run reads: the backend's and the generation's.
///
/// A worker owns one and lends it to its parsers, so that no connection carries a copy.
public struct FieldSelection: ~Copyable {
  static let capacity = 2

  /// Lower-case names, one after the other.
  private let bytes: UnsafeMutablePointer<UInt8>
  private let lengths: (Int, Int)

  /// - Parameter backend: the field that names the backend, in any case; `nil` selects nothing.
  public init(backend: String?, generation: String? = nil) {
    let first = Array((backend ?? "").utf8)
    let second = Array((generation ?? "").utf8)
    lengths = (first.count, second.count)
    bytes = .allocate(capacity: max(1, first.count + second.count))
    for (index, byte) in (first + second).enumerated() { bytes[index] = lowercased(byte) }
  }

  deinit { bytes.deallocate() }

  /// Which selected field a name is, if any.
  @inline(__always)
  func slot(of name: UnsafeRawBufferPointer) -> Int? {
    if name.count == lengths.0, matches(name, from: 0) { return 0 }
    if name.count == lengths.1, matches(name, from: lengths.0) { return 1 }
    return nil
  }

  @inline(__always)
  private func matches(_ name: UnsafeRawBufferPointer, from start: Int) -> Bool {
    guard !name.isEmpty else { return false }
    for index in 0..<name.count where lowercased(name[index]) != bytes[start + index] { return false }
    return true
  }
}
