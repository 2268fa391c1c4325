/// How long a call may take, as it tells the server (gRPC over HTTP/2, "Requests": `grpc-timeout`).
public enum GRPCTimeout {
  /// The field's name.
  public static let name = "grpc-timeout"

  /// The field has no more digits than eight.
  private static let most: UInt64 = 99_999_999
  /// The units and their lengths in nanoseconds.
  private static let units: [(sign: String, length: UInt64)] = [
    ("n", 1), ("u", 1_000), ("m", 1_000_000), ("S", 1_000_000_000), ("M", 60_000_000_000), ("H", 3_600_000_000_000),
  ]

  /// The field's value: the fewest digits that say the time exactly.
  ///
  /// Where eight are too few it is rounded down, by less than a hundred-thousandth of it: no server is told to take longer than the
  /// caller waits.
  ///
  /// - Parameter time: in nanoseconds; 0, which the field cannot say, counts as 1.
  public static func value(_ time: UInt64) -> String {
    let time = max(time, 1)
    let fitting = units.filter { time / $0.length <= most }
    // The last one holds all that 64 bits do.
    let unit = fitting.last { time.isMultiple(of: $0.length) } ?? fitting[0]
    return "\(time / unit.length)\(unit.sign)"
  }
}
