import HTTP
import Testing

@Suite("Names that are no backend's")
struct NobodyTests {
  private func nobodies(_ answers: (String, bad: Int, others: Int)...) -> [String] {
    let named = answers.map { NamedAnswers(name: $0.0, badGateways: $0.bad, others: $0.others) }
    return NamedAnswers.nobodies(among: named).map { named[$0].name }
  }

  @Test("A group's name among addresses, whatever the status")
  func group() {
    #expect(nobodies(("10.0.0.1:80", 0, 50), ("app", 3, 0)) == ["app"])
    // error_page 502 =200 /sorry.html
    #expect(nobodies(("[::1]:80", 0, 50), ("unix:/run/a", 0, 2), ("app", 0, 3)) == ["app"])
    #expect(nobodies(("10.0.0.1:80", 2, 0), ("app", 98, 0)) == ["app"])
  }

  @Test("A name on nothing but 502 where nobody serves")
  func allDown() {
    #expect(nobodies(("down", 100, 0)) == ["down"])
    #expect(nobodies(("one", 60, 0), ("two", 40, 0)) == ["one", "two"])
  }

  @Test("HAProxy's word for no server, also behind its backend's name")
  func noServer() {
    #expect(nobodies(("a", 0, 5), ("<NOSRV>", 5, 0), ("shop/<NOSRV>", 0, 1)) == ["<NOSRV>", "shop/<NOSRV>"])
  }

  @Test("Backends that fail stay backends")
  func failing() {
    // An address is a server's even where it gives nothing but errors.
    #expect(nobodies(("10.0.0.1:80", 100, 0)) == [])
    #expect(nobodies(("10.0.0.1:80", 0, 50), ("10.0.0.2:80", 50, 0)) == [])
    // Names that the applications give themselves: one of them is in maintenance.
    #expect(nobodies(("a", 0, 50), ("b", 50, 0)) == [])
    #expect(nobodies(("a", 40, 1)) == [])
    // All of them are, with 503 and 504 of their own.
    #expect(nobodies(("a", 0, 50), ("b", 0, 50), ("c", 3, 0)) == [])
    // Only failed tries, never answered.
    #expect(nobodies(("a", 0, 0)) == [])
    #expect(nobodies() == [])
  }

  @Test(
    "Addresses as nginx writes them",
    arguments: [
      ("127.0.0.1:80", true), ("255.255.255.255:65535", true), ("[::1]:80", true), ("[2001:DB8::192.0.2.1]:1", true),
      ("unix:/run/app.sock", true), ("unix:", false), ("127.0.0.1", false), ("127.0.0.1:", false),
      ("127.0.0.1:123456", false), ("127.0.0:80", false), ("127.0.0.1.2:80", false), ("256.0.0.1:80", false),
      ("[]:80", false), ("[1]:80", false), ("::1:80", false), ("app:80", false), ("app", false), ("", false),
      (":80", false), ("a:b", false), ("1.1 varnish:80", false), ("1..2.3:80", false),
    ])
  func addresses(_ text: String, _ isAddress: Bool) {
    #expect(isUpstreamAddress(text) == isAddress)
  }

  @Test("Reasons and their names in reports")
  func reasons() {
    for reason in [NobodyReason.status(502), .status(404), .redirect, .cache, .noHeader] {
      #expect(NobodyReason(name: reason.name) == reason)
    }
    for text in ["", "200", "99", "5020", "+502", "Cache", "٥٠٢", "399"] { #expect(NobodyReason(name: text) == nil) }
    #expect(NobodyReason(unnamed: 502) == .status(502))
    for status in [301, 302, 303, 307, 308] { #expect(NobodyReason(unnamed: status) == .redirect) }
    for status in [300, 306, 399] { #expect(NobodyReason(unnamed: status) == .noHeader) }
    #expect(NobodyReason(unnamed: 400) == .status(400))
    #expect(NobodyReason(unnamed: 304) == .noHeader)
    #expect(NobodyReason(unnamed: 200) == .noHeader)
  }
}
