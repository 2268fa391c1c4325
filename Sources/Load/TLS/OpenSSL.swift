internal import Glibc

/// The system's OpenSSL 3, loaded when a run first needs it: building needs no headers, and `http://` needs no library.
///
/// Names are OpenSSL's own without their prefix; its manual says what each does.
struct OpenSSL {
  typealias Raw = UnsafeMutableRawPointer
  typealias Text = UnsafePointer<CChar>
  typealias Verify = @convention(c) (Int32, OpaquePointer?) -> Int32
  typealias NewSession = @convention(c) (OpaquePointer?, OpaquePointer?) -> Int32
  typealias Password = @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, Raw?) -> Int32
  typealias Write = @convention(c) (OpaquePointer?, UnsafePointer<CChar>?, Int32) -> Int32
  typealias Read = @convention(c) (OpaquePointer?, UnsafeMutablePointer<CChar>?, Int32) -> Int32
  typealias Control = @convention(c) (OpaquePointer?, Int32, Int, Raw?) -> Int
  typealias Create = @convention(c) (OpaquePointer?) -> Int32

  let context: Contexts
  let certificates: Certificates
  let bio: BIOs

  let new: @convention(c) (OpaquePointer) -> OpaquePointer?
  let free: @convention(c) (OpaquePointer) -> Void
  let control: @convention(c) (OpaquePointer, Int32, Int, Raw?) -> Int
  let setHost: @convention(c) (OpaquePointer, Text) -> Int32
  let setHostFlags: @convention(c) (OpaquePointer, UInt32) -> Void
  let setBIO: @convention(c) (OpaquePointer, OpaquePointer, OpaquePointer) -> Void
  let setExtraData: @convention(c) (OpaquePointer, Int32, Raw?) -> Int32
  let extraData: @convention(c) (OpaquePointer, Int32) -> Raw?
  let storeIndex: @convention(c) () -> Int32
  let connect: @convention(c) (OpaquePointer) -> Int32
  let read: @convention(c) (OpaquePointer, Raw, Int32) -> Int32
  let write: @convention(c) (OpaquePointer, UnsafeRawPointer, Int32) -> Int32
  let hasPending: @convention(c) (OpaquePointer) -> Int32
  let shutdown: @convention(c) (OpaquePointer) -> Int32
  let error: @convention(c) (OpaquePointer, Int32) -> Int32
  let verifyResult: @convention(c) (OpaquePointer) -> Int
  let version: @convention(c) (OpaquePointer) -> Text?
  let currentCipher: @convention(c) (OpaquePointer) -> OpaquePointer?
  let cipherName: @convention(c) (OpaquePointer?) -> Text?
  let selectedProtocol:
    @convention(c) (OpaquePointer, UnsafeMutablePointer<UnsafePointer<UInt8>?>, UnsafeMutablePointer<UInt32>) -> Void
  let setSession: @convention(c) (OpaquePointer, OpaquePointer) -> Int32
  let sessionReused: @convention(c) (OpaquePointer) -> Int32
  let sessionFree: @convention(c) (OpaquePointer) -> Void
  let peerChain: @convention(c) (OpaquePointer) -> OpaquePointer?
  let takeError: @convention(c) () -> UInt
  let clearErrors: @convention(c) () -> Void
  let errorText: @convention(c) (UInt, UnsafeMutablePointer<CChar>, Int) -> Void

  /// Loaded once, on first use, and kept for the process's life.
  ///
  /// - Throws: ``LoadError/noTLS(_:)`` where there is no such library.
  static func library() throws(LoadError) -> UnsafePointer<OpenSSL> { try opened.get() }

  private nonisolated(unsafe) static let opened: Result<UnsafePointer<OpenSSL>, LoadError> = open("libssl.so.3")

  static func open(_ file: String) -> Result<UnsafePointer<OpenSSL>, LoadError> {
    SystemLibrary.open(file, for: need) { library throws(LoadError) in try OpenSSL(library) }
  }

  private static let need = SystemLibrary.Need(
    purpose: "https://", library: "OpenSSL 3", package: "libssl3", error: LoadError.noTLS)

  private init(_ symbols: SystemLibrary) throws(LoadError) {
    context = try Contexts(symbols)
    certificates = try Certificates(symbols)
    bio = try BIOs(symbols)
    new = try symbols.find("SSL_new")
    free = try symbols.find("SSL_free")
    control = try symbols.find("SSL_ctrl")
    setHost = try symbols.find("SSL_set1_host")
    setHostFlags = try symbols.find("SSL_set_hostflags")
    setBIO = try symbols.find("SSL_set_bio")
    setExtraData = try symbols.find("SSL_set_ex_data")
    extraData = try symbols.find("SSL_get_ex_data")
    storeIndex = try symbols.find("SSL_get_ex_data_X509_STORE_CTX_idx")
    connect = try symbols.find("SSL_connect")
    read = try symbols.find("SSL_read")
    write = try symbols.find("SSL_write")
    hasPending = try symbols.find("SSL_has_pending")
    shutdown = try symbols.find("SSL_shutdown")
    error = try symbols.find("SSL_get_error")
    verifyResult = try symbols.find("SSL_get_verify_result")
    version = try symbols.find("SSL_get_version")
    currentCipher = try symbols.find("SSL_get_current_cipher")
    cipherName = try symbols.find("SSL_CIPHER_get_name")
    selectedProtocol = try symbols.find("SSL_get0_alpn_selected")
    setSession = try symbols.find("SSL_set_session")
    sessionReused = try symbols.find("SSL_session_reused")
    sessionFree = try symbols.find("SSL_SESSION_free")
    peerChain = try symbols.find("SSL_get_peer_cert_chain")
    takeError = try symbols.find("ERR_get_error")
    clearErrors = try symbols.find("ERR_clear_error")
    errorText = try symbols.find("ERR_error_string_n")
  }

  /// What went wrong on a thread: the number of the reason (`SSL_R_…` in `openssl/sslerr.h`; 0 for another library's) and OpenSSL's words.
  struct Reason {
    let number: UInt
    let text: String
  }

  /// OpenSSL's first reason for what went wrong on this thread; forgets all of them.
  func takeReason() -> Reason {
    let error = takeError()
    defer { clearErrors() }
    guard error != 0 else { return Reason(number: 0, text: "no reason given") }
    let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { text in
      errorText(error, text.baseAddress!, text.count)
      return OpenSSL.reason(in: String(cString: text.baseAddress!))
    }
    // ERR_GET_LIB and ERR_GET_REASON; 20 is ERR_LIB_SSL.
    return Reason(number: error >> 23 & 0xFF == 20 ? error & 0x7F_FFFF : 0, text: text)
  }

  /// The words of ``takeReason()`` alone.
  func reason() -> String { takeReason().text }

  /// The last part of `error:0A00010B:SSL routines::wrong version number`.
  static func reason(in text: String) -> String {
    let parts = text.split(separator: ":", maxSplits: 4, omittingEmptySubsequences: false)
    return parts.count == 5 && !parts[4].isEmpty ? String(parts[4]) : text
  }
}

extension OpenSSL {
  /// `SSL_CTX_…`: what all connections share.
  struct Contexts {
    let new: @convention(c) (OpaquePointer?) -> OpaquePointer?
    let control: @convention(c) (OpaquePointer, Int32, Int, Raw?) -> Int
    let setVerify: @convention(c) (OpaquePointer, Int32, Verify?) -> Void
    let setDefaultVerifyFile: @convention(c) (OpaquePointer) -> Int32
    let setDefaultVerifyFolder: @convention(c) (OpaquePointer) -> Int32
    let loadVerifyFile: @convention(c) (OpaquePointer, Text) -> Int32
    let useCertificateChainFile: @convention(c) (OpaquePointer, Text) -> Int32
    let usePrivateKeyFile: @convention(c) (OpaquePointer, Text, Int32) -> Int32
    let checkPrivateKey: @convention(c) (OpaquePointer) -> Int32
    let setPassword: @convention(c) (OpaquePointer, Password?) -> Void
    let setProtocols: @convention(c) (OpaquePointer, UnsafePointer<UInt8>, UInt32) -> Int32
    let ciphers: @convention(c) (OpaquePointer) -> OpaquePointer?
    let setCipherSuites: @convention(c) (OpaquePointer, Text) -> Int32
    let setPostHandshakeAuthentication: @convention(c) (OpaquePointer, Int32) -> Void
    let parameters: @convention(c) (OpaquePointer) -> OpaquePointer?
    let parametersSetFlags: @convention(c) (OpaquePointer?, UInt) -> Int32
    let setNewSession: @convention(c) (OpaquePointer, NewSession?) -> Void
    let free: @convention(c) (OpaquePointer) -> Void
    let clientMethod: @convention(c) () -> OpaquePointer?

    fileprivate init(_ symbols: SystemLibrary) throws(LoadError) {
      new = try symbols.find("SSL_CTX_new")
      control = try symbols.find("SSL_CTX_ctrl")
      setVerify = try symbols.find("SSL_CTX_set_verify")
      setDefaultVerifyFile = try symbols.find("SSL_CTX_set_default_verify_file")
      setDefaultVerifyFolder = try symbols.find("SSL_CTX_set_default_verify_dir")
      loadVerifyFile = try symbols.find("SSL_CTX_load_verify_file")
      useCertificateChainFile = try symbols.find("SSL_CTX_use_certificate_chain_file")
      usePrivateKeyFile = try symbols.find("SSL_CTX_use_PrivateKey_file")
      checkPrivateKey = try symbols.find("SSL_CTX_check_private_key")
      setPassword = try symbols.find("SSL_CTX_set_default_passwd_cb")
      setProtocols = try symbols.find("SSL_CTX_set_alpn_protos")
      ciphers = try symbols.find("SSL_CTX_get_ciphers")
      setCipherSuites = try symbols.find("SSL_CTX_set_ciphersuites")
      setPostHandshakeAuthentication = try symbols.find("SSL_CTX_set_post_handshake_auth")
      parameters = try symbols.find("SSL_CTX_get0_param")
      parametersSetFlags = try symbols.find("X509_VERIFY_PARAM_set_flags")
      setNewSession = try symbols.find("SSL_CTX_sess_set_new_cb")
      free = try symbols.find("SSL_CTX_free")
      clientMethod = try symbols.find("TLS_client_method")
    }
  }

  /// `X509_…` and what they consist of.
  struct Certificates {
    let chainCount: @convention(c) (OpaquePointer) -> Int32
    let chainValue: @convention(c) (OpaquePointer, Int32) -> OpaquePointer?
    let subject: @convention(c) (OpaquePointer) -> OpaquePointer?
    let extensionByNumber: @convention(c) (OpaquePointer, Int32, Int32) -> Int32
    let serial: @convention(c) (OpaquePointer) -> OpaquePointer?
    let printInteger: @convention(c) (OpaquePointer, OpaquePointer?) -> Int32
    let issuer: @convention(c) (OpaquePointer) -> OpaquePointer?
    let notAfter: @convention(c) (OpaquePointer) -> OpaquePointer?
    let notBefore: @convention(c) (OpaquePointer) -> OpaquePointer?
    let timeFields: @convention(c) (OpaquePointer?, UnsafeMutablePointer<tm>) -> Int32
    let timeDifference:
      @convention(c) (UnsafeMutablePointer<Int32>, UnsafeMutablePointer<Int32>, OpaquePointer?, OpaquePointer?) -> Int32
    let printName: @convention(c) (OpaquePointer, OpaquePointer?, Int32, UInt) -> Int32
    let storeError: @convention(c) (OpaquePointer) -> Int32
    let storeCertificate: @convention(c) (OpaquePointer) -> OpaquePointer?
    let storeExtraData: @convention(c) (OpaquePointer, Int32) -> Raw?
    let verifyErrorText: @convention(c) (Int) -> Text?

    fileprivate init(_ symbols: SystemLibrary) throws(LoadError) {
      chainCount = try symbols.find("OPENSSL_sk_num")
      chainValue = try symbols.find("OPENSSL_sk_value")
      subject = try symbols.find("X509_get_subject_name")
      extensionByNumber = try symbols.find("X509_get_ext_by_NID")
      serial = try symbols.find("X509_get_serialNumber")
      printInteger = try symbols.find("i2a_ASN1_INTEGER")
      issuer = try symbols.find("X509_get_issuer_name")
      notAfter = try symbols.find("X509_get0_notAfter")
      notBefore = try symbols.find("X509_get0_notBefore")
      timeFields = try symbols.find("ASN1_TIME_to_tm")
      timeDifference = try symbols.find("ASN1_TIME_diff")
      printName = try symbols.find("X509_NAME_print_ex")
      storeError = try symbols.find("X509_STORE_CTX_get_error")
      storeCertificate = try symbols.find("X509_STORE_CTX_get_current_cert")
      storeExtraData = try symbols.find("X509_STORE_CTX_get_ex_data")
      verifyErrorText = try symbols.find("X509_verify_cert_error_string")
    }
  }

  /// `BIO_…`: where the bytes of a connection go.
  struct BIOs {
    let memory: @convention(c) () -> OpaquePointer?
    let new: @convention(c) (OpaquePointer?) -> OpaquePointer?
    let free: @convention(c) (OpaquePointer) -> Int32
    let read: @convention(c) (OpaquePointer, Raw, Int32) -> Int32
    let setData: @convention(c) (OpaquePointer, Raw?) -> Void
    let data: @convention(c) (OpaquePointer?) -> Raw?
    let setReady: @convention(c) (OpaquePointer?, Int32) -> Void
    let setFlags: @convention(c) (OpaquePointer?, Int32) -> Void
    let clearFlags: @convention(c) (OpaquePointer?, Int32) -> Void
    let index: @convention(c) () -> Int32
    let methodNew: @convention(c) (Int32, Text) -> OpaquePointer?
    let methodFree: @convention(c) (OpaquePointer) -> Void
    let methodSetWrite: @convention(c) (OpaquePointer, Write) -> Int32
    let methodSetRead: @convention(c) (OpaquePointer, Read) -> Int32
    let methodSetControl: @convention(c) (OpaquePointer, Control) -> Int32
    let methodSetCreate: @convention(c) (OpaquePointer, Create) -> Int32

    fileprivate init(_ symbols: SystemLibrary) throws(LoadError) {
      memory = try symbols.find("BIO_s_mem")
      new = try symbols.find("BIO_new")
      free = try symbols.find("BIO_free")
      read = try symbols.find("BIO_read")
      setData = try symbols.find("BIO_set_data")
      data = try symbols.find("BIO_get_data")
      setReady = try symbols.find("BIO_set_init")
      setFlags = try symbols.find("BIO_set_flags")
      clearFlags = try symbols.find("BIO_clear_flags")
      index = try symbols.find("BIO_get_new_index")
      methodNew = try symbols.find("BIO_meth_new")
      methodFree = try symbols.find("BIO_meth_free")
      methodSetWrite = try symbols.find("BIO_meth_set_write")
      methodSetRead = try symbols.find("BIO_meth_set_read")
      methodSetControl = try symbols.find("BIO_meth_set_ctrl")
      methodSetCreate = try symbols.find("BIO_meth_set_create")
    }
  }
}
