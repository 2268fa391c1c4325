internal import CLinux
public import Platform

/// For how long a name's addresses may be used: the time to live of its DNS records.
public enum DNSLifetime {
  /// What a name without DNS records gets, such as one of /etc/hosts.
  public static let usual: Nanoseconds = 60_000_000_000

  /// Asks the system's name servers, which may take seconds.
  public static func of(_ host: String) -> Nanoseconds {
    let seconds = [recordA, recordAAAA].compactMap { type -> UInt32? in
      var answer = [UInt8](repeating: 0, count: 4096)
      let length = clinux_dns_query(host, type, &answer, Int32(answer.count))
      return length > 0 ? shortest(in: answer.prefix(min(Int(length), answer.count))) : nil
    }
    return seconds.min().map { Nanoseconds($0) * 1_000_000_000 } ?? usual
  }

  private static let recordA: Int32 = 1
  private static let recordAAAA: Int32 = 28

  /// The shortest time to live of an answer's records, in seconds (RFC 1035, section 4.1); `nil` where there is none, or the
  /// bytes are no answer.
  static func shortest(in answer: some Collection<UInt8>) -> UInt32? {
    let bytes = Array(answer)
    var index = 12
    func number(at index: Int, bytes count: Int) -> Int? {
      guard index >= 0, index + count <= bytes.count else { return nil }
      return bytes[index..<index + count].reduce(0) { $0 << 8 | Int($1) }
    }
    func skipName() -> Bool {
      while index < bytes.count {
        let length = bytes[index]
        // A pointer to an earlier name ends this one.
        if length & 0xC0 == 0xC0 {
          index += 2
          return true
        }
        index += 1 + Int(length)
        if length == 0 { return true }
      }
      return false
    }
    guard let questions = number(at: 4, bytes: 2), let answers = number(at: 6, bytes: 2) else { return nil }
    for _ in 0..<questions {
      guard skipName() else { return nil }
      index += 4
    }
    var shortest: UInt32?
    for _ in 0..<answers {
      guard skipName(), let seconds = number(at: index + 4, bytes: 4), let length = number(at: index + 8, bytes: 2)
      else { return shortest }
      // The highest bit is never set (RFC 2181, section 8).
      if seconds < 1 << 31 { shortest = min(shortest ?? .max, UInt32(seconds)) }
      index += 10 + length
    }
    return shortest
  }
}
