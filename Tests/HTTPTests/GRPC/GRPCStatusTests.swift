import Testing

@testable import HTTP

/// The names and numbers are those of gRPC's documentation and of `grpc/health/v1/health.proto`.
@Suite struct GRPCStatusTests {
  private static let names = [
    "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
    "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
    "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
  ]

  private func read(_ field: String) -> GRPCStatus { Array(field.utf8).withUnsafeBytes(GRPCStatus.init(field:)) }

  @Test("Each of the 17 numbers has its name")
  func statuses() {
    #expect(Self.names.indices.map { read("\($0)").name } == Self.names)
    #expect(GRPCStatus.allCases.map(\.name) == Self.names)
  }

  @Test(
    "What is no number of a status is UNKNOWN, and never OK",
    arguments: ["17", "99", "100", "", "0x0", "-0", " 0", "OK", "000"])
  func strange(_ field: String) { #expect(read(field) == .unknown) }

  @Test("Each failure has a name of its own and its place in the list")
  func failures() {
    let all = GRPCFailure.allCases
    #expect(all.count == 21 && Set(all.map(\.name)).count == 21)
    #expect(all.enumerated().allSatisfy { Int($1.number) == $0 })
    #expect(all.first?.name == "gRPC CANCELLED" && all.last?.name == "gRPC health SERVICE_UNKNOWN")
    #expect(GRPCFailure.noStatus.name == "no grpc-status")
  }

  @Test(
    "A health check's answer is read by its first field, whatever others there are",
    arguments: [
      ([], .unknown), ([8, 0], .unknown), ([8, 1], .serving), ([8, 2], .notServing), ([8, 3], .serviceUnknown),
      // The last one counts, and a number may be longer than it has to be.
      ([8, 1, 8, 2], .notServing), ([8, 0x81, 0], .serving),
      // Fields 2 to 5: a number, eight bytes, a text of two bytes, four bytes.
      ([16, 9, 25, 0, 0, 0, 0, 0, 0, 0, 0, 34, 2, 8, 2, 45, 8, 2, 8, 2, 8, 1], .serving),
      ([16, 1], .unknown),
    ] as [([UInt8], GRPCHealth)])
  func health(_ message: [UInt8], _ expected: GRPCHealth) { #expect(GRPCHealth(message: message) == expected) }

  @Test(
    "What is no such message is none",
    arguments: [
      [8], [8, 0x80], [8, 4], [8, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [18, 5, 1],
      [17, 1],
      [21, 1], [11], [12], [15], [0, 1], [18, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
    ] as [[UInt8]])
  func noHealth(_ message: [UInt8]) { #expect(GRPCHealth(message: message) == nil) }

  @Test("A method is a service's full name, a slash and a name")
  func methods() {
    for name in ["grpc.health.v1.Health/Check", "Echo/Say", "a_b.C1/D_2"] {
      #expect(GRPCMethod(name)?.path == "/" + name)
    }
    for name in [
      "", "/", "Echo", "Echo/", "/Say", "/Echo/Say", "Echo/Say/", "a..b/C", ".a/C", "a./C", "a/b c", "1a/b", "a/é",
      "a/b?c",
    ] {
      #expect(GRPCMethod(name) == nil, "\(name)")
    }
    #expect(
      GRPCMethod("grpc.health.v1.Health/Check")?.isHealthCheck == true
        && GRPCMethod("Echo/Check")?.isHealthCheck == false)
  }

  @Test("A call is a POST of a message in a frame of its own, without a length of HTTP's")
  func request() throws {
    let call = try RequestTemplate(
      calling: try #require(GRPCMethod("a.B/C")), message: Array(repeating: 7, count: 258),
      headers: [HeaderField(name: "X-Y", value: "z")])
    #expect(Array(call.body.prefix(6)) == [0, 0, 0, 1, 2, 7] && call.body.count == 263)
    #expect(
      call.fields(for: try Target("http://a.test/")).map { "\($0.name): \($0.value)" } == [
        ":method: POST", ":scheme: http", ":authority: a.test", ":path: /a.B/C", "user-agent: lbcheck",
        "content-type: application/grpc", "te: trailers", "x-y: z",
      ])
    #expect(!call.isIdempotent && !call.isSafe && call.callTimeout == nil)
    let health = try RequestTemplate(calling: .healthCheck)
    #expect(health.body == [0, 0, 0, 0, 0] && health.isSafe && !health.isIdempotent)
    #expect(try health.with(path: "/x", headers: []).call == .healthCheck)
    for name in ["TE", "Content-Type"] {
      #expect(throws: TemplateError.self) {
        try RequestTemplate(calling: .healthCheck, headers: [HeaderField(name: name, value: "trailers")])
      }
    }
  }
}
