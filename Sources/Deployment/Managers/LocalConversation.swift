internal import Glibc
internal import Platform

/// One question and its whole answer, to a program that is asked over a socket of its own.
enum LocalConversation {
  enum Address: Equatable {
    case unix(String)
    /// A host, or an address without brackets, and a port.
    case tcp(host: String, port: String)

    var inWords: String {
      switch self {
      case .unix(let path): path
      case .tcp(let host, let port): "\(host):\(port)"
      }
    }

    /// `host:port`, `[v6]:port`, `:port`, or `unix//path` as Caddy writes it.
    init?(_ text: String) {
      if text.hasPrefix("unix/") {
        self = .unix(String(text.dropFirst(5)))
        return
      }
      guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0 else {
        return nil
      }
      let host = text[..<colon]
      let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
      guard isBracketed || !host.contains(":") else { return nil }
      let name = isBracketed ? String(host.dropFirst().dropLast()) : String(host)
      self = .tcp(host: name.isEmpty ? "localhost" : name, port: "\(port)")
    }
  }

  /// The longest answer, in bytes.
  private static let mostBytes = 32 << 20

  /// Sends the question and reads until the other side ends.
  ///
  /// - Throws: ``ManagerError`` in one line.
  static func ask(_ address: Address, _ question: String, timeout: Duration) throws(ManagerError) -> String {
    let deadline = MonotonicClock.now() + timeout.nanoseconds
    func failure(_ code: Int32) -> ManagerError {
      ManagerError("\(address.inWords): \(SystemError.message(for: code))")
    }
    let (socket, code) = connect(address, until: deadline)
    guard code == 0 else {
      System.close(socket)
      throw failure(code)
    }
    defer { System.close(socket) }
    var rest = Array(question.utf8)[...]
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if sent > 0 {
        rest = rest.dropFirst(sent)
      } else {
        guard errno == EAGAIN || errno == EINTR else { throw failure(errno) }
        guard System.wait(for: .writing, of: [socket], until: deadline) else { throw failure(ETIMEDOUT) }
      }
    }
    // HAProxy's master answers what it has got and then waits for more; a server of HTTP would take this for an end.
    if case .unix(let path) = address, !question.contains("HTTP/1.0"), shutdown(socket, Int32(SHUT_WR)) != 0 {
      throw ManagerError("\(path): \(SystemError.message(for: errno))")
    }
    var answer: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while answer.count <= mostBytes {
      let count = chunk.withUnsafeMutableBytes { System.read(socket, into: $0) }
      if count == 0 { return String(decoding: answer, as: UTF8.self) }
      if count == -Int(EAGAIN) {
        guard System.wait(for: .reading, of: [socket], until: deadline) else { throw failure(ETIMEDOUT) }
      } else if count < 0 {
        throw failure(Int32(-count))
      } else {
        answer += chunk[..<count]
      }
    }
    throw ManagerError("\(address.inWords): the answer is longer than 32 MiB")
  }

  /// A connected socket with 0, or one to be closed with the error number.
  private static func connect(_ address: Address, until deadline: Nanoseconds) -> (Int32, Int32) {
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    switch address {
    case .unix(let path):
      var name = sockaddr_un()
      name.sun_family = sa_family_t(AF_UNIX)
      let bytes = Array(path.utf8)
      guard bytes.count < MemoryLayout.size(ofValue: name.sun_path) else { return (-1, ENAMETOOLONG) }
      withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: bytes) }
      let socket = Glibc.socket(AF_UNIX, type, 0)
      let size = socklen_t(MemoryLayout<sockaddr_un>.size)
      let result = withUnsafeBytes(of: &name) {
        Glibc.connect(socket, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), size)
      }
      return (socket, result == 0 ? 0 : errno)
    case .tcp(let host, let port):
      var hints = addrinfo()
      hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
      var list: UnsafeMutablePointer<addrinfo>?
      guard getaddrinfo(host, port, &hints, &list) == 0 else { return (-1, EADDRNOTAVAIL) }
      defer { freeaddrinfo(list) }
      var code = EADDRNOTAVAIL
      var next = list
      while let entry = next?.pointee {
        next = entry.ai_next
        let socket = Glibc.socket(entry.ai_family, type, 0)
        code = finish(socket, Glibc.connect(socket, entry.ai_addr, entry.ai_addrlen), until: deadline)
        if code == 0 { return (socket, 0) }
        System.close(socket)
      }
      return (-1, code)
    }
  }

  private static func finish(_ socket: Int32, _ result: Int32, until deadline: Nanoseconds) -> Int32 {
    if result == 0 { return 0 }
    guard errno == EINPROGRESS else { return errno }
    guard System.wait(for: .writing, of: [socket], until: deadline) else { return ETIMEDOUT }
    var error: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno
  }
}
