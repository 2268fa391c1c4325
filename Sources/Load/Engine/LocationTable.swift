internal import HTTP

/// Where redirects lead: the first few different values of `Location`, each counted.
///
/// A value that is known costs no allocation; those beyond the limit are not counted.
struct LocationTable: Sendable {
  private static let limit = 8

  private var values: [(bytes: [UInt8], count: Int)] = []

  /// - Parameter value: cut at 1 KiB.
  mutating func note(_ value: UnsafeRawBufferPointer) {
    let value = UnsafeRawBufferPointer(rebasing: value.prefix(1_024))
    for index in values.indices where values[index].bytes.elementsEqual(value) {
      values[index].count += 1
      return
    }
    if values.count < LocationTable.limit { values.append((Array(value), 1)) }
  }

  var counts: [String: Int] {
    Dictionary(values.map { ($0.bytes.withUnsafeBytes(Fingerprint.text), $0.count) }, uniquingKeysWith: +)
  }
}
