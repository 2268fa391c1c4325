internal import Glibc

/// Numbers the distinct names that one worker sees, from 0 in order of appearance.
///
/// Looking up a known name allocates nothing. Open addressing over FNV-1a; names are at most 255 bytes long.
struct BackendTable: ~Copyable {
  private static let slotCount = 1024
  private let slots: UnsafeMutablePointer<Int16>
  private(set) var names: [[UInt8]] = []
  private let limit: Int

  /// - Parameter limit: the most names, 512 at most.
  init(limit: Int) {
    self.limit = min(limit, BackendTable.slotCount / 2)
    slots = .allocate(capacity: BackendTable.slotCount)
    slots.initialize(repeating: -1, count: BackendTable.slotCount)
  }

  deinit { slots.deallocate() }

  /// The number of a name; `nil` if it would be one too many.
  mutating func index(of name: UnsafeRawBufferPointer) -> Int? {
    var hash: UInt32 = 2_166_136_261
    for byte in name { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    var slot = Int(hash ^ hash >> 15) & (BackendTable.slotCount - 1)
    while slots[slot] >= 0 {
      let known = Int(slots[slot])
      let same = names[known].withUnsafeBytes { bytes in
        bytes.count == name.count && (name.isEmpty || memcmp(bytes.baseAddress!, name.baseAddress!, name.count) == 0)
      }
      if same { return known }
      slot = (slot + 1) & (BackendTable.slotCount - 1)
    }
    guard names.count < limit else { return nil }
    slots[slot] = Int16(names.count)
    names.append(Array(name))
    return names.count - 1
  }
}
