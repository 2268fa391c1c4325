internal import Report

/// The program's arguments as text.
///
/// Swift replaces invalid UTF-8 with U+FFFD, so bytes other than the user's would be sent.
enum ArgumentText {
  /// The arguments of the process, the program's own name first.
  ///
  /// - Throws: ``UsageError`` naming the first argument that is not UTF-8.
  static func ofProcess() throws(UsageError) -> [String] {
    var arguments: [[UInt8]] = []
    for index in 0..<Int(CommandLine.argc) {
      guard let argument = CommandLine.unsafeArgv[index] else { break }
      arguments.append(Array(UnsafeRawBufferPointer(start: argument, count: length(of: argument))))
    }
    return try text(of: arguments)
  }

  private static func length(of text: UnsafePointer<CChar>) -> Int {
    var count = 0
    while text[count] != 0 { count += 1 }
    return count
  }

  static func text(of arguments: [[UInt8]]) throws(UsageError) -> [String] {
    var texts: [String] = []
    for (index, bytes) in arguments.enumerated() {
      guard let text = String(validating: bytes, as: UTF8.self) else {
        let option = texts.last.flatMap { index > 1 && $0.hasPrefix("-") ? ", the value of \($0)," : nil } ?? ""
        throw UsageError(
          "argument \(index)\(Escaping.terminal(option, width: 40)) is not UTF-8: '\(shown(bytes))'; "
            + "nothing is sent in place of what was meant")
      }
      texts.append(text)
    }
    return texts
  }

  /// ASCII as it is, everything else as `\xNN`; at most 60 bytes.
  private static func shown(_ bytes: [UInt8]) -> String {
    bytes.prefix(60).map { byte in
      byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\\")
        ? String(Character(Unicode.Scalar(byte))) : "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined() + (bytes.count > 60 ? "…" : "")
  }
}
