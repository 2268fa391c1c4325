internal import CLinux
internal import Glibc

/// TCP sockets as plain descriptors, all of them non-blocking; errors are values.
enum Socket {
  enum Opening {
    case connecting(Int32)
    case failed(Int32)
  }

  /// Begins a connection; it is open, or has failed, when the socket becomes writable.
  ///
  /// - Parameter stampsArrivals: whether ``receive(_:_:_:stamp:)`` shall say when bytes came.
  static func connect(
    to address: SocketAddress, from source: SocketAddress? = nil, stampsArrivals: Bool = false
  ) -> Opening {
    let socket = Glibc.socket(address.family, type, 0)
    guard socket >= 0 else { return .failed(errno) }
    sendAtOnce(socket)
    // Where the kernel cannot, its answers have no stamps, and are counted.
    if stampsArrivals { clinux_stamp_arrivals(socket) }
    if let source {
      var enabled: Int32 = 1
      // The port is chosen at connect time, so that one address can have more than 64 Ki connections in all.
      setsockopt(socket, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &enabled, socklen_t(MemoryLayout<Int32>.size))
      guard source.withPointer({ bind(socket, $0, $1) }) == 0 else { return abandon(socket) }
    }
    let result = address.withPointer { Glibc.connect(socket, $0, $1) }
    return result == 0 || errno == EINPROGRESS ? .connecting(socket) : abandon(socket)
  }

  private static let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)

  /// A socket that keeps the kernel noting when segments come, which it begins a moment after the first socket asks for it, and ends
  /// with the last; -1 where there is none to be had.
  static func openStamping(like address: SocketAddress) -> Int32 {
    let socket = Glibc.socket(address.family, type, 0)
    if socket >= 0 { clinux_stamp_arrivals(socket) }
    return socket
  }

  /// How many segments of a connection came behind a gap; `nil` where the kernel does not count them.
  static func segmentsOutOfOrder(_ socket: Int32) -> Int64? {
    let count = clinux_segments_out_of_order(socket)
    return count >= 0 ? count : nil
  }

  private static func abandon(_ socket: Int32) -> Opening {
    let error = errno
    close(socket)
    return .failed(error)
  }

  /// The pending error of a socket: 0 once the connection is open.
  static func error(of socket: Int32) -> Int32 {
    var error: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno
  }

  /// Sends what fits; a negative result is minus the errno.
  ///
  /// - Parameter awaitsMore: keeps it back for what is sent next, so that both leave together, at the latest with ``sendAtOnce(_:)``.
  @inline(__always)
  static func send(_ socket: Int32, _ bytes: UnsafeRawPointer, _ count: Int, awaitsMore: Bool = false) -> Int {
    let flags = Int32(MSG_NOSIGNAL) | (awaitsMore ? Int32(MSG_MORE) : 0)
    while true {
      let sent = Glibc.send(socket, bytes, count, flags)
      if sent >= 0 { return sent }
      if errno != EINTR { return -Int(errno) }
    }
  }

  /// Sets TCP_NODELAY, which also sends what was kept back, see tcp(7).
  static func sendAtOnce(_ socket: Int32) {
    var enabled: Int32 = 1
    setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &enabled, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Receives what is there; 0 is the end of the stream, a negative result minus the errno.
  @inline(__always)
  static func receive(_ socket: Int32, _ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int {
    while true {
      let received = recv(socket, bytes, count, 0)
      if received >= 0 { return received }
      if errno != EINTR { return -Int(errno) }
    }
  }

  /// The same, and when the last of the bytes came, in nanoseconds since 1970; 0 where the kernel did not note it.
  ///
  /// It is the last one's in the stream: one that came behind a gap came earlier than it could be read.
  @inline(__always)
  static func receive(
    _ socket: Int32, _ bytes: UnsafeMutableRawPointer, _ count: Int, stamp: inout Int64
  ) -> Int {
    while true {
      let received = clinux_receive_stamped(socket, bytes, count, &stamp)
      if received >= 0 { return received }
      if errno != EINTR { return -Int(errno) }
    }
  }

  /// Has the kernel discard what is there instead of storing it; the result is as of ``receive(_:_:_:)``.
  static func discard(_ socket: Int32, _ count: Int) -> Int {
    while true {
      let discarded = recv(socket, nil, count, Int32(MSG_TRUNC))
      if discarded >= 0 { return discarded }
      if errno != EINTR { return -Int(errno) }
    }
  }

  /// What a failed connection attempt counts as; `nil` means that the generator's own machine ran out of a resource.
  static func failure(ofConnecting error: Int32) -> FailureKind? {
    switch error {
    case ECONNREFUSED: .refused
    case ETIMEDOUT: .connectTimeout
    case ECONNRESET, EPIPE, ECONNABORTED: .reset
    case EADDRNOTAVAIL, EMFILE, ENFILE, ENOBUFS, ENOMEM, ENOSPC: nil
    default: .unreachable
    }
  }

  /// Raises the soft limit of open files to the hard one.
  ///
  /// - Throws: ``LoadError`` if so many sockets do not fit even so.
  static func reserveDescriptors(_ sockets: Int) throws(LoadError) {
    guard var limit = openFileLimit() else { return }
    if limit.rlim_cur < limit.rlim_max {
      limit.rlim_cur = limit.rlim_max
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      guard let raised = openFileLimit() else { return }
      limit = raised
    }
    // Beside its sockets a process has its own files: standard streams, event queues, reports.
    let needed = sockets + 32
    guard limit.rlim_cur < UInt64(needed) else { return }
    throw .generatorLimit(
      "this traffic needs up to \(needed) open files, and this process may have \(limit.rlim_cur): raise the limit "
        + "(ulimit -n) or use fewer --connections")
  }

  private static func openFileLimit() -> rlimit? {
    var limit = rlimit()
    return getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? limit : nil
  }
}
