internal import Glibc
internal import HTTP
internal import Synchronization

/// What all connections with the same settings share: trusted certificates, the client's own, protocol versions.
///
/// OpenSSL allows its use from several threads at a time.
final class TLSContext: @unchecked Sendable {
  let library: UnsafePointer<OpenSSL>
  let context: OpaquePointer
  /// How OpenSSL reads from and writes to a ``TLSTransport``.
  let method: OpaquePointer
  let verifies: Bool
  /// What ALPN offers.
  let offers: [HTTPVersion]

  private struct Key: Hashable {
    let settings: TLSSettings
    let offers: [HTTPVersion]
  }

  private static let known = Mutex<[Key: TLSContext]>([:])

  /// The context shared by all with these settings: a run's workers and the probes before it read the files once.
  ///
  /// - Parameter offers: what ALPN offers, the preferred version first.
  static func shared(
    for settings: TLSSettings, offering offers: [HTTPVersion] = [.http1]
  ) throws(LoadError) -> TLSContext {
    let key = Key(settings: settings, offers: offers)
    if let context = known.withLock({ $0[key] }) { return context }
    let context = try TLSContext(settings, offers)
    known.withLock { $0[key] = context }
    return context
  }

  private init(_ settings: TLSSettings, _ offers: [HTTPVersion]) throws(LoadError) {
    library = try OpenSSL.library()
    guard let context = library.pointee.context.new(library.pointee.context.clientMethod()),
      let method = TLSTransport.method(library)
    else {
      throw .generatorLimit("cannot set up TLS: \(library.pointee.reason())")
    }
    self.context = context
    self.method = method
    verifies = settings.verifies
    self.offers = offers
    setDefaults(resumes: settings.resumes, offers)
    // Clients have to offer it to be asked for their certificate after the handshake (RFC 8446 4.6.2), as for one path alone.
    library.pointee.context.setPostHandshakeAuthentication(context, 1)
    preferBrowsersCipher()
    try readAuthorities(settings)
    try readCertificate(settings)
    library.pointee.clearErrors()
  }

  deinit {
    library.pointee.context.free(context)
    library.pointee.bio.methodFree(method)
  }

  private func setDefaults(resumes: Bool, _ offers: [HTTPVersion]) {
    let library = library.pointee
    // No passphrase is prompted for: reading an encrypted key fails.
    library.context.setPassword(context) { _, _, _, _ in 0 }
    _ = library.context.control(context, Constant.setMinimumVersion, Constant.tls12, nil)
    _ = library.context.control(context, Constant.setMode, Constant.modes, nil)
    // One receive for a record in place of two.
    _ = library.context.control(context, Constant.setReadAhead, 1, nil)
    let names = offers.flatMap { [UInt8($0.protocolName.utf8.count)] + Array($0.protocolName.utf8) }
    _ = library.context.setProtocols(context, names, UInt32(names.count))
    guard resumes else {
      _ = library.context.control(context, Constant.setSessionCache, 0, nil)
      return
    }
    _ = library.context.control(
      context, Constant.setSessionCache, Constant.clientSessions | Constant.noInternalSessions, nil)
    library.context.setNewSession(context) { ssl, session in
      guard let ssl, let session, let client = TLSClient.owner(of: ssl) else { return 0 }
      client.keep(session)
      return 1
    }
  }

  /// Puts first, of what the system allows for TLS 1.3, the suite that browsers put first. OpenSSL itself prefers AES-256 with
  /// SHA-384, and a handshake with that costs the server a tenth more than one of a visitor's.
  private func preferBrowsersCipher() {
    let library = library.pointee
    guard let allowed = library.context.ciphers(context) else { return }
    var suites = (0..<library.certificates.chainCount(allowed)).compactMap { index in
      library.cipherName(library.certificates.chainValue(allowed, index)).map { String(cString: $0) }
    }.filter { $0.hasPrefix("TLS_") }
    guard let index = suites.firstIndex(of: "TLS_AES_128_GCM_SHA256") else { return }
    suites.insert(suites.remove(at: index), at: 0)
    _ = library.context.setCipherSuites(context, suites.joined(separator: ":"))
  }

  private func readAuthorities(_ settings: TLSSettings) throws(LoadError) {
    let library = library.pointee
    if let file = settings.authorities {
      try Self.demandRegular(file, "the certificates to trust in")
      guard library.context.loadVerifyFile(context, file) == 1 else {
        throw .plan("the certificates to trust in '\(file)' cannot be read: \(library.reason())")
      }
      // What the user names is trusted, be it the root, an intermediate or the server's own certificate.
      _ = library.context.parametersSetFlags(library.context.parameters(context), Constant.partialChain)
    } else {
      // Not SSL_CTX_set_default_verify_paths: its third place to look reads the whole folder for an unknown issuer, each time.
      _ = library.context.setDefaultVerifyFile(context)
      _ = library.context.setDefaultVerifyFolder(context)
    }
    guard settings.verifies else { return library.context.setVerify(context, Constant.verifyNone, nil) }
    library.context.setVerify(context, Constant.verifyPeer) { isTrusted, store in
      if isTrusted != 1, let store { TLSClient.noteRefusal(store) }
      return isTrusted
    }
  }

  private func readCertificate(_ settings: TLSSettings) throws(LoadError) {
    let library = library.pointee
    guard let file = settings.certificate else {
      if let key = settings.key { throw .plan("the key '\(key)' is of no use without a certificate") }
      return
    }
    try Self.demandRegular(file, "the certificate in")
    guard library.context.useCertificateChainFile(context, file) == 1 else {
      throw .plan("the certificate in '\(file)' cannot be read: \(library.reason())")
    }
    let key = settings.key ?? file
    try Self.demandRegular(key, "the key in")
    guard library.context.usePrivateKeyFile(context, key, Constant.pem) == 1 else {
      throw .plan("the key in '\(key)' cannot be used: \(library.reason())")
    }
    guard library.context.checkPrivateKey(context) == 1 else {
      throw .plan("the key in '\(key)' is not that of the certificate in '\(file)'")
    }
  }

  /// OpenSSL would wait for whoever writes into a pipe, and read a device without an end. What is not there, and folders, it
  /// explains itself.
  private static func demandRegular(_ file: String, _ what: String) throws(LoadError) {
    var status = stat()
    guard stat(file, &status) == 0 else { return }
    switch status.st_mode & S_IFMT {
    case S_IFREG, S_IFDIR: return
    default: throw .plan("\(what) '\(file)' cannot be read: not a regular file")
    }
  }

  /// Values of macros in `openssl/ssl.h`.
  private enum Constant {
    static let setMode: Int32 = 33
    static let setReadAhead: Int32 = 41
    static let setSessionCache: Int32 = 44
    static let setMinimumVersion: Int32 = 123
    static let tls12 = 0x0303
    /// Partial writes, from buffers that may move.
    static let modes = 0x1 | 0x2
    static let clientSessions = 1
    static let noInternalSessions = 0x300
    static let verifyNone: Int32 = 0
    static let verifyPeer: Int32 = 1
    static let pem: Int32 = 1
    /// `X509_V_FLAG_PARTIAL_CHAIN` in `openssl/x509_vfy.h`.
    static let partialChain: UInt = 0x80000
  }
}
