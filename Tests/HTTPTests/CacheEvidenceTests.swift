import HTTP
import Testing

@Suite("Caches that answer")
struct CacheEvidenceTests {
  @Test(
    "Fields that only a cache's own answer has",
    arguments: [
      ("Age", "1"), ("AGE", "86400"), ("age", "007"), ("X-Cache", "HIT"), ("x-cache", "Hit from cloudfront"),
      ("X-Cache", "HIT from squid.alvin.xyz"), ("X-Cache", "TCP_HIT"), ("X-Cache", "TCP_MEM_HIT from a.net"),
      ("X-Cache", "MISS, HIT"), ("X-Cache", "HIT, MISS"), ("X-Cache", "cached: hit (3)"), ("X-Cache-Status", "HIT"),
      ("X-Cache-Status", "STALE"), ("X-Cache-Status", "UPDATING"), ("X-Proxy-Cache", "HIT"),
      ("CF-Cache-Status", "HIT"), ("CF-Cache-Status", "STALE"), ("X-Varnish", "32770 3"), ("X-Varnish", "1 \t 2"),
      ("Cache-Status", "ExampleCache; hit"), ("Cache-Status", "\"Nginx\";hit;ttl=30"),
      ("Cache-Status", "Origin; fwd=miss, \"CDN, Inc; here\"; hit; ttl=545"), ("Cache-Status", "a; hit=?1"),
      ("Cache-Status", "HIT"), ("Cache-Status", "STALE"), ("Cache-Status", "updating"),
      ("Cache-Status", "a;hit ;ttl=3"),
      ("X-Nginx-Cache", "HIT"), ("X-FastCGI-Cache", "STALE"),
      // Quotes end where RFC 9110 5.6.4 ends them: a backslash takes what follows, be it another one.
      ("Cache-Status", "a; key=\"x\\\\\"; hit"), ("Cache-Status", "a; key=\"x\\\"; y\"; hit"),
      ("Cache-Status", "a; key=\"\"; hit"),
      ("Server-Timing", "app;desc=\"a, b\", cdn-cache;desc=\"HIT\""), ("X-Cache", "HIT\\ from a"),
      ("X-Cache-Lookup", "HIT from a:80"),
      ("X-Vercel-Cache", "HIT"), ("X-Drupal-Cache", "HIT"), ("x-litespeed-cache", "hit,private"), ("Cache", "HIT"),
      ("X-Rack-Cache", "fresh"), ("X-Rack-Cache", "stale, valid, store"), ("MyCache", "UPDATING"),
      ("X-Cache-Hits", "1"), ("X-Cache-Hits", "0, 3"), ("Server-Timing", "cdn-cache;desc=HIT"),
      ("Server-Timing", "total;dur=3, cdn-cache; desc=\"HIT\", edge;dur=1"), ("Server-Timing", "cache-hit;dur=2"),
    ])
  func shown(_ name: String, _ value: String) {
    #expect(isCache(name, value))
  }

  @Test(
    "Fields that an answer from a backend has as well",
    arguments: [
      ("Age", "0"), ("Age", "000"), ("Age", ""), ("Age", "-1"), ("Age", "soon"), ("X-Age", "7"), ("X-Cache", "MISS"),
      ("X-Cache", "Miss from cloudfront"), ("X-Cache", "RefreshHit from cloudfront"), ("X-Cache", "TCP_REFRESH_HIT"),
      ("X-Cache", "HIT-FOR-PASS"), ("X-Cache", "hit for miss"), ("X-Cache", "WHITE"), ("X-Cache", "SHIT"),
      ("X-Cache", ""), ("X-Cache-Status", "REVALIDATED"), ("X-Cache-Status", "BYPASS"), ("X-Cache-Status", "EXPIRED"),
      ("CF-Cache-Status", "DYNAMIC"), ("X-Varnish", "32770"), ("X-Varnish", "1 2 3"), ("X-Varnish", "a 2"),
      ("Cache-Status", "ExampleCache; fwd=uri-miss; stored"), ("Cache-Status", "hits; fwd=miss"),
      ("Cache-Status", "a; hit=?0"), ("Cache-Status", "a; key=\"x; hit; y\"; fwd=miss"),
      ("Cache-Status", "hit; fwd=miss"),
      ("Cache-Status", "MISS"), ("X-Hits", "HIT"), ("X-Backend", "HIT"), ("Age", "5x"),
      ("Cache-Status", "a; fwd=miss, hit"), ("Cache-Status", "a; key=\"x\\\"; hit; y\"; fwd=miss"),
      ("Cache-Status", "a; key=\"x\\\\\\\"; hit\""), ("Cache-Status", "a; key=\"x; hit"),
      ("X-Cache", "MISS\\HITS"),
      // Other names of the same length.
      ("Ago", "7"), ("X-Cachi", "HIT"), ("X-Varnosh", "1 2"), ("X-Proxy-Cachi", "HIT"),
      ("Cache-Control", "stale-while-revalidate=9"),
      ("CDN-Cache-Control", "max-age=60, stale-if-error=5"), ("X-Cache-Key", "/hit/stale"), ("Cache-Tag", "hit"),
      ("X-Nginx-Cache", "MISS"), ("X-Nginx-Cache", "EXPIRED"), ("X-Rack-Cache", "miss, store"), ("X-Cache-Hits", "0"),
      ("X-Cache-Hits", "0, 0"), ("X-Cache-Hits", "many"), ("Server-Timing", "cdn-cache;desc=MISS"),
      ("Server-Timing", "app;desc=HIT, cdn-cache;desc=MISS"), ("X-Cacht", "HIT"), ("X-Fast-Cach", "HIT"),
    ])
  func notShown(_ name: String, _ value: String) {
    #expect(!isCache(name, value))
  }

  @Test("A cache is seen wherever its word stands in a field's name", arguments: 0...12)
  func anywhere(_ before: Int) {
    for after in 0...6 {
      let (start, end) = (String(repeating: "y", count: before), String(repeating: "z", count: after))
      #expect(isCache("\(start)cAcHe\(end)", "HIT"), "\(start)cache\(end)")
    }
  }

  /// As the parser and as a whole head see it, which have to agree.
  private func isCache(_ name: String, _ value: String) -> Bool {
    let bytes = response("HTTP/1.1 200 OK", "Server: s", "\(name): \(value)", "X-Backend: a", "Content-Length: 0")
    var parser = ResponseParser()
    parser.begin(expectsNoContent: false)
    var copy = bytes
    let isSeen = copy.withUnsafeMutableBytes { buffer in
      let fields = FieldSelection(backend: "x-backend")
      guard case .head? = try? parser.consume(buffer, selecting: fields) else { return false }
      #expect((CacheEvidence.field(in: ResponseHead(parser)) != nil) == parser.isFromCache)
      return parser.isFromCache
    }
    return isSeen
  }

  @Test("An answer's evidence and Location are gone with it")
  func earlier() throws {
    var parser = ResponseParser()
    let fields = FieldSelection(backend: nil)
    func see(_ lines: String...) -> (isCache: Bool, location: String?) {
      parser.begin(expectsNoContent: false)
      var bytes = Array((lines + ["", ""]).joined(separator: "\r\n").utf8)
      return bytes.withUnsafeMutableBytes { buffer in
        _ = try? parser.consume(buffer, selecting: fields)
        return (parser.isFromCache, parser.location.map { String(decoding: $0, as: UTF8.self) })
      }
    }
    #expect(
      see("HTTP/1.1 301 Moved", "Age: 3", "LOCATION:  https://alvin.xyz/a ") == (true, "https://alvin.xyz/a"))
    #expect(see("HTTP/1.1 200 OK", "Server: s", "Content-Length: 0") == (false, nil))
    #expect(see("HTTP/1.1 302 Found", "Location:") == (false, ""))
  }
}
