internal import Glibc
internal import Platform
internal import Report

/// Reads the values of options, which may stand in a file or an environment variable.
package struct ValueReader: Sendable {
  /// The most bytes that a header's value may have.
  static let longestLine = 64 << 10
  /// The most bytes that a body may have.
  static let longestBody = 16 << 20

  /// Reads nothing: a reference is taken for the value. For judging what others have measured.
  package static let asGiven = ValueReader(reads: false)

  private let reads: Bool
  private let variable: @Sendable (String) -> String?

  /// - Parameter variable: the value of an environment variable; `nil` for one that is not set.
  package init(variable: @escaping @Sendable (String) -> String? = { getenv($0).map { String(cString: $0) } }) {
    self.init(reads: true, variable: variable)
  }

  private init(reads: Bool, variable: @escaping @Sendable (String) -> String? = { _ in nil }) {
    (self.reads, self.variable) = (reads, variable)
  }

  /// A body: a text, or all of a file or a variable.
  ///
  /// - Throws: ``CheckError/usage(_:)`` naming what cannot be read.
  func body(_ given: String) throws(CheckError) -> [UInt8] { try bytes(given, most: Self.longestBody) }

  /// A value of one line, such as a header's: the end of a file's last line is no part of it.
  ///
  /// - Throws: ``CheckError/usage(_:)`` naming what cannot be read.
  func line(_ given: String) throws(CheckError) -> String {
    var bytes = try bytes(given, most: Self.longestLine)
    guard reads, case .file? = ValueReference(given) else { return String(decoding: bytes, as: UTF8.self) }
    if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
    if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
    guard !bytes.isEmpty else { throw .usage("\(shown(given)): the file is empty") }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .usage("\(shown(given)): not UTF-8, as a header's value has to be")
    }
    return text
  }

  private func bytes(_ given: String, most: Int) throws(CheckError) -> [UInt8] {
    guard reads else { return Array(given.utf8) }
    switch ValueReference(given) {
    case nil: return Array(ValueReference.literal(given).utf8)
    case .variable(let name)?:
      guard !name.isEmpty else { throw .usage("@env: needs the name of a variable" + Self.literally) }
      guard let value = variable(name) else {
        throw .usage("\(shown(given)): the environment has no such variable" + Self.literally)
      }
      guard !value.isEmpty else { throw .usage("\(shown(given)): the variable is empty") }
      return Array(value.utf8)
    case .file(let path)?:
      guard !path.isEmpty else { throw .usage("@ needs the name of a file" + Self.literally) }
      do throws(OutsideFile.Refusal) {
        return try OutsideFile.read(path, limit: most)
      } catch {
        throw .usage("\(shown(given)): \(error.reason)" + (error.kind == .unreadable ? Self.literally : ""))
      }
    }
  }

  private func shown(_ given: String) -> String { Escaping.terminal(given, width: 200) }

  /// How to write a text that begins as a reference does.
  private static let literally = "; a value that begins with @ itself is written with @@"
}
