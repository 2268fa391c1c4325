import Testing

@testable import lbcheck

@Suite struct SessionTests {
  @Test("Credentials do not get into reports by way of the command line")
  func secrets() {
    let typed = [
      "lbcheck", "load", "http://127.0.0.1:80/?key=1", "-H", "Authorization: Bearer abc", "--header=X-Api-Key: abc",
      "-HCookie: a=b", "-H", "Accept: text/html", "--resolve", "a:80:127.0.0.1",
    ]
    #expect(
      Session.withoutSecrets(typed) == [
        "lbcheck", "load", "http://127.0.0.1:80/?key=1", "-H", "Authorization: …", "--header=X-Api-Key: …",
        "-HCookie: …",
        "-H", "Accept: text/html", "--resolve", "a:80:127.0.0.1",
      ])
  }
}
