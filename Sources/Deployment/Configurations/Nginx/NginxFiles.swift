internal import Glibc
internal import Platform

/// The files of an nginx configuration: on disk, or in what `nginx -T` prints.
package struct NginxFiles: Sendable {
  /// The file that nginx reads first.
  package let main: String
  /// The texts by path; `nil` for files on disk.
  private let printed: [String: [UInt8]]?

  /// The most bytes of one file.
  static let limit = 4 << 20

  /// A configuration file, or one that holds the output of `nginx -T`.
  package init(path: String) throws(ConfigurationError) {
    let bytes = try Self.read(path)
    if let printed = Self.printedFiles(bytes) {
      self = printed
    } else {
      (main, printed) = (path, nil)
    }
  }

  /// What `nginx -T` prints: each file after a line `# configuration file PATH:`.
  package init(printed bytes: [UInt8]) throws(ConfigurationError) {
    guard let files = Self.printedFiles(bytes) else {
      throw ConfigurationError(file: "nginx -T", "expected '# configuration file …:' in the first line")
    }
    self = files
  }

  private init(main: String, printed: [String: [UInt8]]) {
    self.main = main
    self.printed = printed
  }

  private static func printedFiles(_ bytes: [UInt8]) -> NginxFiles? {
    var files: [String: [UInt8]] = [:]
    var (main, current): (String?, String?) = (nil, nil)
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      if let path = path(inHeader: line) {
        main = main ?? path
        current = path
        files[path] = []
      } else if let current {
        files[current]? += line + [UInt8(ascii: "\n")]
      } else if !line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) {
        return nil
      }
    }
    return main.map { NginxFiles(main: $0, printed: files) }
  }

  /// The path in `# configuration file /etc/nginx/nginx.conf:`.
  private static func path(inHeader line: ArraySlice<UInt8>) -> String? {
    let prefix = Array("# configuration file /".utf8)
    guard line.starts(with: prefix), line.last == UInt8(ascii: ":") else { return nil }
    return String(decoding: line.dropFirst(prefix.count - 1).dropLast(), as: UTF8.self)
  }

  /// The bytes of one of the files.
  func bytes(_ path: String) throws(ConfigurationError) -> [UInt8] {
    guard let printed else { return try Self.read(path) }
    guard let bytes = printed[path] else { throw ConfigurationError(file: path, "not among the files that were given") }
    return bytes
  }

  /// The files that an `include` names, in their order: relative to the folder of the first file, as nginx takes them.
  func included(_ pattern: String) -> [String] {
    let folder = main.lastIndex(of: "/").map { String(main[...$0]) } ?? ""
    let path = pattern.hasPrefix("/") ? pattern : folder + pattern
    guard pattern.contains(where: { "*?[".contains($0) }) else { return [path] }
    if let printed { return printed.keys.filter { fnmatch(path, $0, FNM_PATHNAME | FNM_PERIOD) == 0 }.sorted() }
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(path, 0, nil, &found) == 0 else { return [] }
    return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
  }

  private static func read(_ path: String) throws(ConfigurationError) -> [UInt8] {
    do throws(OutsideFile.Refusal) {
      return try OutsideFile.read(path, limit: limit)
    } catch {
      throw ConfigurationError(file: path, error.kind == .unreadable ? "cannot be read: \(error.reason)" : error.reason)
    }
  }
}
