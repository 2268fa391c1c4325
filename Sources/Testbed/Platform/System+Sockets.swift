internal import CLinux
internal import Glibc
internal import Platform

/// TCP over IPv4, which is all that loopback needs.
extension System {
  /// A new socket that no child inherits, or the error number negated.
  static func makeSocket() -> Int32 {
    Int32(retrying { Int(socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)) })
  }

  /// The kernel's form of an address and a port; nil unless `address` is four numbers with dots.
  static func socketAddress(_ address: String, port: UInt16) -> sockaddr_in? {
    var result = sockaddr_in()
    result.sin_family = sa_family_t(AF_INET)
    result.sin_port = port.bigEndian
    guard inet_pton(AF_INET, address, &result.sin_addr) == 1 else { return nil }
    return result
  }

  static func bind(_ descriptor: Int32, to address: sockaddr_in) -> Int {
    withSocketAddress(address) { pointer, length in retrying { Int(Glibc.bind(descriptor, pointer, length)) } }
  }

  static func listen(_ descriptor: Int32) -> Int {
    retrying { Int(Glibc.listen(descriptor, 4096)) }
  }

  /// The port that a socket is bound to, 0 when it is none.
  static func port(of descriptor: Int32) -> UInt16 {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    return result == 0 ? UInt16(bigEndian: address.sin_port) : 0
  }

  /// Connects within `timeout`, which stays set as the socket's send timeout.
  static func connect(_ descriptor: Int32, to address: sockaddr_in, timeout: Duration) -> Int {
    setTimeout(timeout, SO_SNDTIMEO, of: descriptor)
    let result = withSocketAddress(address) { pointer, length in Int(Glibc.connect(descriptor, pointer, length)) }
    if result == 0 { return 0 }
    guard errno == EINTR else { return -Int(errno) }
    // An interrupted connect goes on by itself: ask for its end, never call it again.
    guard wait(for: .writing, of: [descriptor], until: MonotonicClock.now() + timeout.nanoseconds) else {
      return -Int(ETIMEDOUT)
    }
    var code: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
    return -Int(code)
  }

  /// Accepts a connection that no child inherits.
  static func accept(_ descriptor: Int32) -> Int {
    retrying { Int(clinux_accept_close_on_exec(descriptor)) }
  }

  /// Receives into `buffer`; 0 is the peer's end, `-EAGAIN` a timeout.
  static func receive(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    retrying { recv(descriptor, buffer.baseAddress, buffer.count, 0) }
  }

  /// Whether a kept connection has ended or holds unsolicited bytes.
  static func isStale(_ descriptor: Int32) -> Bool {
    var byte: UInt8 = 0
    let flags = Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)
    return retrying { recv(descriptor, &byte, 1, flags) } != -Int(EAGAIN)
  }

  /// Whether the peer has ended the connection; bytes that it sent before may hide that.
  static func hasEnded(_ descriptor: Int32) -> Bool {
    var byte: UInt8 = 0
    let flags = Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)
    let count = retrying { recv(descriptor, &byte, 1, flags) }
    return count <= 0 && count != -Int(EAGAIN)
  }

  /// Sends all of `bytes`; false when the peer is gone or does not read.
  static func send(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = retrying {
        Glibc.send(descriptor, bytes.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { return false }
      sent += count
    }
    return true
  }

  enum Direction { case receiving, sending, both }

  static func shutdown(_ descriptor: Int32, _ direction: Direction) {
    switch direction {
    case .receiving: _ = Glibc.shutdown(descriptor, Int32(SHUT_RD))
    case .sending: _ = Glibc.shutdown(descriptor, Int32(SHUT_WR))
    case .both: _ = Glibc.shutdown(descriptor, Int32(SHUT_RDWR))
    }
  }

  static func setReceiveTimeout(_ timeout: Duration, of descriptor: Int32) {
    setTimeout(timeout, SO_RCVTIMEO, of: descriptor)
  }

  static func setSendTimeout(_ timeout: Duration, of descriptor: Int32) {
    setTimeout(timeout, SO_SNDTIMEO, of: descriptor)
  }

  static func setResetOnClose(_ descriptor: Int32) {
    var value = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
  }

  static func setNoDelay(_ descriptor: Int32) {
    setOption(Int32(IPPROTO_TCP), TCP_NODELAY, of: descriptor)
  }

  /// Lets a port be bound again at once; `sharing` also lets two sockets of one user listen on it together.
  static func setReuse(_ descriptor: Int32, sharing: Bool) {
    setOption(SOL_SOCKET, SO_REUSEADDR, of: descriptor)
    if sharing { setOption(SOL_SOCKET, SO_REUSEPORT, of: descriptor) }
  }

  private static func setOption(_ level: Int32, _ option: Int32, of descriptor: Int32) {
    var on: Int32 = 1
    setsockopt(descriptor, level, option, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  private static func setTimeout(_ timeout: Duration, _ option: Int32, of descriptor: Int32) {
    // Zero would mean for ever.
    let microseconds = max(timeout.nanoseconds / 1000, 1)
    var value = timeval(tv_sec: Int(microseconds / 1_000_000), tv_usec: Int(microseconds % 1_000_000))
    setsockopt(descriptor, SOL_SOCKET, option, &value, socklen_t(MemoryLayout<timeval>.size))
  }

  private static func withSocketAddress<Result>(
    _ address: sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }
}
