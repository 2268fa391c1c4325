internal import HTTP
internal import Platform
internal import Report

/// Reads requests that are listed in a file, in the form that vegeta reads:
///
///     # A line that begins with # says nothing.
///     GET /watch?v=1
///     GET http://alvin.xyz/list
///     Accept: application/json
///
///     POST /list
///     Content-Type: application/json
///     Authorization: @env:TOKEN
///     @order.json
///
/// A request is a line with its method and its path, or a URL of the target's own scheme, host and port; then its headers, a line
/// each; then a line that names its body. The next request may follow at once, or behind empty lines.
struct TargetList {
  /// A record has 16 bits for which request it was.
  static let mostRequests = 65_536
  /// The most bytes of the file, and of all requests as they are sent.
  static let mostBytes = 64 << 20

  /// The file, as errors name it.
  let name: String
  let target: Target
  /// The fields of every request, but for those that it has itself.
  let headers: [HeaderField]
  /// The cookies of every request, but for those that it has itself.
  var cookies: [RequestCookie] = []
  let values: ValueReader

  /// Reads a file, or standard input for `-`.
  static func read(_ path: String) throws(CheckError) -> [UInt8] {
    do throws(OutsideFile.Refusal) {
      return path == "-"
        ? try OutsideFile.readStandardInput(limit: mostBytes) : try OutsideFile.read(path, limit: mostBytes)
    } catch {
      throw .usage("--targets \(path == "-" ? "standard input" : Escaping.terminal(path)): \(error.reason)")
    }
  }

  /// A request whose lines are being read.
  private struct Draft {
    let line: Int
    let method: String
    let path: String
    var headers: [HeaderField] = []
    var body: [UInt8] = []
    var hasBody = false
  }

  /// The requests in a file's text, in their order.
  ///
  /// - Throws: ``CheckError/usage(_:)`` that names the file, the line and what was expected there.
  func templates(_ bytes: [UInt8]) throws(CheckError) -> [RequestTemplate] {
    var templates: [RequestTemplate] = []
    var size = 0
    var draft: Draft?
    // A body that many requests have is read once.
    var bodies: [String: [UInt8]] = [:]
    func finish() throws(CheckError) {
      guard let request = draft else { return }
      draft = nil
      guard templates.count < Self.mostRequests else {
        throw failure(request.line, "expected no more than \(Self.mostRequests) requests")
      }
      let template = try template(request)
      size += template.encoded(for: target, closing: false).count
      guard size <= Self.mostBytes else {
        throw failure(request.line, "expected no more than \(Self.mostBytes >> 20) MiB of requests with their bodies")
      }
      templates.append(template)
    }
    var number = 0
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      guard let text = String(validating: line, as: UTF8.self).map({ Self.trimmed($0, isFirst: number == 1) }) else {
        throw failure(number, "expected UTF-8")
      }
      if text.isEmpty {
        try finish()
      } else if text.hasPrefix("#") {
        continue
      } else if text.hasPrefix("@"), draft?.hasBody == false {
        draft?.body = try body(String(text), number, &bodies)
        draft?.hasBody = true
      } else if let (method, place) = Self.requestLine(text) {
        try finish()
        draft = Draft(line: number, method: method, path: try path(place, number))
      } else if draft?.hasBody == false, let header = try header(text, number) {
        draft?.headers.append(header)
      } else {
        let body = draft?.hasBody == true ? " behind a body" : ""
        throw failure(number, "expected a method and a path such as 'GET /'\(body)", not: text)
      }
    }
    try finish()
    guard !templates.isEmpty else { throw failure(number, "expected a request such as 'GET /'") }
    return templates
  }

  /// A line without blanks around it, and without the mark that some editors begin a file with.
  private static func trimmed(_ line: String, isFirst: Bool) -> Substring {
    var text = line[...]
    if isFirst, text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
    func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" || scalar == "\r" }
    while let first = text.unicodeScalars.first, isBlank(first) { text.unicodeScalars.removeFirst() }
    while let last = text.unicodeScalars.last, isBlank(last) { text.unicodeScalars.removeLast() }
    return text
  }

  /// The method in capitals and what is behind the blank; `nil` for any other line.
  private static func requestLine(_ text: Substring) -> (method: String, place: Substring)? {
    let method = text.prefix { $0.isASCII && $0.isUppercase }
    let rest = text[method.endIndex...]
    guard !method.isEmpty, let blank = rest.first, blank == " " || blank == "\t" else { return nil }
    return (String(method), rest.drop { $0 == " " || $0 == "\t" })
  }

  private func path(_ place: Substring, _ line: Int) throws(CheckError) -> String {
    guard !place.hasPrefix("/") else { return String(place) }
    let own = target.with(path: "/").url.dropLast()
    let expected = "expected a path that begins with /, or a URL of \(own)"
    guard place.contains("://") else { throw failure(line, expected, not: place) }
    let other: Target
    do throws(TargetError) {
      other = try Target(String(place))
    } catch {
      throw failure(line, error.reason)
    }
    guard other.with(path: "/") == target.with(path: "/") else { throw failure(line, expected, not: place) }
    return other.path
  }

  private func header(_ text: Substring, _ line: Int) throws(CheckError) -> HeaderField? {
    guard let colon = text.firstIndex(of: ":") else { return nil }
    let value = text[colon...].dropFirst().drop { $0 == " " || $0 == "\t" }
    let given = HeaderField(name: String(text[..<colon]), value: String(value))
    return try CheckError.about(place(line)) { () throws(CheckError) in
      let field = try values.field(given)
      do throws(TemplateError) {
        _ = try RequestTemplate(path: "/", headers: [field])
      } catch {
        throw .usage(error.description)
      }
      return field
    }
  }

  private func body(
    _ reference: String, _ line: Int, _ bodies: inout [String: [UInt8]]
  ) throws(CheckError) -> [UInt8] {
    if let known = bodies[reference] { return known }
    guard ValueReference(reference) != nil else {
      throw failure(line, "expected a file or a variable such as @order.json or @env:ORDER", not: reference[...])
    }
    let body = try CheckError.about(place(line)) { () throws(CheckError) in try values.body(reference) }
    bodies[reference] = body
    return body
  }

  private func template(_ request: Draft) throws(CheckError) -> RequestTemplate {
    let own = Set(request.headers.map { $0.name.lowercased() })
    let common = headers.filter { !own.contains($0.name.lowercased()) }
    do throws(TemplateError) {
      return try RequestTemplate(
        method: request.method, path: request.path, headers: (common + request.headers).with(cookies, keepingOwn: true),
        body: request.body)
    } catch {
      throw failure(request.line, error.description)
    }
  }

  private func place(_ line: Int) -> String { "\(Escaping.terminal(name)):\(line)" }

  /// - Parameter text: what is there instead; of it only the first word is shown, and no query, which may be secrets.
  private func failure(_ line: Int, _ expected: String, not text: Substring? = nil) -> CheckError {
    let shown = text.map { text in
      let beginning = text.prefix { !" \t?".contains($0) }
      return
        ", not '\(Escaping.terminal(String(beginning), width: 80))\(beginning.endIndex < text.endIndex ? "…" : "")'"
    }
    return .usage("\(place(line)): \(expected)" + (shown ?? ""))
  }
}
