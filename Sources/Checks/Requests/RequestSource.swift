internal import HTTP
internal import Platform
internal import Report
internal import Statistics

/// The requests of a check, ready to be sent, and what can be told of where they are from.
struct RequestSource: Sendable {
  var templates: [RequestTemplate]
  /// The list that they are from; `nil` for those of the options.
  var list: RequestList?
  /// The settings that name a file or a variable, with the size of what is in it.
  var found: [Setting] = []
}

/// A list of requests: its name and how many it holds.
package struct RequestList: Sendable, Equatable {
  package let name: String
  package let count: Int

  /// What a report says of it that has no section for it.
  var note: String { "The requests came in turn from \(name), which lists \(Formatting.count(count))." }
}

extension RequestKindsSection {
  /// The kinds of requests of a run; `nil` where there is one, and it is from no list.
  ///
  /// - Parameter sent: how often each template was sent.
  init?(_ settings: CheckSettings, sent: [Int]) {
    guard settings.templates.count > 1 || settings.list != nil else { return nil }
    self.init(
      settings.templates.enumerated().map { index, template in
        Kind(method: template.method, path: template.path, sent: index < sent.count ? sent[index] : 0)
      }, from: settings.list?.name)
  }
}

extension TargetOptions {
  /// The requests to send, with values that are given by reference read.
  ///
  /// - Parameter timeout: how long an answer is waited for, which calls tell the server; `nil` tells it nothing.
  /// - Throws: ``CheckError/usage(_:)`` for a request that cannot be sent, and for what cannot be read.
  func source(
    for target: Target, reading values: ValueReader, within timeout: Nanoseconds? = nil
  ) throws(CheckError) -> RequestSource {
    if call != nil { try requireNoOtherRequest(target) }
    let (headers, cookies) = (try sentHeaders(values), try sentCookies(values))
    if let list { return try listed(in: list, for: target, headers, cookies, values) }
    var content: [UInt8] = []
    if let body { content = try CheckError.about("body") { () throws(CheckError) in try values.body(body) } }
    do throws(TemplateError) {
      var source = RequestSource(
        templates: try templates(for: target, headers.with(cookies), content, within: timeout))
      if let body, ValueReference(body) != nil {
        source.found = [Setting(.body, .text("\(body): \(Secrets.body(content))"))]
      }
      return source
    } catch {
      throw .usage(error.description)
    }
  }

  /// - Throws: ``CheckError/usage(_:)`` for what says another request than the call.
  private func requireNoOtherRequest(_ target: Target) throws(CheckError) {
    let others = [("--request", !requests.isEmpty), ("--method", method != nil), ("--targets", list != nil)]
    if let other = others.first(where: \.1) { throw .usage("--grpc says what is requested: leave out \(other.0)") }
    guard target.path == "/" else {
      throw .usage("--grpc says the path: give the URL without one, as \(target.with(path: "/").url)")
    }
  }

  private func listed(
    in list: String, for target: Target, _ headers: [HeaderField], _ cookies: [RequestCookie], _ values: ValueReader
  ) throws(CheckError) -> RequestSource {
    let others = [("--request", !requests.isEmpty), ("--method", method != nil), ("--body", body != nil)]
    if let other = others.first(where: \.1) {
      throw .usage("a list of --targets has each request's method, path and body: leave out \(other.0)")
    }
    let name = list == "-" ? "standard input" : list
    let bytes = try TargetList.read(list)
    let templates = try TargetList(
      name: name, target: target, headers: headers, cookies: cookies, values: values
    ).templates(bytes)
    return RequestSource(
      templates: templates, list: RequestList(name: name, count: templates.count),
      found: [Setting(.targets, .text("\(list): \(templates.count) requests, \(Secrets.body(bytes))"))])
  }

  /// The fields that each request has, with their values read.
  private func sentHeaders(_ values: ValueReader) throws(CheckError) -> [HeaderField] {
    var sent: [HeaderField] = []
    for header in headers { sent.append(try values.field(header)) }
    return sent
  }

  /// The cookies that each request has, with their values read.
  private func sentCookies(_ values: ValueReader) throws(CheckError) -> [RequestCookie] {
    var sent: [RequestCookie] = []
    for pair in cookies.flatMap({ $0.split(separator: ";") }) {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0].drop { $0 == " " })
      let value = try CheckError.about("cookie '\(name)'") { () throws(CheckError) in
        try values.line(String(parts.count > 1 ? parts[1] : ""))
      }
      sent.append(RequestCookie(name: name, value: value))
    }
    return sent
  }
}

/// A cookie of every request.
struct RequestCookie: Sendable {
  let name: String
  let value: String
}

extension [HeaderField] {
  /// The fields with cookies in one of them (RFC 6265 5.4), behind those that it has.
  ///
  /// - Parameter own: whether a cookie of the same name stays what the fields have.
  func with(_ cookies: [RequestCookie], keepingOwn own: Bool = false) -> [HeaderField] {
    let index = firstIndex { $0.name.lowercased() == "cookie" }
    let names = index.map { self[$0].value.split(separator: ";").map(Self.cookieName) } ?? []
    let pairs = cookies.filter { !own || !names.contains($0.name) }.map { "\($0.name)=\($0.value)" }
    guard !pairs.isEmpty else { return self }
    var fields = self
    if let index {
      fields[index] = HeaderField(
        name: self[index].name, value: ([self[index].value] + pairs).joined(separator: "; "))
    } else {
      fields.append(HeaderField(name: "Cookie", value: pairs.joined(separator: "; ")))
    }
    return fields
  }

  private static func cookieName(_ pair: Substring) -> String {
    String(pair.drop { $0 == " " }.prefix { $0 != "=" })
  }
}

extension ValueReader {
  /// A header field with its value read.
  func field(_ given: HeaderField) throws(CheckError) -> HeaderField {
    HeaderField(
      name: given.name,
      value: try CheckError.about("header '\(given.name)'") { () throws(CheckError) in try line(given.value) })
  }
}

extension CheckError {
  /// Names what an error of usage is about.
  static func about<Value>(_ subject: String, _ make: () throws(CheckError) -> Value) throws(CheckError) -> Value {
    do throws(CheckError) {
      return try make()
    } catch {
      guard case .usage(let text) = error else { throw error }
      throw .usage("\(subject): \(text)")
    }
  }
}
