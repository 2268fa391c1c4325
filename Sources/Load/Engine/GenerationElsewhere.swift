internal import HTTP

/// Reads the generation of answers off where no usual header of a named backend has it: a page, a certificate, or a site whose
/// backends nothing tells apart.
///
/// A class, so that a worker asks one reference only where the plan wants it.
final class GenerationElsewhere {
  /// What all that answers is called; `nil` where a header names backends.
  let site: [UInt8]?
  let readsCertificates: Bool
  let isOfContent: Bool
  private let body: BodyGenerationReader?
  /// The serial numbers of the certificates that connections were opened with.
  private var serials: [[UInt8]]

  /// `nil` where a header of each backend's answers is all that is read.
  init?(_ fingerprint: FingerprintOptions, connections: Int) {
    guard fingerprint.site != nil || fingerprint.readsGenerationElsewhere || fingerprint.readsGenerationOfContent else {
      return nil
    }
    site = fingerprint.site.map { Array($0.utf8) }
    readsCertificates = fingerprint.generationCertificate
    isOfContent = fingerprint.readsGenerationOfContent
    body = fingerprint.generationBody?.reader()
    serials = Array(repeating: [], count: readsCertificates ? connections : 0)
  }

  /// Keeps the serial number of the certificate that a connection was opened with.
  func note(serial: String, of connection: Int) { serials[connection] = Array(serial.utf8) }

  func serial(of connection: Int) -> [UInt8] { readsCertificates ? serials[connection] : [] }

  /// The generation that a page names; `nil` where it names none.
  func name(in content: [UInt8]) -> [UInt8]? { body?.name(in: content) }

  var readsBodies: Bool { body != nil }
}

extension Worker {
  /// Reads from the head who answered, where a header alone does not say it.
  @inline(never)
  mutating func identifyElsewhere(_ exchange: Int, on connection: Int) {
    guard let elsewhere else { return }
    if let site = elsewhere.site {
      exchanges[exchange].backend = Int32(site.withUnsafeBytes { number(of: $0) } ?? -1)
    }
    // Of another page a tag says nothing about the first one's.
    guard exchanges[exchange].backend >= 0, !elsewhere.isOfContent || exchanges[exchange].template == 0 else {
      exchanges[exchange].generation = -1
      return
    }
    if elsewhere.readsCertificates {
      identifyByCertificate(exchange, on: connection)
    } else if !elsewhere.readsBodies, let generation = connections[connection].parser.value(of: 1) {
      note(generation: generation, of: exchange)
    }
  }

  /// Reads the generation of a backend that is known from the certificate, where it is read from there.
  mutating func identifyByCertificate(_ exchange: Int, on connection: Int) {
    guard let elsewhere, elsewhere.readsCertificates else { return }
    elsewhere.serial(of: connection).withUnsafeBytes { note(generation: $0, of: exchange) }
  }

  /// Reads from a whole answer which generation gave it.
  @inline(never)
  mutating func identifyByBody(_ exchange: Int, on connection: Int) {
    guard let elsewhere, elsewhere.readsBodies, exchanges[exchange].template == 0, exchanges[exchange].backend >= 0,
      let name = elsewhere.name(in: content(of: exchange, on: connection))
    else { return }
    name.withUnsafeBytes { note(generation: $0, of: exchange) }
  }

  /// Keeps the serial number of the certificate with which a connection is now open.
  @inline(never)
  func noteCertificate(of connection: Int) {
    guard let elsewhere, elsewhere.readsCertificates else { return }
    elsewhere.note(serial: connections[connection].transport.certificateSerial ?? "", of: connection)
  }
}
