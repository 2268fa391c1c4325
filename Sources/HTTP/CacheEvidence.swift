/// Detects from a response's fields that a cache answered in place of a backend.
///
/// `Age` above 0 (RFC 9111 5.1), the `hit` parameter of `Cache-Status` (RFC 9211 2.1), two numbers in Varnish's
/// `X-Varnish`, `X-Cache-Hits` above 0, a `Server-Timing` entry of a cache that hit, and HIT, STALE or UPDATING in any other
/// field with "cache" in its name, as servers and CDNs can be configured to add: a stored answer is sent. `Age: 0` says nothing,
/// nor does a stored answer that a backend has just confirmed (REVALIDATED, TCP_REFRESH_HIT).
public enum CacheEvidence {
  /// Whether a field is such evidence; its name in any case. Allocates nothing.
  @inline(__always)
  static func shows(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool {
    switch name.count {
    case 3 where equals(name, lowercase: "age"): isAboveZero(value)
    case 9 where equals(name, lowercase: "x-varnish"): holdsTwoNumbers(value)
    case 12 where equals(name, lowercase: "cache-status"): hasHitParameter(value) || saysOnlyHit(value)
    case 12 where equals(name, lowercase: "x-cache-hits"): listsHits(value)
    case 13 where equals(name, lowercase: "server-timing"): timesHit(value)
    default: isCacheStatus(name) && (saysStored(value) || isRackFresh(name, value))
    }
  }

  /// The first field of a head that shows a cache, as `name: value`; `nil` if none does.
  public static func field(in head: ResponseHead) -> HeaderField? { head.cacheEvidence }

  /// Whether a field is such evidence, by its text.
  static func shows(_ field: HeaderField) -> Bool {
    var (name, value) = (field.name, field.value)
    return name.withUTF8 { name in
      value.withUTF8 { shows(UnsafeRawBufferPointer(name), UnsafeRawBufferPointer($0)) }
    }
  }

  private static func isAboveZero(_ value: UnsafeRawBufferPointer) -> Bool {
    !value.isEmpty && value.allSatisfy { $0 &- 0x30 < 10 } && value.contains { $0 != UInt8(ascii: "0") }
  }

  /// Whether a name has "cache" in it and is neither one of directives, such as `CDN-Cache-Control`, whose
  /// `stale-while-revalidate` says nothing of this answer, nor one of keys or tags, which may hold any word of a URL.
  private static func isCacheStatus(_ name: UnsafeRawBufferPointer) -> Bool {
    contains(name, lowercase: "cache") && !contains(name, lowercase: "cache-control")
      && !contains(name, lowercase: "key") && !contains(name, lowercase: "tag")
  }

  /// Whether one of the counts that Varnish and Fastly give, one for each cache on the way, is above 0.
  private static func listsHits(_ value: UnsafeRawBufferPointer) -> Bool {
    hasMember(value) { isAboveZero(trimmed($0)) }
  }

  /// Whether an entry of `Server-Timing` names a cache and says that it hit, as `cdn-cache;desc=HIT` and `cdn-cache-hit` do.
  private static func timesHit(_ value: UnsafeRawBufferPointer) -> Bool {
    hasMember(value) { contains($0, lowercase: "cache") && saysStored($0) }
  }

  /// Whether a member of a comma-separated list is one that is looked for.
  @inline(__always)
  private static func hasMember(
    _ value: UnsafeRawBufferPointer, where isWanted: (UnsafeRawBufferPointer) -> Bool
  ) -> Bool {
    hasPart(value, endingIn: UInt8(ascii: ",")) { part, _ in isWanted(part) }
  }

  /// Whether a part of a value is one that is looked for; commas and one further byte end parts, but for those within quotes
  /// (RFC 9110 5.6.4: a backslash there takes the next byte as it is).
  ///
  /// - Parameter isWanted: is given a part and the byte before it; a comma for the first.
  @inline(__always)
  private static func hasPart(
    _ value: UnsafeRawBufferPointer, endingIn further: UInt8, where isWanted: (UnsafeRawBufferPointer, UInt8) -> Bool
  ) -> Bool {
    var (start, before) = (0, UInt8(ascii: ","))
    var (isQuoted, isEscaped) = (false, false)
    for index in 0...value.count {
      if index < value.count {
        let byte = value[index]
        if isEscaped {
          isEscaped = false
          continue
        }
        if isQuoted, byte == UInt8(ascii: "\\") { isEscaped = true }
        if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
        guard !isQuoted, byte == UInt8(ascii: ",") || byte == further else { continue }
      }
      if isWanted(UnsafeRawBufferPointer(rebasing: value[start..<index]), before) { return true }
      if index < value.count { before = value[index] }
      start = index + 1
    }
    return false
  }

  /// Whether Rack::Cache, which has words of its own, sent a stored response that it took for fresh.
  private static func isRackFresh(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool {
    equals(name, lowercase: "x-rack-cache") && contains(value, lowercase: "fresh")
  }

  private static func contains(_ text: UnsafeRawBufferPointer, lowercase part: StaticString) -> Bool {
    let length = part.utf8CodeUnitCount
    guard text.count >= length else { return false }
    return (0...(text.count - length)).contains { start in
      equals(UnsafeRawBufferPointer(rebasing: text[start..<(start + length)]), lowercase: part)
    }
  }

  private static func holdsTwoNumbers(_ value: UnsafeRawBufferPointer) -> Bool {
    var numbers = 0
    var isInside = false
    for byte in value {
      if byte &- 0x30 < 10 {
        if !isInside { numbers += 1 }
        isInside = true
      } else {
        guard byte == space || byte == tab else { return false }
        isInside = false
      }
    }
    return numbers == 2
  }

  /// Whether HIT, STALE or UPDATING is a word of a value; underscores separate words, so that TCP_MEM_HIT has one.
  private static func saysStored(_ value: UnsafeRawBufferPointer) -> Bool {
    var start = 0
    for index in 0...value.count where index == value.count || !isLetter(value[index]) {
      let word = UnsafeRawBufferPointer(rebasing: value[start..<index])
      if equals(word, lowercase: "stale") || equals(word, lowercase: "updating") { return true }
      if equals(word, lowercase: "hit"), !isPassed(value, from: index), !isConfirmed(value, before: start) {
        return true
      }
      start = index + 1
    }
    return false
  }

  /// Whether the word that ends here continues as in "hit-for-pass": then a backend was asked.
  private static func isPassed(_ value: UnsafeRawBufferPointer, from end: Int) -> Bool {
    value.count >= end + 4 && equals(UnsafeRawBufferPointer(rebasing: value[(end + 1)..<(end + 4)]), lowercase: "for")
  }

  /// Whether REFRESH_ stands before the word: a backend has confirmed what was stored.
  private static func isConfirmed(_ value: UnsafeRawBufferPointer, before start: Int) -> Bool {
    start >= 8 && equals(UnsafeRawBufferPointer(rebasing: value[(start - 8)..<start]), lowercase: "refresh_")
  }

  /// Whether a member of the list has the parameter `hit`, which is true as it stands or as `hit=?1`.
  private static func hasHitParameter(_ value: UnsafeRawBufferPointer) -> Bool {
    hasPart(value, endingIn: UInt8(ascii: ";")) { part, before in
      let part = trimmed(part)
      return before == UInt8(ascii: ";") && (equals(part, lowercase: "hit") || equals(part, lowercase: "hit=?1"))
    }
  }

  /// What nginx is often configured to send under that name: `$upstream_cache_status` alone.
  private static func saysOnlyHit(_ value: UnsafeRawBufferPointer) -> Bool {
    equals(value, lowercase: "hit") || equals(value, lowercase: "stale") || equals(value, lowercase: "updating")
  }

  private static func trimmed(_ part: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    var start = 0
    var end = part.count
    while start < end, part[start] == space || part[start] == tab { start += 1 }
    while end > start, part[end - 1] == space || part[end - 1] == tab { end -= 1 }
    return UnsafeRawBufferPointer(rebasing: part[start..<end])
  }

  private static func isLetter(_ byte: UInt8) -> Bool { lowercased(byte) &- 0x61 < 26 }
}
