/// TLS settings for `https://`.
public struct TLSSettings: Sendable, Hashable {
  /// Whether a server whose certificate is not trusted, has expired or names another host is refused.
  public var verifies = true
  /// A file of certificates in PEM to trust in place of the system's.
  public var authorities: String?
  /// The client's certificate in PEM, with those that signed it.
  public var certificate: String?
  /// The client's key in PEM; `nil` where it is in the certificate's file.
  public var key: String?
  /// Whether a new connection resumes an earlier session, as a browser's does.
  public var resumes = true

  public init() {}

  /// Reads the files now, so that a mistake shows before any traffic.
  ///
  /// - Throws: ``LoadError``.
  public func check() throws(LoadError) { _ = try TLSContext.shared(for: self) }
}
