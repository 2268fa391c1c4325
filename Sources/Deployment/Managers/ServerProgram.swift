internal import Platform

/// How a server's processes are recognized: values in, values out.
///
/// A pid file may be left over from a process that has ended, and its number now be another program's. So no process gets a
/// signal that is not what the manager's name says.
struct ServerProgram: Sendable, Equatable {
  /// The names it goes by; a name may be followed by a version, as `php-fpm8.2`.
  let names: [String]
  /// The interpreter that runs it, as `python`, which may be followed by a version; `nil` where it is a binary.
  var interpreter: String?

  /// Whether a process is one of this program.
  ///
  /// It is if its title begins with the name, or its executable or script has it.
  func matches(_ process: ProcessEntry) -> Bool {
    guard !process.isZombie else { return false }
    // A title is one argument of several words: `nginx: master process nginx -g …`, `puma 6.4 (tcp://…)`.
    let title = process.arguments.first?.split(whereSeparator: { $0 == " " || $0 == ":" }).first.map(String.init)
    guard let program = process.arguments.first else { return isName(process.name) }
    if let title, isName(Self.base(title)) { return true }
    guard let interpreter, Self.isVersioned(Self.base(program), of: interpreter) else { return false }
    return runsScript(process.arguments.dropFirst())
  }

  /// Whether an interpreter's arguments name the program as the script or, after `-m` or `-S`, as the module to run.
  private func runsScript(_ arguments: ArraySlice<String>) -> Bool {
    var rest = arguments
    while let word = rest.popFirst() {
      if word == "-m" || word == "-S" { return rest.first.map { isName(Self.base($0)) } ?? false }
      if word.hasPrefix("-") { continue }
      // `python -m gunicorn` becomes the path of the module's own file.
      return isName(Self.base(word)) || names.contains { word.hasSuffix("/\($0)/__main__.py") }
    }
    return false
  }

  private func isName(_ word: String) -> Bool { names.contains { Self.isVersioned(word, of: $0) } }

  /// Whether a word is the name, or the name with a version such as `8.2` or `-8.2` after it.
  private static func isVersioned(_ word: String, of name: String) -> Bool {
    word.hasPrefix(name) && word.dropFirst(name.count).allSatisfy { $0.isASCII && ($0.isNumber || ".-_".contains($0)) }
  }

  private static func base(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}
