import HTTP
import Testing

/// `grpc-timeout`: its format, and who says it.
@Suite struct GRPCTimeoutTests {
  @Test(
    "The fewest digits say a time exactly; where eight are too few it is rounded down",
    arguments: [
      (0, "1n"), (1, "1n"), (999, "999n"), (1_000, "1u"), (1_001, "1001n"), (99_999_999, "99999999n"),
      (100_000_000, "100m"), (100_000_001, "100000u"), (100_000_999, "100000u"), (300_000_000, "300m"),
      (1_500_000_000, "1500m"), (10_000_000_000, "10S"), (90_000_000_000, "90S"), (60_000_000_000, "1M"),
      (300_000_000_000, "5M"), (99_999_999_999, "99999999u"), (100_000_000_000, "100S"),
      (100_000_999_999, "100000m"), (99_999_999_999_999_999, "99999999S"), (3_600_000_000_000, "1H"),
      (UInt64.max, "5124095H"),
    ] as [(UInt64, String)])
  func format(_ time: UInt64, _ value: String) { #expect(GRPCTimeout.value(time) == value) }

  @Test("No time is said to be longer than it is, or shorter by a hundred-thousandth, in more than eight digits")
  func rounding() throws {
    let lengths: [Character: UInt64] = [
      "n": 1, "u": 1_000, "m": 1_000_000, "S": 1_000_000_000, "M": 60_000_000_000, "H": 3_600_000_000_000,
    ]
    var time: UInt64 = 1
    while time < UInt64.max / 3 {
      for near in [time - 1, time, time + 1] where near > 0 {
        let value = GRPCTimeout.value(near)
        let count = try #require(UInt64(value.dropLast()))
        let said = try #require(value.last.flatMap { lengths[$0] }) * count
        #expect(value.count <= 9 && count > 0 && said <= near && near - said <= near / 100_000, "\(near) is \(value)")
      }
      time = time * 3 / 2 + 1
    }
  }

  @Test("A call says it unless its fields do, once; other requests never")
  func said() throws {
    func fields(_ own: [HeaderField], _ timeout: UInt64?) throws -> [String] {
      try RequestTemplate(calling: .healthCheck, headers: own, timeout: timeout)
        .fields(for: try Target("http://a.test/")).filter { $0.name == "grpc-timeout" }.map(\.value)
    }
    #expect(try fields([], 10_000_000_000) == ["10S"])
    #expect(try fields([], nil) == [])
    #expect(try fields([HeaderField(name: "Grpc-Timeout", value: "7m")], 10_000_000_000) == ["7m"])
    #expect(
      try RequestTemplate(path: "/", headers: [HeaderField(name: "grpc-timeout", value: "7m")]).callTimeout == nil)
  }
}
