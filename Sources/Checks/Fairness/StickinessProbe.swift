internal import HTTP
internal import Load
internal import Report

/// Varies one thing at a time and checks whether another backend answers.
struct StickinessProbe {
  let targetProbe: TargetProbe
  let header: String
  let address: SocketAddress

  /// How often each thing is varied: a hash over two backends would miss the other one once in 2^23.
  static let variations = 24

  /// The first key that matters, in the order connection, request URI, client address; `nil` if none does.
  ///
  /// The client address can be varied only where the target is on this machine's IPv4 loopback.
  ///
  /// - Returns: the key and all backends that answered; what was seen so far if the check is stopped meanwhile.
  func find(watch: CheckWatch) -> (key: AffinityKey?, backends: [String]) {
    var seen: [String] = []
    guard let template = targetProbe.template else { return (nil, seen) }
    let variants: [(AffinityKey, (Int) -> (RequestTemplate, SocketAddress?))] = [
      (.query, { (StickinessProbe.vary(template, $0), nil) }),
      (.clientAddress, { (template, SocketAddress("127.\($0 + 1).\($0 + 1).1", port: 0)) }),
    ]
    for (key, variant) in variants {
      if key == .clientAddress, !(address.isLoopback && !address.isIPv6) { continue }
      for index in 0..<StickinessProbe.variations {
        let (request, source) = variant(index)
        var probe = targetProbe.probe(address, for: .stickyProbe, from: source)
        do throws(ProbeError) {
          let exchange = try probe.send(request, to: targetProbe.settings.target, closing: true)
          // A stored answer tells who filled the cache.
          guard CacheEvidence.field(in: exchange.head) == nil, let value = exchange.head.value(of: header),
            let backend = FingerprintDiscovery.backend(in: value), !seen.contains(backend)
          else { continue }
          seen.append(backend)
        } catch {
          if watch.stop.isStopped { return (nil, seen) }
          // A variation that fails tells nothing about who would have answered.
          continue
        }
      }
      if seen.count > 1 { return (key, seen) }
    }
    return (nil, seen)
  }

  /// The same request with a further parameter that no server knows.
  private static func vary(_ template: RequestTemplate, _ index: Int) -> RequestTemplate {
    let path = template.path + (template.path.contains("?") ? "&" : "?") + "lbcheck=\(index)"
    let varied = try? RequestTemplate(
      method: template.method, path: path, headers: template.headers, body: template.body)
    return varied ?? template
  }
}
