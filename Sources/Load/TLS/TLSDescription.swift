internal import Glibc

/// The result of a TLS handshake, for a report.
public struct TLSDescription: Sendable, Equatable {
  /// Such as `TLSv1.3`.
  public let version: String
  public let cipher: String
  /// The protocol chosen by ALPN; `nil` where the server did not choose one.
  public let applicationProtocol: String?
  /// Whether an earlier session was resumed.
  public let isResumed: Bool
  /// The server's certificate first, then those that it sent with it.
  public let chain: [Certificate]
  /// Why the certificate is not trusted; `nil` if it is.
  public let distrust: String?

  public struct Certificate: Sendable, Equatable {
    public let subject: String
    public let issuer: String
    /// As `2026-11-25 14:03 UTC`.
    public let notAfter: String
    /// Whole days from now; negative after the end.
    public let daysLeft: Int
  }

  init(of ssl: OpaquePointer, _ library: UnsafePointer<OpenSSL>) {
    version = library.pointee.version(ssl).map { String(cString: $0) } ?? "?"
    cipher = library.pointee.cipherName(library.pointee.currentCipher(ssl)).map { String(cString: $0) } ?? "?"
    applicationProtocol = Self.applicationProtocol(of: ssl, library)
    isResumed = library.pointee.sessionReused(ssl) == 1
    var found: [Certificate] = []
    if let stack = library.pointee.peerChain(ssl) {
      for index in 0..<max(0, library.pointee.certificates.chainCount(stack)) {
        guard let certificate = library.pointee.certificates.chainValue(stack, index) else { continue }
        found.append(Certificate(certificate, library))
      }
    }
    chain = found
    let result = library.pointee.verifyResult(ssl)
    let leaf = library.pointee.peerChain(ssl).flatMap { library.pointee.certificates.chainValue($0, 0) }
    distrust = result == 0 ? nil : TLSDescription.refusal(result, leaf, library)
  }

  static func applicationProtocol(of ssl: OpaquePointer, _ library: UnsafePointer<OpenSSL>) -> String? {
    var name: UnsafePointer<UInt8>?
    var length: UInt32 = 0
    library.pointee.selectedProtocol(ssl, &name, &length)
    return name.map { String(decoding: UnsafeBufferPointer(start: $0, count: Int(length)), as: UTF8.self) }
  }

  /// Protocol and cipher, as `1.3, TLS_AES_256_GCM_SHA384`.
  static func kind(of ssl: OpaquePointer, _ library: UnsafePointer<OpenSSL>) -> String {
    let version = library.pointee.version(ssl).map { String(cString: $0) } ?? "?"
    let cipher = library.pointee.cipherName(library.pointee.currentCipher(ssl)).map { String(cString: $0) } ?? "?"
    return "\(version.hasPrefix("TLSv") ? String(version.dropFirst(4)) : version), \(cipher)"
  }

  /// `NID_subject_alt_name` in `openssl/obj_mac.h`.
  private static let subjectAlternativeName: Int32 = 85

  /// Why a certificate is refused, with the part of the certificate that it is about.
  ///
  /// - Parameter number: one of `X509_V_ERR_…` in `openssl/x509_vfy.h`; the usual ones have words of their own, since OpenSSL's
  ///   change with its version.
  static func refusal(_ number: Int, _ certificate: OpaquePointer?, _ library: UnsafePointer<OpenSSL>) -> String {
    func with(_ name: String, _ time: (OpaquePointer) -> OpaquePointer?) -> String {
      certificate.map { " (\(name) \(Certificate.time(time($0), library)))" } ?? ""
    }
    var subject: String {
      certificate.map {
        let name = Certificate.name(library.pointee.certificates.subject($0), library)
        return library.pointee.certificates.extensionByNumber($0, subjectAlternativeName, -1) < 0
          ? " (the certificate has no subjectAltName, and its subject \(name) does not count)"
          : " (the certificate is for \(name))"
      } ?? ""
    }
    switch number {
    case 9: return "certificate is not yet valid" + with("notBefore", library.pointee.certificates.notBefore)
    case 10: return "certificate has expired" + with("notAfter", library.pointee.certificates.notAfter)
    case 18: return "self-signed certificate"
    case 19: return "self-signed certificate in certificate chain"
    case 20: return "unable to get local issuer certificate"
    case 62: return "hostname mismatch" + subject
    case 64: return "IP address mismatch" + subject
    default:
      return library.pointee.certificates.verifyErrorText(number).map { String(cString: $0) } ?? "error \(number)"
    }
  }
}

extension TLSDescription.Certificate {
  init(_ certificate: OpaquePointer, _ library: UnsafePointer<OpenSSL>) {
    subject = Self.name(library.pointee.certificates.subject(certificate), library)
    issuer = Self.name(library.pointee.certificates.issuer(certificate), library)
    notAfter = Self.time(library.pointee.certificates.notAfter(certificate), library)
    var days: Int32 = 0
    var seconds: Int32 = 0
    // Without a first time OpenSSL takes the present.
    let certificates = library.pointee.certificates
    _ = certificates.timeDifference(&days, &seconds, nil, certificates.notAfter(certificate))
    daysLeft = seconds < 0 ? Int(days) - 1 : Int(days)
  }

  static func time(_ time: OpaquePointer?, _ library: UnsafePointer<OpenSSL>) -> String {
    var fields = tm()
    guard library.pointee.certificates.timeFields(time, &fields) == 1 else { return "?" }
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(fields.tm_year + 1900)-\(two(fields.tm_mon + 1))-\(two(fields.tm_mday)) "
      + "\(two(fields.tm_hour)):\(two(fields.tm_min)) UTC"
  }

  /// A name as RFC 2253 writes it: `CN=alvin.xyz,O=Alvin`.
  static func name(_ name: OpaquePointer?, _ library: UnsafePointer<OpenSSL>) -> String {
    let rfc2253: UInt = 0x0111_0317
    guard let name else { return "?" }
    return printed(library) { _ = library.pointee.certificates.printName($0, name, 0, rfc2253) } ?? "?"
  }

  /// A certificate's serial number in hexadecimal (RFC 5280 4.1.2.2).
  static func serial(_ certificate: OpaquePointer, _ library: UnsafePointer<OpenSSL>) -> String? {
    printed(library) {
      _ = library.pointee.certificates.printInteger($0, library.pointee.certificates.serial(certificate))
    }
  }

  /// What OpenSSL prints; `nil` where it has no memory for it.
  private static func printed(_ library: UnsafePointer<OpenSSL>, _ print: (OpaquePointer) -> Void) -> String? {
    guard let memory = library.pointee.bio.new(library.pointee.bio.memory()) else { return nil }
    defer { _ = library.pointee.bio.free(memory) }
    print(memory)
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = bytes.withUnsafeMutableBytes { library.pointee.bio.read(memory, $0.baseAddress!, Int32($0.count)) }
    return String(decoding: bytes.prefix(max(0, Int(count))), as: UTF8.self)
  }
}
