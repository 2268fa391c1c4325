import Checks
import Deployment
import Foundation
import HTTP
import Load
import Support
import Testing

@testable import lbcheck

/// What `init` makes of its findings: names and weights only where they are certain, and a profile that can be read.
@Suite struct ProfileDraftTests {
  /// A group of an upstream's lines.
  private static func declared(_ upstream: String, location: String = "", main: String = "") throws -> DeclaredSite {
    let text = """
      # configuration file /n.conf:
      \(main)
      http { upstream app { \(upstream) } server { location / { proxy_pass http://app; \(location) } } }
      """
    return try NginxConfiguration(NginxFiles(printed: Array(text.utf8))).site(host: "a", port: 80, path: "/")
  }

  private static let named = "add_header X-Up $upstream_addr always;"
  private static let two =
    "server 127.0.0.1:1 weight=2; server 127.0.0.1:2; server 127.0.0.1:3 backup; server 127.0.0.1:4 down;"

  private static func findings(
    _ declared: DeclaredSite?, header: String? = nil, answered: [String] = [], apps: [PM2ListedApp] = []
  ) throws -> InitFindings {
    var findings = InitFindings(target: try Target("http://a/"))
    findings.options.url = "http://a/"
    findings.declared = declared
    var survey = SurveyedSite(status: 200)
    (survey.backendHeader, survey.backends, survey.addresses) = (header, answered, ["127.0.0.1:80"])
    findings.survey = survey
    findings.apps = apps
    return findings
  }

  struct Row: CustomTestStringConvertible, Sendable {
    let testDescription: String
    var upstream: String? = ProfileDraftTests.two
    var location = ""
    var header: String?
    var answered: [String] = []
    var apps: [PM2ListedApp] = []
    let expected: (header: String, standing: BackendNaming.Standing, names: [String])
    var strangers: [String] = []
  }

  static let all = ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"]

  static let rows: [Row] = [
    Row(testDescription: "nothing known", upstream: nil, expected: ("X-Backend", .toAdd, [])),
    Row(testDescription: "lines are to be added", expected: ("X-Backend", .toAdd, all)),
    Row(testDescription: "declared, not yet answered", location: named, expected: ("X-Up", .onlyDeclared, all)),
    Row(
      testDescription: "declared and answered", location: named, header: "x-up", answered: [all[0], all[1]],
      expected: ("x-up", .answered, all)),
    Row(
      testDescription: "one answers that is not declared", location: named, header: "X-Up",
      answered: [all[0], "127.0.0.1:9"],
      expected: ("X-Up", .answered, all), strangers: ["127.0.0.1:9"]),
    Row(
      testDescription: "the app's own names", header: "X-App", answered: ["one", "two"],
      expected: ("X-App", .answered, [])),
    Row(
      testDescription: "a header from elsewhere with the same names", header: "X-App", answered: [all[1]],
      expected: ("X-App", .answered, all)),
    Row(
      testDescription: "a host name among the servers", upstream: "server 127.0.0.1:1; server app:2;",
      expected: ("X-Backend", .toAdd, [])),
    Row(
      testDescription: "one address as primary and backup", upstream: "server 127.0.0.1:1; server 127.0.0.1:1 backup;",
      expected: ("X-Backend", .toAdd, [])),
    Row(
      testDescription: "one server, several processes of pm2", upstream: "server 127.0.0.1:1;", location: named,
      apps: [PM2ListedApp(name: "shop", instances: 4, isClusterMode: true, ports: [1])],
      expected: ("X-Backend", .toAdd, [])),
    Row(
      testDescription: "several servers, several processes", upstream: "server 127.0.0.1:1; server 127.0.0.1:2;",
      location: named,
      apps: [PM2ListedApp(name: "shop", instances: 2, isClusterMode: false, ports: [1, 2])],
      expected: ("X-Up", .onlyDeclared, [all[0], all[1]])),
  ]

  @Test("Backends are named only where their names, weights and roles are certain", arguments: rows)
  func naming(_ row: Row) throws {
    let declared = try row.upstream.map { try Self.declared($0, location: row.location) }
    let naming = BackendNaming(try Self.findings(declared, header: row.header, answered: row.answered, apps: row.apps))
    #expect(naming.header == row.expected.header && naming.standing == row.expected.standing)
    #expect(naming.backends.compactMap(\.name) == row.expected.names)
    #expect((naming.omission == nil) == !row.expected.names.isEmpty)
    #expect(naming.strangers == row.strangers)
  }

  @Test("Lines of one address are one backend with the sum of their weights")
  func merged() throws {
    let declared = try Self.declared("server 127.0.0.1:1; server 127.0.0.1:1 weight=2; server 127.0.0.1:2;")
    #expect(BackendNaming(try Self.findings(declared)).backends.map(\.weight) == [3, 1])
  }

  private func request(_ draft: ProfileDraft, for command: Command = .fairness) throws -> Request {
    try ProfileReading(try Profile(json5: draft.text, path: "draft.json5")).request(for: command)
  }

  @Test("The draft is a profile: target, connections, header, backends, policy, manager")
  func profile() throws {
    let apps = [
      PM2ListedApp(name: "shop", instances: 2, isClusterMode: true, ports: [1]),
      PM2ListedApp(name: "other", instances: 1, isClusterMode: true, ports: [77]),
    ]
    var findings = try Self.findings(try Self.declared("least_conn; " + Self.two, location: Self.named), apps: apps)
    findings.options.connectTos = ["a:80:127.0.0.1:8080"]
    findings.options.tls.authorities = "ca \"1\".pem"
    let draft = ProfileDraft(findings)
    let fairness = try request(draft)
    #expect(fairness.target.url == "http://a/" && fairness.target.connectTos == ["a:80:127.0.0.1:8080"])
    #expect(fairness.target.tls.authorities == "ca \"1\".pem")
    #expect(fairness.fingerprint.backendHeader == "X-Up")
    #expect(
      fairness.expectation.backends == [
        ExpectedBackend(name: "127.0.0.1:1", role: .primary(weight: 2)),
        ExpectedBackend(name: "127.0.0.1:2", role: .primary(weight: 1)),
        ExpectedBackend(name: "127.0.0.1:3", role: .backup),
      ])
    #expect(draft.text.contains("  policy: \"least-connections\","))
    #expect(try request(draft, for: .reloadTest).manager.pm2App == "shop")
  }

  @Test("What a configuration holds ends neither a comment nor a line")
  func hostile() throws {
    let declared = try Self.declared("server 127.0.0.1:1; server 127.0.0.1:2; \"x\u{2028}}\ny\" ;")
    let draft = ProfileDraft(
      try Self.findings(declared, apps: [PM2ListedApp(name: "a\n}", instances: 1, isClusterMode: nil, ports: [])]))
    let fairness = try request(draft)
    #expect(fairness.expectation.backends.count == 2 && fairness.expectation.policy == nil)
    #expect(draft.text.contains("// policy:") && draft.text.contains("is not understood"))
  }

  @Test("A method that no policy stands for sets none, and a cookie points to sessions")
  func methods() throws {
    let cookie = ProfileDraft(try Self.findings(try Self.declared("sticky cookie s; " + Self.two)))
    #expect(try request(cookie).expectation.policy == nil && cookie.text.contains("lbcheck sessions"))
    let keyed = ProfileDraft(try Self.findings(try Self.declared("ip_hash; server 127.0.0.1:1; server 127.0.0.1:2;")))
    #expect(try request(keyed).expectation.policy != nil && keyed.text.contains("  policy: \"sticky\","))
  }

  private func summary(_ findings: InitFindings) -> String {
    InitSummary(ProfileDraft(findings), file: "Profiles/a.json5", site: "a").lines.joined(separator: "\n")
  }

  @Test("The summary says what is found and missing, what is not understood, and ends in three commands")
  func summary() throws {
    var findings = try Self.findings(try Self.declared("fair; " + Self.two, main: "worker_processes auto;"))
    findings.balancer = .nginx
    let text = summary(findings)
    #expect(text.hasPrefix("Wrote Profiles/a.json5\n"))
    #expect(
      text.contains("/n.conf:2: upstream app: 127.0.0.1:1 weight 2, 127.0.0.1:2, 127.0.0.1:3 backup, 127.0.0.1:4 down"))
    #expect(text.contains("    add_header X-Backend $upstream_addr always;") && text.contains("    zone app 64k;"))
    #expect(
      text.contains("nginx -t && nginx -s reload")
        && text.contains("\nNot understood\n  /n.conf:2: 'fair' in upstream app"))
    let last = text.split(separator: "\n").suffix(3).map { $0.trimmingCharacters(in: .whitespaces) }
    #expect(
      last[0] == "lbcheck inspect a" && last[1] == "lbcheck fairness a" && last[2].hasPrefix("lbcheck reload-test a"))
  }

  @Test("Where a header answers, no line for one is asked for; where the app must name itself, its line is")
  func headers() throws {
    let answered = summary(try Self.findings(try Self.declared(Self.two), header: "X-App", answered: ["one"]))
    #expect(!answered.contains("add_header"))
    let shop = PM2ListedApp(name: "shop", instances: 4, isClusterMode: true, ports: [1])
    let cluster = summary(try Self.findings(try Self.declared("server 127.0.0.1:1;"), apps: [shop]))
    #expect(!cluster.contains("add_header") && cluster.contains("res.set('X-Backend'"))
    #expect(cluster.contains("only the app can name them"))
  }
}
