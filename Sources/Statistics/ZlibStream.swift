/// A zlib stream (RFC 1950) of stored blocks (RFC 1951, section 3.2.4).
enum ZlibStream {
  private static let largestBlock = 0xffff

  static func storing(_ content: [UInt8]) -> [UInt8] {
    var stream: [UInt8] = [0x78, 0x01]  // Deflate with a 32 KiB window, fastest; a multiple of 31.
    var rest = content[...]
    repeat {
      let block = rest.prefix(largestBlock)
      rest = rest.dropFirst(block.count)
      let length = UInt16(block.count)
      stream.append(rest.isEmpty ? 1 : 0)
      for half in [length, ~length] { stream += [UInt8(half & 0xff), UInt8(half >> 8)] }
      stream += block
    } while !rest.isEmpty
    let checksum = adler32(content)
    return stream + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: checksum >> $0) }
  }

  static func stored(in stream: ArraySlice<UInt8>) throws(Histogram.DecodingError) -> [UInt8] {
    var reader = ByteReader(stream)
    let method = try reader.readByte()
    let flags = try reader.readByte()
    guard method & 0xf == 8, flags & 0x20 == 0, (UInt(method) << 8 | UInt(flags)).isMultiple(of: 31)
    else { throw .unsupportedCompression }

    var content: [UInt8] = []
    var isLast = false
    while !isLast {
      let header = try reader.readByte()
      guard header & 0b110 == 0 else { throw .unsupportedCompression }
      isLast = header & 1 == 1
      let length = try UInt16(reader.readByte()) | UInt16(reader.readByte()) << 8
      let complement = try UInt16(reader.readByte()) | UInt16(reader.readByte()) << 8
      guard length == ~complement else { throw .wrongChecksum }
      content += try reader.read(count: Int(length))
    }
    guard try reader.readUInt32() == adler32(content) else { throw .wrongChecksum }
    return content
  }

  /// The Adler-32 checksum (RFC 1950, section 8.2).
  private static func adler32(_ bytes: [UInt8]) -> UInt32 {
    var low: UInt32 = 1
    var high: UInt32 = 0
    for byte in bytes {
      low = (low + UInt32(byte)) % 65_521
      high = (high + low) % 65_521
    }
    return high << 16 | low
  }
}
