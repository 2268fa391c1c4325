internal import HTTP
internal import Platform

/// A cookie jar for each connection of one worker, and the requests that carry what is in it.
///
/// A kept connection is a visitor, also after it had to be opened anew; each connection of its own is a new one. Used by one thread.
final class ConnectionCookies {
  private let templates: [RequestTemplate]
  /// What is asked for, by template, under the name that cookies know the site by.
  private let targets: [Target]
  private let target: Target
  private var jars: [CookieJar]
  /// The request that is being sent on a connection; empty for the one without cookies.
  private var requests: [UnsafeMutableRawBufferPointer]

  /// - Parameter connections: how many slots there are.
  init(_ plan: Plan, connections: Int) {
    templates = plan.templates
    target = plan.target
    targets = plan.templates.map { template in
      let host = template.headers.first { $0.name.lowercased() == "host" }
      return (host.map { plan.target.named($0.value) } ?? plan.target).with(path: template.path)
    }
    jars = Array(repeating: CookieJar(), count: connections)
    requests = Array(repeating: .init(start: nil, count: 0), count: connections)
  }

  deinit { for request in requests { request.deallocate() } }

  /// A connection of its own is begun: what the one before on its slot had is not sent.
  func forget(_ connection: Int) { jars[connection] = CookieJar() }

  /// Encodes the request that is to be sent on a connection, if it has cookies to carry.
  func prepare(_ template: Int, on connection: Int, closing: Bool) {
    requests[connection].deallocate()
    requests[connection] = .init(start: nil, count: 0)
    guard let cookies = jars[connection].field(for: targets[template], at: Self.now) else { return }
    let bytes = templates[template].carrying(cookies).encoded(for: target, closing: closing)
    requests[connection] = .allocate(byteCount: bytes.count, alignment: 1)
    requests[connection].copyBytes(from: bytes)
  }

  /// The fields of a request of HTTP/2 with the cookies that it has to carry, for the caller to deallocate; `nil` where it has none.
  func fields(_ template: Int, on connection: Int) -> PreparedFields? {
    jars[connection].field(for: targets[template], at: Self.now).map {
      PreparedFields(templates[template].carrying($0), for: target, isKept: false)
    }
  }

  /// What ``prepare(_:on:closing:)`` has encoded; `nil` where the request goes without cookies.
  func request(on connection: Int) -> UnsafeRawBufferPointer? {
    requests[connection].isEmpty ? nil : UnsafeRawBufferPointer(requests[connection])
  }

  /// Takes over what an answer's head sets.
  func take(_ head: UnsafeRawBufferPointer, to template: Int, on connection: Int) {
    for field in CookieJar.fields(in: head) { jars[connection].store(field, from: targets[template], at: Self.now) }
  }

  private static var now: Int64 { WallClock.now() / 1_000_000_000 }
}
