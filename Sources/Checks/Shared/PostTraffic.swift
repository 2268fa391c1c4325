package import HTTP
internal import Load
internal import Report

/// POSTs among the requests of a check that acts or watches. A balancer repeats a GET on another backend, and so hides its
/// loss; a POST it may not repeat (RFC 9110 9.2.2).
package struct PostTraffic: Sendable, Equatable {
  /// What is asked for; `nil` for no POST.
  package var path: String?
  package var body: String?
  /// Their share of the requests, above 0 and below 1; `nil` for a fifth.
  package var share: Double?

  private static let usualShare = 0.2

  package init() {}

  /// Chooses the share where the user does not.
  package mutating func complete() {
    if path != nil { share = share ?? Self.usualShare }
  }

  /// The requests with POSTs behind them, in their share to a thousandth; `nil` where none are asked for.
  ///
  /// - Parameter values: reads a body that is in a file or a variable.
  /// - Throws: ``CheckError/usage(_:)`` for a path that cannot be asked for, for a body that cannot be read, and for a share or a
  ///   body without a path.
  package func added(
    to templates: [RequestTemplate], reading values: ValueReader = ValueReader()
  ) throws(CheckError) -> [RequestTemplate]? {
    guard let path else {
      if share != nil || body != nil {
        throw .usage("\(share != nil ? "--post-share" : "--post-body") needs --post-path")
      }
      return nil
    }
    var content: [UInt8] = []
    if let body { content = try CheckError.about("--post-body") { () throws(CheckError) in try values.body(body) } }
    let thousandths = min(max(Int(((share ?? Self.usualShare) * 1000).rounded()), 1), 999)
    let total = templates.reduce(0) { $0 + $1.weight }
    do throws(TemplateError) {
      var all: [RequestTemplate] = []
      for each in templates {
        all.append(
          try RequestTemplate(
            method: each.method, path: each.path, headers: each.headers, body: each.body,
            weight: each.weight * (1000 - thousandths)))
      }
      all.append(
        try RequestTemplate(
          method: "POST", path: path, headers: templates.first?.headers ?? [], body: content,
          weight: total * thousandths))
      return all
    } catch {
      throw .usage("--post-path: \(error)")
    }
  }
}

extension CheckSettings {
  /// The requests of a check that acts or watches.
  var deployTemplates: [RequestTemplate] { withPost ?? templates }

  /// Their methods; the one slow path of a reload test, a GET, comes behind them.
  var deployMethods: [String] { deployTemplates.map(\.method) + ["GET"] }
}

extension MethodSection {
  /// Whether it is not idempotent (RFC 9110 9.2.2), so that neither balancers nor clients send it again.
  var isRepeatedByNobody: Bool { ["POST", "PATCH"].contains(method) }
}

extension Measurements {
  /// All requests by method; `nil` where all have the same, and where some were not kept.
  func byMethod(_ methods: [String]) -> [MethodSection]? {
    records.count == completed ? records.byMethod(methods, ConnectionBeginnings(records)) : nil
  }
}

extension Sequence<RequestRecord> {
  /// The requests by method; `nil` where all have the same.
  ///
  /// - Parameters:
  ///   - methods: those of the templates; a request of another one has the last.
  ///   - beginnings: of the connections; `nil` where they are not known.
  func byMethod(_ methods: [String], _ beginnings: ConnectionBeginnings? = nil) -> [MethodSection]? {
    guard Set(methods).count > 1 else { return nil }
    var sections = methods.map { MethodSection(method: $0) }
    for record in self {
      sections[Swift.min(Int(record.template), methods.count - 1)]
        .count(record.failure?.name, isFirst: beginnings?.isFirst(record))
    }
    return sections.added
  }
}
