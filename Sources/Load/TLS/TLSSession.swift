internal import Glibc
internal import HTTP
internal import Platform

/// TLS on one connection, non-blocking; without ``open(_:for:)`` it holds nothing.
struct TLSSession: ~Copyable {
  enum Handshake {
    case done
    case wantsRead
    case wantsWrite
    /// There is more to read, and others have waited long enough.
    case isCutShort
    case failed(FailureKind, String)
  }

  /// What ``receive(_:_:)`` returns where the peer's stream ended without TLS saying so (RFC 8446 6.1).
  static let cutOff = -Int(ENOTCONN)
  /// What ``receive(_:_:)`` and ``send(_:_:)`` return where TLS itself failed; ``TLSClient/failureReason`` says why.
  static let failed = -Int(EPROTO)
  /// What ``receive(_:_:)`` returns where there is more to read, none of it content so far, and others have waited long enough.
  static let cutShort = -Int(EINPROGRESS)

  private var library: UnsafePointer<OpenSSL>?
  private var ssl: OpaquePointer?
  private var transport: UnsafeMutablePointer<TLSTransport>?
  private var client: Unmanaged<TLSClient>?
  /// Whether close_notify may be sent: after a handshake, before a failure.
  private var isOrderly = false

  init() {}

  deinit {
    // The client may have gone by now.
    if let library, let ssl { library.pointee.free(ssl) }
    transport?.deallocate()
  }

  /// Takes a connected socket; the client has to outlive it.
  ///
  /// - Parameter stampsArrivals: whether the kernel notes when bytes come.
  /// - Returns: whether OpenSSL had what it needs.
  mutating func open(_ socket: Int32, for client: TLSClient, stampsArrivals: Bool = false) -> Bool {
    close()
    let library = client.library
    guard let ssl = library.pointee.new(client.context.context) else { return false }
    // The name is checked for addresses, too: against the certificate's addresses.
    guard library.pointee.setHost(ssl, client.host) == 1, let bio = library.pointee.bio.new(client.context.method)
    else {
      library.pointee.free(ssl)
      return false
    }
    // The subject's common name is no longer used as a host's name (RFC 9110 4.3.4).
    library.pointee.setHostFlags(ssl, Control.neverCheckSubject)
    let transport = UnsafeMutablePointer<TLSTransport>.allocate(capacity: 1)
    transport.initialize(to: TLSTransport(socket, stampsArrivals: stampsArrivals))
    library.pointee.bio.setData(bio, transport)
    library.pointee.setBIO(ssl, bio, bio)
    let owner = Unmanaged.passUnretained(client)
    _ = library.pointee.setExtraData(ssl, 0, owner.toOpaque())
    if !client.isAddress {
      client.host.withCString { name in
        _ = library.pointee.control(ssl, Control.setHostName, 0, UnsafeMutableRawPointer(mutating: name))
      }
    }
    if client.savesMemory { _ = library.pointee.control(ssl, Control.setMode, Control.releaseBuffers, nil) }
    client.offerSession(on: ssl)
    self.library = library
    self.ssl = ssl
    self.transport = transport
    self.client = owner
    isOrderly = false
    return true
  }

  /// Goes on with the handshake as far as it goes now.
  ///
  /// Its last messages wait for what is sent next, so that mostly one segment carries both.
  mutating func handshake() -> Handshake {
    guard let ssl, let transport, let client = client?.takeUnretainedValue() else { return .failed(.tls, "not open") }
    let library = client.library
    client.refusal = nil
    transport.pointee.beginTurn()
    let result = library.pointee.connect(ssl)
    if result == 1 {
      isOrderly = true
      transport.pointee.keepsBack = false
      client.countHandshake(ssl)
      return .done
    }
    switch library.pointee.error(ssl, result) {
    case Code.wantsRead where transport.pointee.isCutShort: return .isCutShort
    case Code.wantsRead:
      // The peer is to answer first: these were not the last ones.
      transport.pointee.push()
      transport.pointee.keepsBack = true
      return .wantsRead
    case Code.wantsWrite: return .wantsWrite
    case Code.protocolError:
      let reason = library.pointee.takeReason()
      // Some servers choose nothing, others refuse the connection.
      if reason.number == Self.noApplicationProtocol, client.context.offers == [.http2] {
        return .failed(.noHTTP2, HTTP2Session.notChosen)
      }
      return .failed(.tls, client.refusal ?? TLSSession.explained(reason))
    default:
      library.pointee.clearErrors()
      guard transport.pointee.failure == 0 else {
        return .failed(.reset, "\(SystemError.message(for: transport.pointee.failure)) during the TLS handshake")
      }
      return .failed(.closed, "the connection was closed during the TLS handshake")
    }
  }

  /// OpenSSL's words, with what they mean where they mislead.
  static func explained(_ reason: OpenSSL.Reason) -> String {
    [httpRequest, packetLengthTooLong, wrongVersionNumber].contains(reason.number)
      ? "\(reason.text): no TLS is spoken at this port" : reason.text
  }

  /// Values of macros in `openssl/sslerr.h`.
  private static let httpRequest: UInt = 156
  private static let packetLengthTooLong: UInt = 198
  private static let wrongVersionNumber: UInt = 267
  private static let noApplicationProtocol: UInt = 1120

  /// Receives what is there; 0 is the announced end of the stream, a negative result minus the errno.
  @inline(__always)
  mutating func receive(_ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int {
    guard let library, let ssl, let transport else { return TLSSession.failed }
    transport.pointee.beginTurn()
    let received = library.pointee.read(ssl, bytes, Int32(truncatingIfNeeded: count))
    return received > 0 ? Int(received) : failure(received)
  }

  /// When the bytes came that were last taken from the socket; 0 where the kernel did not note it.
  var stamp: Int64 { transport?.pointee.stamp ?? 0 }

  /// Whether bytes have been taken from the socket but not received yet: no event will report them.
  var hasPending: Bool {
    guard let library, let ssl else { return false }
    return library.pointee.hasPending(ssl) == 1
  }

  /// Sends what fits; a negative result is minus the errno.
  @inline(__always)
  mutating func send(_ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    guard let library, let ssl else { return TLSSession.failed }
    let sent = library.pointee.write(ssl, bytes, Int32(truncatingIfNeeded: count))
    return sent > 0 ? Int(sent) : failure(sent)
  }

  private mutating func failure(_ result: Int32) -> Int {
    guard let library, let ssl, let transport else { return TLSSession.failed }
    switch library.pointee.error(ssl, result) {
    case Code.wantsRead where transport.pointee.isCutShort: return TLSSession.cutShort
    case Code.wantsRead, Code.wantsWrite: return -Int(EAGAIN)
    case Code.ended: return 0
    case Code.protocolError:
      isOrderly = false
      let reason = library.pointee.reason()
      client?._withUnsafeGuaranteedRef { $0.failureReason = reason }
      return TLSSession.failed
    default:
      isOrderly = false
      library.pointee.clearErrors()
      if transport.pointee.hasEnded { return TLSSession.cutOff }
      let number = transport.pointee.failure
      return number == 0 ? TLSSession.failed : -Int(number)
    }
  }

  /// The result of the handshake.
  func description() -> TLSDescription? {
    guard let library, let ssl else { return nil }
    return TLSDescription(of: ssl, library)
  }

  /// The protocol chosen by ALPN; `nil` where the server did not choose one.
  var applicationProtocol: String? {
    guard let library, let ssl else { return nil }
    return TLSDescription.applicationProtocol(of: ssl, library)
  }

  /// The serial number of the server's certificate, in hexadecimal; of a resumed session that of the first handshake.
  var certificateSerial: String? {
    guard let library, let ssl else { return nil }
    return library.pointee.peerChain(ssl).flatMap { library.pointee.certificates.chainValue($0, 0) }
      .flatMap { TLSDescription.Certificate.serial($0, library) }
  }

  /// Sends close_notify, where that makes sense, and releases the socket without closing it.
  mutating func close() {
    if let library, let ssl {
      // Without it OpenSSL takes the session for broken and does not resume it.
      if isOrderly, library.pointee.shutdown(ssl) < 0 { library.pointee.clearErrors() }
      library.pointee.free(ssl)
    }
    transport?.deallocate()
    ssl = nil
    transport = nil
    client = nil
    isOrderly = false
  }

  /// Values of macros in `openssl/ssl.h`.
  private enum Control {
    static let setMode: Int32 = 33
    static let setHostName: Int32 = 55
    static let releaseBuffers = 0x10
    /// `X509_CHECK_FLAG_NEVER_CHECK_SUBJECT` in `openssl/x509v3.h`.
    static let neverCheckSubject: UInt32 = 0x20
  }

  private enum Code {
    static let protocolError: Int32 = 1
    static let wantsRead: Int32 = 2
    static let wantsWrite: Int32 = 3
    static let ended: Int32 = 6
  }
}
