import Report
import Testing

/// Credentials in commands, as an argument vector, as a shell's line and within quotes: gone; all else: there.
@Suite struct CommandSecretsTests {
  private static let secret = "Planted.Secret"

  /// Commands whose one credential is `SECRET`, as words.
  private static let commands: [[String]] = [
    ["curl", "-u", "me:SECRET", "http://a/"], ["curl", "-ume:SECRET", "http://a/"],
    ["curl", "-sSfu", "me:SECRET", "http://a/"], ["curl", "-sSume:SECRET", "http://a/"],
    ["curl", "--user=me:SECRET", "http://a/"], ["curl", "--user", "me:SECRET", "http://a/"],
    ["curl", "--proxy-user", "me:SECRET", "http://a/"], ["curl", "--proxy-user=me:SECRET", "http://a/"],
    ["curl", "-U", "me:SECRET", "http://a/"], ["/usr/bin/curl", "-Ume:SECRET", "http://a/"],
    ["curl", "-H", "X-Custom: SECRET", "http://a/"], ["curl", "-HX-Custom:SECRET", "http://a/"],
    ["curl", "--header=X-Custom: SECRET", "http://a/"], ["curl", "--proxy-header", "X-Custom: SECRET", "http://a/"],
    ["wget", "--header", "X-Custom: SECRET", "http://a/"], ["curl", "--cookie", "SECRET", "http://a/"],
    ["curl", "--cookie=a=SECRET", "http://a/"], ["curl", "-b", "a=SECRET", "http://a/"],
    ["curl", "-d", "SECRET", "http://a/"], ["curl", "-dSECRET", "http://a/"],
    ["curl", "--data", "SECRET", "http://a/"], ["curl", "--data-raw=SECRET", "http://a/"],
    ["curl", "--data-urlencode", "SECRET", "http://a/"], ["curl", "-F", "f=SECRET", "http://a/"],
    ["curl", "--json", "{\"a\":\"SECRET\"}", "http://a/"], ["wget", "--post-data=SECRET", "http://a/"],
    ["sudo", "curl", "-d", "SECRET", "http://a/"], ["mysql", "-u", "root", "-pSECRET", "shop"],
    ["mysqladmin", "-p", "SECRET", "reload"], ["sshpass", "-p", "SECRET", "ssh", "web"],
    ["docker", "login", "-u", "me", "-p", "SECRET", "registry"], ["redis-cli", "-a", "SECRET", "ping"],
    ["deploy", "--username", "me", "-pSECRET"], ["deploy", "--password=SECRET"], ["deploy", "-token", "SECRET"],
    ["env", "A=1;TOKEN=SECRET", "deploy"], ["env", "DBPASS=SECRET", "deploy"],
    ["env", "RAILS_MASTER_KEY=SECRET", "deploy"], ["java", "-Ddb.password=SECRET", "-jar", "a.jar"],
    ["docker", "run", "--env=STRIPE_KEY=SECRET", "app"], ["curl", "http://a/?%74oken=SECRET"],
    ["curl", "https://me:p/SECRET@a.example/"], ["curl", "http://a/?next=%2F%3Ftoken%3DSECRET"],
  ]

  /// In quotes as a shell wants them.
  private static func line(_ words: [String], _ quote: String) -> String {
    words.map { word in
      let inner = word.replacing("\"", with: quote == "\"" ? "\\\"" : "\"")
      return word.contains { " \"{;".contains($0) } ? quote + inner + quote : word
    }.joined(separator: " ")
  }

  private static func expectHidden(_ shown: String, _ words: [String]) {
    #expect(!shown.contains(secret) && !shown.contains("Planted"), "\(shown)")
    // What stands around it stays.
    #expect(shown.contains(words[0]), "\(shown)")
  }

  @Test("As words, as a line, in sh -c and in a message no credential of a command is shown", arguments: commands)
  func hidden(command: [String]) {
    let words = command.map { $0.replacing("SECRET", with: Self.secret) }
    let line = Self.line(words, "'")
    for mark in [Secrets.Mark.hidden, .hashed] {
      Self.expectHidden(Secrets.words(words, mark).joined(separator: " "), words)
      Self.expectHidden(Secrets.words(["sh", "-c", line], mark).joined(separator: " "), words)
      Self.expectHidden(Secrets.words(["bash", "-lc", "set -e; " + line + " && echo ok"], mark)[2], words)
      Self.expectHidden(Secrets.words(["--reload-command", line], mark).joined(separator: " "), words)
      Self.expectHidden(Secrets.text(line, mark), words)
      Self.expectHidden(Secrets.text("error: '\(Self.line(words, "\""))' ended with exit status 1", mark), words)
      Self.expectHidden(Secrets.text("sh -c \"\(line.replacing("\"", with: "\\\""))\"", mark), words)
    }
    let once = Secrets.words(words)
    #expect(Secrets.words(once) == once && once.count == words.count, "what was left out stays as it is")
    #expect(Secrets.text(Secrets.text(line, .hashed), .hashed) == Secrets.text(line, .hashed))
  }

  @Test(
    "Nothing else of a command is left out",
    arguments: [
      ["docker", "run", "-u", "1000:1000", "-p", "8080:80", "-d", "app"], ["mkdir", "-p", "/srv/app"],
      ["git", "checkout", "-b", "release"], ["docker", "-H", "tcp://10.0.0.1:2375", "ps"],
      ["sudo", "-u", "deploy", "docker", "compose", "-p", "shop", "up", "-d"],
      ["psql", "-U", "postgres", "-d", "shop"],
      ["curl", "-H", "Accept: text/html", "-d", "@page.json", "-o", "out", "http://a/?page_token_size=500"],
      ["curl", "-sS", "-X", "POST", "-x", "http://proxy:3128", "http://keycloak.test:8080/auth/admin"],
      [
        "lbcheck", "load", "-d", "10s", "-c", "50", "--key", "client.pem", "--backend", "auth:web", "--backend",
        "key-1",
      ],
      ["pm2", "reload", "app", "--update-env"], ["nginx", "-p", "/etc/nginx", "-s", "reload"],
      ["deploy", "--token-file", "secret.txt", "--tokenizer", "fast"], ["ps", "-p", "4711"],
      ["ssh", "-p", "2222", "web"],
      ["env", "TOKEN_FILE=/run/token", "COOKIE_NAME=sid", "bypass=yes-please", "sort_key=name", "deploy"],
    ])
  func kept(command: [String]) {
    #expect(Secrets.words(command) == command)
    let line = Self.line(command, "'")
    #expect(Secrets.text(line) == line)
    #expect(Secrets.words(["sh", "-c", line]) == ["sh", "-c", line])
  }
}
