/// A response's bytes with what a reader has to make of them, known from how they were made.
package struct GeneratedResponse: Sendable {
  package enum Ending: Sendable, Equatable {
    case complete
    /// Only the end of the connection completes it.
    case closed
    /// The end of the connection cuts it short.
    case truncated
    /// Not what RFC 9112 allows; the reason as the parser words it.
    case malformed(String)
    /// Beyond one of the parser's limits.
    case oversized(String)

    /// Whether the bytes are no response that lbcheck accepts.
    package var isFault: Bool {
      switch self {
      case .malformed, .oversized: true
      case .complete, .closed, .truncated: false
      }
    }
  }

  package struct Field: Sendable, Equatable {
    package var name: String
    package var value: [UInt8]
  }

  package struct Head: Sendable, Equatable {
    package var status = 200
    package var minorVersion: UInt8 = 1
    package var keepsAlive = true
    package var fields: [Field] = []
    /// The last `X-Backend`, as it stands in the head.
    package var backendValue: [UInt8]?
    /// The backend that it says answered, and those tried before it.
    package var backend: String?
    package var earlierBackends: [String] = []
    package var generation: [UInt8]?
  }

  /// The response, and then maybe bytes that belong to nobody.
  package var bytes: [UInt8] = []
  /// The request was HEAD.
  package var expectsNoContent = false
  package var ending = Ending.complete
  /// The final head; `nil` where a fault or the end comes before it.
  package var head: Head?
  /// All content where the response has no fault, and what came of it where it is truncated.
  package var content: [UInt8] = []
  /// The names of what has to be overlooked; of no meaning after a fault or where it is truncated.
  package var leniencies: Set<String> = []
  /// How many of the bytes are the response's; of no meaning after a fault.
  package var length = 0
}
