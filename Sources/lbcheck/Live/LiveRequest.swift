internal import Testbed

/// What a client asks of a live page's server, if it may.
struct LiveRequest: Equatable {
  /// What there is to read.
  enum Resource: Equatable {
    case page, events, metrics, report
  }

  /// Why a request is not answered, by the status that says so.
  enum Refusal: Int, Error {
    case malformed = 400
    case noToken = 403
    case notFound = 404
    case notReading = 405
    case otherHost = 421
    case tooLarge = 431
    case unknownCoding = 501
    case tooMany = 503
    case unknownVersion = 505

    var reason: String {
      switch self {
      case .malformed: "Bad Request"
      case .noToken: "Forbidden"
      case .notFound: "Not Found"
      case .notReading: "Method Not Allowed"
      case .otherHost: "Misdirected Request"
      case .tooLarge: "Request Header Fields Too Large"
      case .unknownCoding: "Not Implemented"
      case .tooMany: "Service Unavailable"
      case .unknownVersion: "HTTP Version Not Supported"
      }
    }
  }

  let resource: Resource
  /// Whether only the head of the answer is asked for.
  let isHead: Bool

  /// The longest head, in bytes.
  static let longestHead = 8_192

  /// Reads a request's head.
  ///
  /// A page of somebody else's whose host name leads here (DNS rebinding) has another host, and knows no token.
  ///
  /// - Parameter head: ends with its empty line.
  init(_ head: [UInt8], port: UInt16, token: LiveToken) throws(Refusal) {
    let fields = try Fields(head)
    guard let host = fields.host, ["127.0.0.1:\(port)", "localhost:\(port)"].contains(host.lowercased()) else {
      throw .otherHost
    }
    let parts = fields.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let given = parts.dropFirst().joined().split(separator: "&").first { $0.hasPrefix("token=") }
    guard let text = given.map({ String($0.dropFirst("token=".count)) }) ?? fields.bearer, token.matches(text) else {
      throw .noToken
    }
    guard ["GET", "HEAD"].contains(fields.method) else { throw .notReading }
    isHead = fields.method == "HEAD"
    resource =
      switch parts[0] {
      case "/": .page
      case "/events": .events
      case "/metrics": .metrics
      case "/report.html": .report
      default: throw .notFound
      }
  }

  /// What of the head decides.
  private struct Fields {
    let method: String
    let target: String
    private(set) var host: String?
    private(set) var bearer: String?

    init(_ head: [UInt8]) throws(Refusal) {
      var parsed = MessageHead()
      let failure = head.withUnsafeBytes { bytes -> MessageHead.Failure? in
        do throws(MessageHead.Failure) {
          try parsed.readRequest(bytes)
          return nil
        } catch {
          return error
        }
      }
      switch failure {
      case nil: break
      case .malformed: throw .malformed
      case .unknownVersion: throw .unknownVersion
      case .unknownCoding: throw .unknownCoding
      }
      func text(_ range: Range<Int>) -> String { String(decoding: head[range], as: UTF8.self) }
      (method, target) = (text(parsed.firstLine.0), text(parsed.firstLine.1))
      for field in parsed.fields {
        switch text(field.name).lowercased() {
        case "host": host = text(field.value)
        case "authorization":
          let value = text(field.value)
          if value.lowercased().hasPrefix("bearer ") { bearer = value.dropFirst(7).trimmed }
        default: break
        }
      }
    }
  }
}

extension Substring {
  /// Without spaces at its beginning.
  fileprivate var trimmed: String { String(drop { $0 == " " }) }
}
