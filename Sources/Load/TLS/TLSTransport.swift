internal import Glibc

/// The socket under one TLS connection, as OpenSSL reads and writes it.
///
/// OpenSSL's own socket BIO raises SIGPIPE and does not distinguish an end from an error.
struct TLSTransport {
  let socket: Int32
  /// Whether the kernel notes when bytes come.
  private let stampsArrivals: Bool
  /// When the bytes came that were read last, in nanoseconds since 1970; 0 where the kernel did not note it.
  private(set) var stamp: Int64 = 0
  /// Whether the peer's end of the stream has been read.
  var hasEnded = false
  /// The errno of the first failure but EAGAIN.
  var failure: Int32 = 0
  /// Whether what is written is kept back for what comes next.
  var keepsBack = false
  /// Whether something is kept back.
  private(set) var hasKeptBack = false
  /// How often OpenSSL may still read before it has to return, which a peer that floods would not let it.
  private var readsLeft = TLSTransport.readsPerTurn
  /// Whether the last operation ended because of its read limit, not because there was nothing to read.
  private(set) var isCutShort = false

  /// Each takes up to a record's length.
  private static let readsPerTurn = 16

  init(_ socket: Int32, stampsArrivals: Bool = false) {
    self.socket = socket
    self.stampsArrivals = stampsArrivals
  }

  private mutating func receive(_ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int {
    guard stampsArrivals else { return Socket.receive(socket, bytes, count) }
    var came: Int64 = 0
    let received = Socket.receive(socket, bytes, count, stamp: &came)
    if received > 0 { stamp = came }
    return received
  }

  /// Lets the next operation read as much as one may.
  mutating func beginTurn() {
    readsLeft = TLSTransport.readsPerTurn
    isCutShort = false
  }

  /// Sends what is kept back, if anything is.
  mutating func push() {
    if hasKeptBack { Socket.sendAtOnce(socket) }
    hasKeptBack = false
  }

  private static let sourceAndSink: Int32 = 0x0400
  private static let shouldRead: Int32 = 1
  private static let shouldWrite: Int32 = 2
  private static let shouldRetry: Int32 = 8
  private static let flush: Int32 = 11

  private static func of(_ bio: OpaquePointer?, _ library: UnsafePointer<OpenSSL>) -> UnsafeMutablePointer<
    TLSTransport
  >? {
    library.pointee.bio.data(bio)?.assumingMemoryBound(to: TLSTransport.self)
  }

  /// The kind of BIO that carries a transport as its data.
  static func method(_ library: UnsafePointer<OpenSSL>) -> OpaquePointer? {
    let table = library.pointee.bio
    guard let method = table.methodNew(table.index() | sourceAndSink, "lbcheck") else { return nil }
    _ = table.methodSetCreate(method) { bio in
      guard let library = try? OpenSSL.library() else { return 0 }
      library.pointee.bio.setReady(bio, 1)
      return 1
    }
    _ = table.methodSetControl(method) { _, command, _, _ in command == TLSTransport.flush ? 1 : 0 }
    _ = table.methodSetRead(method) { bio, bytes, count in
      guard let bytes, let library = try? OpenSSL.library(), let transport = TLSTransport.of(bio, library)
      else { return -1 }
      library.pointee.bio.clearFlags(bio, 0x0F)
      guard transport.pointee.readsLeft > 0 else {
        transport.pointee.isCutShort = true
        library.pointee.bio.setFlags(bio, TLSTransport.shouldRead | TLSTransport.shouldRetry)
        return -1
      }
      transport.pointee.readsLeft -= 1
      let received = transport.pointee.receive(bytes, Int(count))
      if received > 0 { return Int32(received) }
      if received == 0 {
        transport.pointee.hasEnded = true
        return 0
      }
      if received == -Int(EAGAIN) {
        library.pointee.bio.setFlags(bio, TLSTransport.shouldRead | TLSTransport.shouldRetry)
      } else {
        transport.pointee.failure = Int32(-received)
      }
      return -1
    }
    _ = table.methodSetWrite(method) { bio, bytes, count in
      guard let bytes, let library = try? OpenSSL.library(), let transport = TLSTransport.of(bio, library)
      else { return -1 }
      library.pointee.bio.clearFlags(bio, 0x0F)
      let keepsBack = transport.pointee.keepsBack
      let sent = Socket.send(transport.pointee.socket, bytes, Int(count), awaitsMore: keepsBack)
      if sent >= 0 {
        transport.pointee.hasKeptBack = keepsBack
        return Int32(sent)
      }
      if sent == -Int(EAGAIN) {
        library.pointee.bio.setFlags(bio, TLSTransport.shouldWrite | TLSTransport.shouldRetry)
      } else {
        transport.pointee.failure = Int32(-sent)
      }
      return -1
    }
    return method
  }
}
