/// Why a run cannot begin, or had to end early.
public enum LoadError: Error, Equatable, Codable, CustomStringConvertible {
  /// The plan is invalid; the text names the part and what it accepts.
  case plan(String)
  case unresolved(host: String, reason: String)
  /// The machine that makes the traffic ran out of descriptors, ports or memory.
  case generatorLimit(String)
  /// The machine that makes the traffic has no thread left; the text is the kernel's.
  case noThread(String)
  /// There is no OpenSSL for TLS.
  case noTLS(String)
  /// There is no libnghttp2 for HTTP/2.
  case noHTTP2(String)
  /// The backend header took more values than a fingerprint may.
  case tooManyBackends(header: String, limit: Int)

  public var description: String {
    switch self {
    case .plan(let text): text
    case .unresolved(let host, let reason): "'\(host)' does not resolve: \(reason)"
    case .generatorLimit(let text): text
    case .noThread(let text):
      "this machine has no thread left for the traffic: \(text); use fewer --workers or raise the limit (ulimit -u)"
    case .noTLS(let text): text
    case .noHTTP2(let text): text
    case .tooManyBackends(let header, let limit):
      "header '\(header)' took more than \(limit) distinct values, so it does not name backends"
    }
  }
}
