internal import HTTP
internal import Statistics

/// What one worker's or probe's TLS connections to a host share: sessions to resume, and results of handshakes.
///
/// It is used by one thread at a time.
final class TLSClient {
  private static let sessionLimit = 32

  let library: UnsafePointer<OpenSSL>
  let context: TLSContext
  /// The name that the certificate must carry, without a trailing dot.
  let host: String
  /// Whether the host is an address, which is never sent as a name (RFC 6066 3).
  let isAddress: Bool
  /// Whether idle connections release their 34 KB of buffers, at the price of a tenth more CPU time a request.
  let savesMemory: Bool
  /// Why the certificate last looked at is refused.
  var refusal: String?
  /// What the last operation failed with.
  var failureReason = ""
  private(set) var handshakes = TLSHandshakes()
  private var sessions: [OpaquePointer] = []
  private var lastCipher: OpaquePointer?

  /// A client for a target; `nil` for `http://`.
  ///
  /// - Throws: ``LoadError`` where there is no OpenSSL, or a file of the settings cannot be used.
  static func speaking(
    to target: Target, _ settings: TLSSettings, http: HTTPVersionChoice = .http1, savesMemory: Bool = false
  ) throws(LoadError) -> TLSClient? {
    guard target.scheme == .https else { return nil }
    return try TLSClient(
      try TLSContext.shared(for: settings, offering: http.offers), host: target.host, savesMemory: savesMemory)
  }

  private init(_ context: TLSContext, host: String, savesMemory: Bool) throws(LoadError) {
    self.savesMemory = savesMemory
    self.context = context
    library = context.library
    self.host = host.hasSuffix(".") ? String(host.dropLast()) : host
    isAddress = SocketAddress(host, port: 1) != nil
    sessions.reserveCapacity(TLSClient.sessionLimit)
  }

  deinit { for session in sessions { library.pointee.sessionFree(session) } }

  /// The client that a connection belongs to, as ``TLSSession`` has noted with it.
  static func owner(of ssl: OpaquePointer) -> TLSClient? {
    guard let library = try? OpenSSL.library(), let owner = library.pointee.extraData(ssl, 0) else { return nil }
    return Unmanaged<TLSClient>.fromOpaque(owner).takeUnretainedValue()
  }

  /// Keeps a session that the server offers for resumption.
  func keep(_ session: OpaquePointer) {
    if sessions.count == TLSClient.sessionLimit { library.pointee.sessionFree(sessions.removeFirst()) }
    sessions.append(session)
  }

  /// Has a new connection offer the newest session. A ticket serves once (RFC 8446 C.4), except for the last one.
  func offerSession(on ssl: OpaquePointer) {
    guard let session = sessions.last else { return }
    _ = library.pointee.setSession(ssl, session)
    if sessions.count > 1 { library.pointee.sessionFree(sessions.removeLast()) }
  }

  func countHandshake(_ ssl: OpaquePointer) {
    if library.pointee.sessionReused(ssl) == 1 { handshakes.resumed += 1 } else { handshakes.full += 1 }
    let cipher = library.pointee.currentCipher(ssl)
    guard cipher != lastCipher else { return }
    lastCipher = cipher
    handshakes.add(TLSDescription.kind(of: ssl, library))
  }

  /// Keeps why OpenSSL refuses a certificate, with details; called during verification.
  static func noteRefusal(_ store: OpaquePointer) {
    guard let library = try? OpenSSL.library(),
      let ssl = library.pointee.certificates.storeExtraData(store, library.pointee.storeIndex()),
      let client = owner(of: .init(ssl))
    else { return }
    let number = library.pointee.certificates.storeError(store)
    let certificate = library.pointee.certificates.storeCertificate(store)
    client.refusal = TLSDescription.refusal(Int(number), certificate, library)
  }
}

/// The results of a run's TLS handshakes.
public struct TLSHandshakes: Sendable, Equatable, Codable {
  private enum CodingKeys: String, CodingKey { case full, resumed, kinds }

  public internal(set) var full = 0
  /// Handshakes that resumed an earlier session.
  public internal(set) var resumed = 0
  /// Protocol and cipher, as `1.3, TLS_AES_256_GCM_SHA384`, in order of appearance.
  public internal(set) var kinds: [String] = []

  public init(full: Int = 0, resumed: Int = 0, kinds: [String] = []) {
    self.full = full
    self.resumed = resumed
    self.kinds = kinds
  }

  mutating func add(_ kind: String) { if !kinds.contains(kind) { kinds.append(kind) } }

  mutating func add(_ other: TLSHandshakes) {
    full = full.addingSaturated(other.full)
    resumed = resumed.addingSaturated(other.resumed)
    for kind in other.kinds { add(kind) }
  }
}

extension TLSHandshakes {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      full: try fields.decodeCount(forKey: .full), resumed: try fields.decodeCount(forKey: .resumed),
      kinds: try fields.decodeLines(forKey: .kinds))
  }
}
