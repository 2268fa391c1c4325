internal import Platform

/// A socket that listens on 127.0.0.1, or is about to, closed when the last reference to it goes.
package final class ListeningSocket: Sendable {
  package let descriptor: Int32

  /// The port that it listens on.
  package let port: UInt16

  /// Listens on `port`, or on any free one when that is 0.
  ///
  /// - Parameter sharing: lets another socket of this user listen on the same port at the same time; the
  ///   kernel then spreads new connections over both.
  package init(port: UInt16 = 0, sharing: Bool = false) throws(TestbedError) {
    descriptor = try boundSocket(port: port, sharing: sharing)
    let result = System.listen(descriptor)
    guard result == 0 else {
      System.close(descriptor)
      throw .system(SystemError("listen on 127.0.0.1:\(port)", code: Int32(-result)))
    }
    self.port = System.port(of: descriptor)
  }

  /// Takes over a listening socket that a parent process has opened.
  init(inherited descriptor: Int32) throws(TestbedError) {
    let port = System.port(of: descriptor)
    guard port != 0 else { throw .invalidConfiguration("descriptor \(descriptor) is no bound socket") }
    // Bound by the parent, but no client may connect before this process can answer.
    let result = System.listen(descriptor)
    guard result == 0 else { throw .system(SystemError("listen on 127.0.0.1:\(port)", code: Int32(-result))) }
    self.descriptor = descriptor
    self.port = port
  }

  /// Takes a socket that is bound and does not listen yet.
  fileprivate init(bound descriptor: Int32, port: UInt16) {
    self.descriptor = descriptor
    self.port = port
  }

  deinit {
    System.close(descriptor)
  }
}

/// A port of 127.0.0.1 kept for this process while nothing listens on it.
///
/// A connection to it is refused, yet the kernel neither gives it to another program nor uses it for an
/// outgoing connection, so that a backend can come back under the address it had.
final class PortReservation: Sendable {
  private let descriptor: Int32
  private let sharing: Bool
  let port: UInt16

  init(port: UInt16 = 0, sharing: Bool) throws(TestbedError) {
    descriptor = try boundSocket(port: port, sharing: sharing)
    self.port = System.port(of: descriptor)
    self.sharing = sharing
  }

  deinit {
    System.close(descriptor)
  }

  /// A new socket on the reserved port, on which the process that inherits it will listen.
  func bind() throws(TestbedError) -> ListeningSocket {
    ListeningSocket(bound: try boundSocket(port: port, sharing: sharing), port: port)
  }
}

private func boundSocket(port: UInt16, sharing: Bool) throws(TestbedError) -> Int32 {
  guard let address = System.socketAddress("127.0.0.1", port: port) else {
    throw .invalidConfiguration("127.0.0.1 is no address here")
  }
  let descriptor = System.makeSocket()
  guard descriptor >= 0 else { throw .system(SystemError("socket", code: -descriptor)) }
  System.setReuse(descriptor, sharing: sharing)
  let result = System.bind(descriptor, to: address)
  guard result == 0 else {
    System.close(descriptor)
    throw .system(SystemError("bind to 127.0.0.1:\(port)", code: Int32(-result)))
  }
  return descriptor
}
