/// A method of a gRPC service: `grpc.health.v1.Health/Check`.
public struct GRPCMethod: Sendable, Equatable {
  /// `SERVICE/METHOD`.
  public let name: String

  /// gRPC's own health check: its answer says whether the server serves.
  public static let healthCheck = GRPCMethod(known: "grpc.health.v1.Health/Check")

  private init(known name: String) { self.name = name }

  /// - Returns: `nil` for what is no service's full name, a slash and a method's name.
  public init?(_ text: String) {
    let halves = text.split(separator: "/", omittingEmptySubsequences: false)
    func isName(_ part: Substring) -> Bool {
      part.utf8.first.map { $0 &- 0x30 >= 10 } == true
        && part.utf8.allSatisfy {
          $0 &- 0x30 < 10 || ($0 | 0x20) &- UInt8(ascii: "a") < 26 || $0 == UInt8(ascii: "_")
        }
    }
    guard halves.count == 2, isName(halves[1]),
      halves[0].split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isName)
    else { return nil }
    name = text
  }

  /// The path by which it is called.
  public var path: String { "/\(name)" }

  public var isHealthCheck: Bool { self == .healthCheck }

  /// A message as a request holds it: a byte that says that it is not compressed, its length in four bytes, and the message (gRPC
  /// over HTTP/2, "Length-Prefixed-Message").
  static func framed(_ message: [UInt8]) -> [UInt8] {
    [0] + withUnsafeBytes(of: UInt32(message.count).bigEndian, Array.init) + message
  }
}
