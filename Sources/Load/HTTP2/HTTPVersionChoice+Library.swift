public import HTTP

extension HTTPVersionChoice {
  /// Loads what it needs now, so that a lack shows before any traffic.
  ///
  /// - Throws: ``LoadError/noHTTP2(_:)`` where HTTP/2 may be spoken and there is no libnghttp2.
  public func requireLibrary(for scheme: Target.Scheme) throws(LoadError) {
    if allowsHTTP2(over: scheme) { _ = try NGHTTP2.library() }
  }
}
