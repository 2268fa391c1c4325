package import FoundationEssentials
internal import Statistics

/// One request as the backend that it reached saw it. Seconds are counted from the ledger's start.
package struct LedgerRow: Codable, Sendable, Equatable {
  package enum Outcome: String, Codable, Sendable {
    /// Not answered yet.
    case open
    /// The whole answer was handed to the kernel.
    case answered
    /// The connection was reset in place of an answer.
    case reset
    /// The client left, or this backend ended, before the answer was sent.
    case abandoned
    /// What was received is not an HTTP/1 request.
    case malformed
  }

  /// The number of the backend's connection that carried it, from 1.
  package let connection: Int
  package let requestID: String?
  package let method: String
  /// As in the request line.
  package let target: String
  /// When its head was complete.
  package let arrivedSeconds: Double
  /// Of the answer; none while there is none.
  package internal(set) var status: Int?
  /// Just before the answer was sent.
  package internal(set) var beganSeconds: Double?
  /// Just after it was sent, or when it was given up.
  package internal(set) var endedSeconds: Double?
  package internal(set) var outcome = Outcome.open
}

/// A backend's ledger, as its file and its control path give it.
package struct LedgerDocument: Codable, Sendable {
  package static let schema = "lbcheck.ledger/1"

  package let schema: String
  package let backend: String
  package let generation: String
  /// RFC 3339.
  package let startedAt: String
  /// How many requests arrived, with a row or without.
  package let arrived: Int
  /// Whether every one has a row; else the rows are the first ones.
  package let isComplete: Bool
  package let requests: [LedgerRow]

  /// - Parameter start: seconds since 1970.
  init(backend: String, generation: String, start: Double, arrived: Int, requests: [LedgerRow]) {
    schema = Self.schema
    self.backend = backend
    self.generation = generation
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    startedAt = Date(timeIntervalSince1970: start).formatted(style)
    self.arrived = arrived
    isComplete = requests.count == arrived
    self.requests = requests
  }

  package init(json: Data) throws { self = try JSONDecoder().decode(LedgerDocument.self, from: json) }

  var json: [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Nothing in it fails to encode: texts, whole numbers and finite ones.
    guard let data = try? encoder.encode(self) else { return [] }
    return Array(data) + Array("\n".utf8)
  }

  /// A header line and a line a request (RFC 4180); a ledger that was cut ends in a line that says so.
  var csv: [UInt8] {
    var text = "connection,request_id,method,target,status,arrived_s,began_s,ended_s,outcome\r\n"
    for row in requests {
      let times = [row.arrivedSeconds, row.beganSeconds, row.endedSeconds].map {
        $0.map { Formatting.plain($0, decimals: 9) } ?? ""
      }
      let fields =
        ["\(row.connection)", row.requestID ?? "", row.method, row.target, row.status.map(String.init) ?? ""] + times
        + [row.outcome.rawValue]
      text += fields.map(Self.quoted).joined(separator: ",") + "\r\n"
    }
    if !isComplete { text += "# cut: \(arrived - requests.count) more requests arrived and have no row\r\n" }
    return Array(text.utf8)
  }

  private static func quoted(_ field: String) -> String {
    field.contains { "\",\r\n".contains($0) } ? "\"\(field.replacing("\"", with: "\"\""))\"" : field
  }
}
