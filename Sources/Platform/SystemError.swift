internal import Glibc

/// A call that the kernel refused.
public struct SystemError: Error, Equatable, CustomStringConvertible {
  /// What was called or tried, such as `pipe2` or `listen on 127.0.0.1:80`.
  public let call: String
  /// The error number, as in `errno`.
  public let code: Int32

  public init(_ call: String, code: Int32) {
    self.call = call
    self.code = code
  }

  /// The error that the last call has left in `errno`.
  static func last(_ call: String) -> SystemError { SystemError(call, code: errno) }

  /// The system's words for the error number.
  public var message: String { SystemError.message(for: code) }

  public var description: String { "\(call) failed: \(message)" }

  /// The system's words for an error number.
  public static func message(for code: Int32) -> String { String(cString: strerror(code)) }
}
