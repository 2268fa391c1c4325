import Testing

@testable import lbcheck

@Suite struct LiveRequestTests {
  private let token = LiveToken()

  private func answer(_ head: String) -> Result<LiveRequest, LiveRequest.Refusal> {
    let text = head.replacing("TOKEN", with: token.text) + "\r\n\r\n"
    do throws(LiveRequest.Refusal) {
      return .success(try LiveRequest(Array(text.utf8), port: 8_080, token: token))
    } catch {
      return .failure(error)
    }
  }

  @Test(
    "Who has the token may read, whether it stands in the address or a field",
    arguments: [
      ("GET /?token=TOKEN HTTP/1.1\r\nHost: 127.0.0.1:8080", .page, false),
      ("GET /?a=b&token=TOKEN HTTP/1.1\r\nHost: localhost:8080", .page, false),
      ("GET /events?token=TOKEN HTTP/1.1\r\nHost: LOCALHOST:8080", .events, false),
      ("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAuthorization: Bearer TOKEN", .metrics, false),
      ("GET /metrics HTTP/1.1\r\nhost: 127.0.0.1:8080\r\nauthorization: bearer  TOKEN", .metrics, false),
      ("HEAD /report.html?token=TOKEN HTTP/1.1\r\nHost: 127.0.0.1:8080", .report, true),
    ] as [(String, LiveRequest.Resource, Bool)])
  func allowed(head: String, resource: LiveRequest.Resource, isHead: Bool) throws {
    let request = try answer(head).get()
    #expect(request.resource == resource && request.isHead == isHead)
  }

  @Test(
    "Nobody else may, nor a page that another host name led here",
    arguments: [
      ("GET / HTTP/1.1\r\nHost: 127.0.0.1:8080", .noToken),
      ("GET /?token= HTTP/1.1\r\nHost: 127.0.0.1:8080", .noToken),
      ("GET /?token=TOKENa HTTP/1.1\r\nHost: 127.0.0.1:8080", .noToken),
      ("GET /?atoken=TOKEN HTTP/1.1\r\nHost: 127.0.0.1:8080", .noToken),
      ("GET /?token=00000000000000000000000000000000 HTTP/1.1\r\nHost: 127.0.0.1:8080", .noToken),
      ("GET /?token=wrong HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAuthorization: Bearer TOKEN", .noToken),
      ("GET /TOKEN HTTP/1.1\r\nHost: 127.0.0.1:8080", .noToken),
      ("GET /nothing HTTP/1.1\r\nHost: 127.0.0.1:8080", .noToken),
      ("GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAuthorization: Basic TOKEN", .noToken),
      ("POST / HTTP/1.1\r\nHost: 127.0.0.1:8080", .noToken),
      ("POST /?token=TOKEN HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Length: 0", .notReading),
      ("GET /nothing?token=TOKEN HTTP/1.1\r\nHost: 127.0.0.1:8080", .notFound),
      ("GET //?token=TOKEN HTTP/1.1\r\nHost: 127.0.0.1:8080", .notFound),
      ("GET /?token=TOKEN HTTP/1.1\r\nHost: rebound.example:8080", .otherHost),
      ("GET /?token=TOKEN HTTP/1.1\r\nHost: rebound.example", .otherHost),
      ("GET /?token=TOKEN HTTP/1.1\r\nHost: 127.0.0.1", .otherHost),
      ("GET /?token=TOKEN HTTP/1.1\r\nHost: 127.0.0.1:8081", .otherHost),
      ("GET /?token=TOKEN HTTP/1.1\r\nHost: 127.0.0.1:8080.example", .otherHost),
      ("GET /?token=TOKEN HTTP/1.0", .otherHost),
      ("GET /?token=TOKEN HTTP/1.1", .malformed),
      ("GET /?token=TOKEN HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nHost: 127.0.0.1:8080", .malformed),
      ("GET /?token=TOKEN HTTP/2.0\r\nHost: 127.0.0.1:8080", .unknownVersion),
      ("nonsense", .malformed),
      ("", .malformed),
    ] as [(String, LiveRequest.Refusal)])
  func refused(head: String, refusal: LiveRequest.Refusal) {
    #expect(answer(head) == .failure(refusal))
  }

  @Test("A token has 128 bits and matches itself alone")
  func tokens() {
    let tokens = (0..<100).map { _ in LiveToken() }
    #expect(Set(tokens.map(\.text)).count == 100)
    #expect(tokens.allSatisfy { $0.text.count == 32 && $0.text.allSatisfy(\.isHexDigit) })
    for index in 0..<32 {
      var text = Array(token.text)
      text[index] = text[index] == "0" ? "1" : "0"
      #expect(!token.matches(String(text)))
    }
    #expect(token.matches(token.text) && !token.matches("") && !token.matches(String(token.text.dropLast())))
  }
}
