import Report
import Testing

@Suite struct SecretsTests {
  @Test(
    "A text of any length and form comes to an end, and what is not looked at is not shown",
    arguments: ["a:", "a=b:c@d ", "x: ", "--a ", "\"a\":\"", "token", "a@b:c@", "eyJ", "'"])
  func long(piece: String) {
    let text = Secrets.text(String(repeating: piece, count: 20_000) + "token=abc")
    #expect(text.utf8.count < 10_000 && text.hasSuffix("…") && !text.contains("abc"))
  }

  @Test(
    "Credentials in a text are left out",
    arguments: [
      ("http://user:pw@a.example/x@2", "http://…@a.example/x@2"), ("user:p@ss@127.0.0.1:80/", "…@127.0.0.1:80/"),
      ("error: 'https://u:p@h/': no", "error: 'https://…@h/': no"),
      ("http://a/?x=1&token=abc&y=2#t", "http://a/?x=1&token=…&y=2#t"), ("/?API-KEY=abc", "/?API-KEY=…"),
      ("GET /a?sessionId=5f2a 2", "GET /a?sessionId=… 2"), ("?sig=a%20b", "?sig=…"),
      ("sh -c 'DB_PASSWORD=\"a b\" run; x=1'", "sh -c 'DB_PASSWORD=\"…\" run; x=1'"),
      ("Authorization: Bearer abc", "Authorization: …"),
      ("it printed: “Authorization: Bearer SEK101”", "it printed: “Authorization: …"),
      ("with sk-abcdefghijklmnopqrst12", "with …"),
      ("to https://hooks.slack.com/services/T0/B0/abc", "to https://…"),
      ("curl -H 'X-Auth-Token: a b' u", "curl -H 'X-Auth-Token: …' u"),
      ("error: Cookie: a=b; c=d", "error: Cookie: …"), ("Set-Cookie:a=b", "Set-Cookie:…"),
      ("{\"password\": \"x\", \"name\": \"y\"}", "{\"password\": \"…\", \"name\": \"y\"}"),
      ("--api-token abc --rate 5", "--api-token … --rate 5"), ("curl -u me:pw http://a/", "curl -u … http://a/"),
      ("said eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln here", "said … here"), ("key AKIAIOSFODNN7EXAMPLE.", "key …."),
      ("value=Zk3x9QpL7mT2vB8nR4wY", "value=…"), ("sent Bearer abcdefgh12", "sent Bearer …"),
      ("A=1;TOKEN=abc", "A=1;TOKEN=…"), ("TOKEN=abc;x=1", "TOKEN=…;x=1"), ("TOKEN=ab;cd", "TOKEN=…"),
      ("Forwarded: for=1;secret=abc", "Forwarded: for=1;secret=…"), ("/?a=1&%74oken=abc", "/?a=1&%74oken=…"),
      ("/?to%6Ben%3Dabc&x=1", "/?to%6Ben%3D…&x=1"), ("DBPASS=hunter", "DBPASS=…"),
      ("RAILS_MASTER_KEY=abcd", "RAILS_MASTER_KEY=…"), ("STRIPE_KEY='a b'", "STRIPE_KEY='…'"),
      ("AWS_SECRET_ACCESS_KEY=ab/cd+e", "AWS_SECRET_ACCESS_KEY=…"),
      ("/?key=abc&code=x1y2&pin=4711", "/?key=…&code=…&pin=…"),
      ("/?sig=ab&stripeKey=cd", "/?sig=…&stripeKey=…"), ("{\"token\":\"abc\",\"n\":1}", "{\"token\":\"…\",\"n\":1}"),
      ("{\\\"token\\\":\\\"abc\\\"}", "{\\\"token\\\":\\\"…\\\"}"),
      ("{\"pin\": 471199, \"n\": 2}", "{\"pin\": …, \"n\": 2}"),
      ("{'token': 'abc'}", "{'token': '…'}"),
      ("{\"tokens\":[\"a\",\"b\"]}", "{\"tokens\":[…]}".replacing("[…", with: "…")),
      ("/?f=%7B%22token%22%3A%22abc%22%7D", "/?f=%7B%22token%22%3A…"),
      ("Digest username=\"me\", response=\"abc\", qop=auth", "Digest username=\"me\", response=\"…\", qop=auth"),
      ("curl -H 'Authorization: Digest username=\"me\", response=\"abc\"' u", "curl -H 'Authorization: …' u"),
      ("https://user:p/abc@h.example/x", "https://…@h.example/x"), ("redis://:p/a#b?c@h:1/2", "redis://…@h:1/2"),
      ("ran curl -H X-Custom: abc -b a=b", "ran curl -H X-Custom: … -b …"),
      ("it printed: “curl -d abc u”", "it printed: “curl -d …(3 bytes, 170c) u”"), ("auth: abc123", "auth: …"),
      ("db_password = abc", "db_password = …"),
    ])
  func hidden(text: String, shown: String) {
    #expect(Secrets.text(text) == shown)
    #expect(
      Secrets.text(Secrets.text(text, .hashed)) == Secrets.text(text, .hashed), "what was left out stays as it is")
  }

  @Test(
    "Everything else stays as it is",
    arguments: [
      "keycloak.test:8080", "http://keycloak.test:8080/", "token.example:80:127.0.0.1:8080", "token:80:127.0.0.1:8080",
      "session:8080/path", "key-1", "secret-1=5", "http://token.example/secret/path", "x=1&monkey=2&author=3",
      "error: Accept: text/html", "p99 < 200ms", "share(app-1) within 5%", "git@example.com", "10:20:30", "a@b",
      "http://a/?next=http://b/", "GIT_SHA=da39a3ee5e6b4b0d3255bfef95601890afd80709",
      "FILE=/usr/lib/node_modules/pm2/bin/pm2",
      "Release=My-Service-2024-Build-Number-7", "cookie SERVERID", "docker run -u 1000:1000 app", "Basic checks passed",
      "--sticky-path /x --backend app-1", "2 sessions: kept", "2026-11-28T05:00:00Z: none",
      "tokenizer=fast", "secretary=anna", "/?page_token_size=500", "--backend auth:web",
      "http://keycloak.test:8080/a@b",
      "keycloak.test:8080:127.0.0.1:8080", "status_code=E404", "country_code=DE", "/?response=json",
      "{\"code\":\"ENOENT\"}", "code=ELIFECYCLE", "error: 'token': expected a name",
      "auth: web", "pass: everything held", "key: value", "session: kept by cookie", "COOKIE_NAME=sid",
      "public_key=abc",
      "proxy http://127.0.0.1:8080/@scope/pkg@1.2", "the servers' own list: can't say", "compass=north",
      "\"pass\": true",
      "p99 <= 200ms, key >= 5", "cache HIT: Age: 5", "/?sort_key=name&cache_key=x",
    ])
  func kept(text: String) {
    #expect(Secrets.text(text) == text)
    #expect(Secrets.words([text]) == [text])
  }

  @Test("Of a command line the values of header fields, bodies and credentials are left out, each with its hash")
  func commandLine() {
    let words = [
      "lbcheck", "load", "http://127.0.0.1:80/?key=1", "-H", "Authorization: Bearer abc", "--header=X-Canary: abc",
      "-HCookie: a=b", "-H", "Accept: text/html", "--body", "hello", "--resolve", "token:80:127.0.0.1", "--backend",
      "key-1", "--token", "abc", "PASSWORD=a b", "-c", "TOKEN=x run it",
    ]
    let shown = Secrets.words(words, .hidden)
    #expect(
      shown == [
        "lbcheck", "load", "http://127.0.0.1:80/?key=1", "-H", "Authorization: …", "--header=X-Canary: …",
        "-HCookie: …",
        "-H", "Accept: text/html", "--body", shown[10], "--resolve", "token:80:127.0.0.1", "--backend", "key-1",
        "--token",
        "…", "PASSWORD=…", "-c", "TOKEN=… run it",
      ])
    #expect(shown[10].hasPrefix("…(5 bytes, "))
    #expect(Secrets.words(Secrets.words(words)) == Secrets.words(words))
  }

  @Test("Another value has another hash, the same one the same, and no more than 16 bits of it")
  func hashes() {
    let marks = (0..<200).map { Secrets.mask("secret \($0)", .hashed) }
    #expect(Set(marks).count >= 198)
    #expect(marks.allSatisfy { $0.count == 7 && $0.hasPrefix("…(") && $0.hasSuffix(")") })
    #expect(Secrets.mask("secret 7", .hashed) == marks[7])
  }

  @Test("What only looks like a mark is none")
  func forgedMark() {
    for value in ["…real", "…(real)", "…(1234)real", "…(", "…()…"] {
      #expect(Secrets.mask(value, .hidden) == "…", "\(value)")
    }
  }

  @Test("Long hostile text takes no time that grows out of hand, and any text is taken")
  func hostile() {
    for piece in ["a=", "://", ":a@", "\"a\":\"", "-a ", "a: ", "eyJ", "token=", "'", "Bearer "] {
      _ = Secrets.text(String(repeating: piece, count: 2_000))
    }
  }

  @Test("A document without a secret is the same without its secrets")
  func nothingLost() {
    var document = Example.full
    document.assertions[1].advice = "Ask it less."
    // The command has a cookie.
    document.command = ["lbcheck", "fairness", "http://alvin.xyz/"]
    #expect(document.withoutSecrets == document)
  }
}
