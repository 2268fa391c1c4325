/// The flow-control windows that lbcheck grants (RFC 9113 5.2), in bytes.
///
/// They are so large that they never limit what a server sends: what is measured is the server, not its wait for WINDOW_UPDATE.
public enum HTTP2Windows {
  public static let stream = 16 << 20
  /// The most that RFC 9113 6.9.1 allows.
  public static let connection = Int(Int32.max)
}
