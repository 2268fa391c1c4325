import Support
import Testing

@testable import HTTP

/// Answers to gRPC calls: what is sent in their heads and content, and what they count as.
@Suite struct GRPCAnswerTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var head: [String: String] = [:]
    /// `nil` for none.
    var contentType: String? = "application/grpc"
    var content: [UInt8] = []
    /// `nil` for none.
    var trailers: [String: String]?
    var isHealthCheck = false
    let failure: GRPCFailure?
    /// What the reason ends in.
    var reason = ""
  }

  private static func health(
    _ name: String, _ content: [UInt8], _ failure: GRPCFailure?, _ reason: String = ""
  ) -> Case {
    Case(
      testDescription: name, content: content, trailers: ["grpc-status": "0"], isHealthCheck: true, failure: failure,
      reason: reason)
  }

  private static let message: [UInt8] = [0, 0, 0, 0, 3, 1, 2, 3]
  private static let ok = ["grpc-status": "0"]

  private static let cases: [Case] = [
    Case(testDescription: "a message and OK", content: message, trailers: ok, failure: nil),
    Case(testDescription: "an empty message and OK", content: [0, 0, 0, 0, 0], trailers: ok, failure: nil),
    Case(
      testDescription: "trailers alone", head: ["grpc-status": "14", "grpc-message": "no%20healthy upstream%21"],
      failure: .status(.unavailable), reason: "gRPC UNAVAILABLE: no healthy upstream!"),
    Case(
      testDescription: "an error behind a message", content: message, trailers: ["grpc-status": "13"],
      failure: .status(.internalError), reason: "gRPC INTERNAL"),
    Case(
      testDescription: "an error whose message is no UTF-8, has control characters, and ends in half an escape",
      head: ["grpc-status": "2", "grpc-message": "%1B%0a%FFb%2"], failure: .status(.unknown), reason: "%1B%0a\\xffb%2"),
    Case(
      testDescription: "an error in the trailers counts, whatever the head says", head: ok, content: message,
      trailers: ["grpc-status": "8"], failure: .status(.resourceExhausted)),
    Case(
      testDescription: "a status that is none", content: message, trailers: ["grpc-status": "zero"],
      failure: .status(.unknown)),
    // What would pass without a look at the trailers.
    Case(testDescription: "no trailers", content: message, failure: .noStatus, reason: "no trailers"),
    Case(
      testDescription: "OK in the head, and no trailers behind the message", head: ok, content: message,
      failure: .noStatus),
    Case(
      testDescription: "OK in the head, and trailers without it", head: ok, content: message, trailers: ["x": "y"],
      failure: .noStatus, reason: "in the trailers"),
    Case(testDescription: "a page", content: Array("<html></html>".utf8), failure: .noStatus),
    Case(testDescription: "nothing at all", failure: .noStatus),
    // What would pass without a look at the content.
    Case(testDescription: "OK without a message", trailers: ok, failure: .message, reason: "there is none"),
    Case(testDescription: "OK in trailers alone", head: ok, failure: .message, reason: "there is none"),
    Case(testDescription: "half a prefix", content: [0, 0, 0], trailers: ok, failure: .message, reason: "cut short"),
    Case(
      testDescription: "half a message", content: Array(message.dropLast()), trailers: ok, failure: .message,
      reason: "cut short"),
    Case(
      testDescription: "more than a message", content: message + [0], trailers: ok, failure: .message,
      reason: "no message follow it"),
    // What would pass without a look at the Content-Type.
    Case(
      testDescription: "a page's type", contentType: "text/html", content: message, trailers: ok, failure: .message,
      reason: "not gRPC's application/grpc"),
    Case(
      testDescription: "gRPC-Web", contentType: "application/grpc-web", content: message, trailers: ok,
      failure: .message, reason: "not gRPC's application/grpc"),
    Case(
      testDescription: "no type", contentType: nil, content: message, trailers: ok, failure: .message,
      reason: "gRPC's is application/grpc"),
    Case(
      testDescription: "a named encoding", contentType: "Application/gRPC+proto", content: message, trailers: ok,
      failure: nil),
    Case(
      testDescription: "a parameter", contentType: "application/grpc;charset=utf-8", content: message, trailers: ok,
      failure: nil),
    Case(
      testDescription: "an error, whatever its type", head: ["grpc-status": "14"], contentType: "text/html",
      failure: .status(.unavailable)),
    Case(
      testDescription: "two messages", content: message + message, trailers: ok, failure: .message,
      reason: "a unary call has one"),
    Case(
      testDescription: "the longest length", content: [0, 255, 255, 255, 255, 1], trailers: ok, failure: .message,
      reason: "cut short"),
    Case(
      testDescription: "compressed", content: [1, 0, 0, 0, 1, 9], trailers: ok, failure: .message,
      reason: "not asked for"),
    Case(
      testDescription: "a flag that is none", content: [2, 0, 0, 0, 1, 9], trailers: ok, failure: .message,
      reason: "its first byte is 2, not 0"),
    // What would pass without a look at the message.
    health("serving", [0, 0, 0, 0, 2, 8, 1], nil),
    health("not serving", [0, 0, 0, 0, 2, 8, 2], .health(.notServing), "gRPC health NOT_SERVING"),
    health("unknown service", [0, 0, 0, 0, 2, 8, 3], .health(.serviceUnknown)),
    health("unknown, which is not sent", [0, 0, 0, 0, 0], .health(.unknown)),
    health("no HealthCheckResponse", [0, 0, 0, 0, 2, 9, 1], .message, "no HealthCheckResponse"),
    health("a number that is none", [0, 0, 0, 0, 2, 8, 9], .message, "no HealthCheckResponse"),
    health(
      "serving, behind more than is read", [0, 0, 0, 4, 4, 18, 0x80, 8] + Array(repeating: 0, count: 1_023) + [8, 1],
      .message, "longer than 1024 bytes"),
    health("serving, behind a text", [0, 0, 0, 0, 6, 18, 2, 8, 2, 8, 1], nil),
    Case(
      testDescription: "an error of a server that serves", content: [0, 0, 0, 0, 2, 8, 1],
      trailers: ["grpc-status": "14"], isHealthCheck: true, failure: .status(.unavailable)),
  ]

  private func head(_ status: String?, _ fields: [String: String], _ assembly: inout HeadAssembly) -> HeadAssembly.Head
  {
    let selection = FieldSelection(backend: nil)
    assembly.begin()
    let all = (status.map { [(":status", $0)] } ?? []) + fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    for (name, value) in all {
      Array(name.utf8).withUnsafeBytes { name in
        Array(value.utf8).withUnsafeBytes { _ = assembly.take(name, $0, selecting: selection) }
      }
    }
    return assembly.finish()
  }

  private func read(_ one: Case, inPiecesOf size: Int, into answer: inout GRPCAnswer) {
    var assembly = HeadAssembly(keepsAll: false)
    answer.begin(isHealthCheck: one.isHealthCheck)
    let fields = one.head.merging(one.contentType.map { ["content-type": $0] } ?? [:]) { own, _ in own }
    answer.take(head("200", fields, &assembly), of: assembly)
    for start in stride(from: 0, to: one.content.count, by: size) {
      Array(one.content[start..<min(start + size, one.content.count)]).withUnsafeBytes { answer.take($0) }
    }
    guard let trailers = one.trailers else { return }
    assembly.removeAll()
    answer.take(head(nil, trailers, &assembly), of: assembly)
  }

  @Test("Each answer counts as what it is, wherever its bytes are split", arguments: cases)
  func judged(_ one: Case) {
    var answer = GRPCAnswer()
    // What was read before leaves nothing behind.
    for other in Self.cases.prefix(3) { read(other, inPiecesOf: 1, into: &answer) }
    for size in [1, 2, 3, 5, 7, 4_096] {
      read(one, inPiecesOf: size, into: &answer)
      #expect(answer.failure == one.failure, "in pieces of \(size)")
      #expect(answer.reason?.hasSuffix(one.reason) ?? (one.failure == nil), "\(answer.reason ?? "")")
    }
  }

  @Test("Of two statuses in one head the error counts, whichever comes first", arguments: [["0", "14"], ["14", "0"]])
  func twice(_ values: [String]) {
    var assembly = HeadAssembly()
    let selection = FieldSelection(backend: nil)
    assembly.begin()
    for value in values {
      Array("grpc-status".utf8).withUnsafeBytes { name in
        Array(value.utf8).withUnsafeBytes { _ = assembly.take(name, $0, selecting: selection) }
      }
    }
    #expect(assembly.finish().grpcStatus == .unavailable)
  }
}
