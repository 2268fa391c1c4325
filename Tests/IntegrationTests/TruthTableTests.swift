import Support
import Testing

extension Integration {
  /// What real balancers with known configurations do, and what lbcheck has to say of each.
  @Suite struct TruthTableTests {
    let backends: NginxBackends
    let tool: LbcheckTool

    init() throws {
      backends = try NginxBackends(["app-1", "app-2", "app-3"])
      tool = try LbcheckTool()
    }

    /// `server` lines for nginx, with options by position.
    private func upstream(_ options: String...) -> String {
      zip(backends.ports, options).map { "server 127.0.0.1:\($0) \($1);" }.joined(separator: " ")
    }

    private func address(_ index: Int) -> String { "127.0.0.1:\(backends.ports[index])" }

    private func fairness(_ balancer: any Balancer, _ options: String...) throws -> LbcheckTool.Outcome {
      // The balancer ends with its last use, which is after the run.
      let outcome = try withExtendedLifetime(balancer) {
        try tool.run(["fairness", "http://127.0.0.1:\(balancer.port)/", "--json"] + options)
      }
      let requests = try #require(outcome.report, "\(outcome.messages)")["traffic"]["requests"]
      #expect(
        requests["scheduled"].integer
          == requests["succeeded"].integer! + requests["failed"].integer! + requests["unsent"].integer!)
      return outcome
    }

    private func expect(
      _ outcome: LbcheckTool.Outcome, policy: String, verdict: String, status: Int32,
      _ location: SourceLocation = #_sourceLocation
    ) {
      #expect(outcome.report?["fairness"]["policy"].text == policy, sourceLocation: location)
      #expect(outcome.report?["verdict"].text == verdict, "\(failing(outcome))", sourceLocation: location)
      #expect(outcome.status == status, sourceLocation: location)
    }

    private func failing(_ outcome: LbcheckTool.Outcome) -> [String] {
      (outcome.report?["assertions"].list ?? []).filter { $0["verdict"].text != "pass" }.map {
        "\($0["name"].text ?? ""): \($0["actual"].text ?? "")"
      }
    }

    @Test("nginx with equal weights rotates, exactly evenly")
    func nginxEqual() throws {
      let nginx = try NginxBalancer(upstream: upstream("", "", ""))
      let outcome = try fairness(nginx, "--backend", address(0), "--backend", address(1), "--backend", address(2))
      expect(outcome, policy: "round-robin", verdict: "pass", status: 0)
      #expect(outcome.report?["backends"].list.map { $0["requests"].integer } == [1000, 1000, 1000])
      #expect(outcome.report?["fairness"]["rotationScore"].number == 1)
      #expect((outcome.report?["fairness"]["chiSquare"]["pValue"].number ?? 0) > 0.99)
    }

    @Test("nginx with weights 5, 1, 1 shows the smooth order, and is judged by the weights given")
    func nginxWeighted() throws {
      let nginx = try NginxBalancer(upstream: upstream("weight=5", "", ""))
      let found = try fairness(
        nginx, "--backend", address(0) + "=5", "--backend", address(1) + "=1", "--backend", address(2) + "=1")
      expect(found, policy: "weighted-round-robin", verdict: "pass", status: 0)
      let (a, b, c) = (address(0), address(1), address(2))
      let period = found.report?["fairness"]["period"].texts
      #expect(period == [a, a, b, a, c, a, a] || period == [a, a, c, a, b, a, a])
      expect(try fairness(nginx), policy: "weighted-round-robin", verdict: "fail", status: 1)
    }

    @Test("nginx with four workers rotates in each of them")
    func nginxWorkers() throws {
      let nginx = try NginxBalancer(upstream: upstream("", "", ""), workers: 4)
      let outcome = try fairness(nginx)
      expect(outcome, policy: "round-robin", verdict: "pass", status: 0)
      // Each worker ends within its own turn: at most 4 · 2/3 requests from even.
      for backend in outcome.report?["backends"].list ?? [] {
        #expect(abs((backend["requests"].integer ?? 0) - 1000) <= 3)
      }
    }

    @Test("nginx that draws at random is random, which is no rotation")
    func nginxRandom() throws {
      let nginx = try NginxBalancer(upstream: "random; " + upstream("", "", ""))
      expect(try fairness(nginx, "--policy", "random"), policy: "random", verdict: "pass", status: 0)
      expect(try fairness(nginx), policy: "random", verdict: "fail", status: 1)
    }

    @Test("nginx with one of three dead retries behind the client's back, and the dead one is named")
    func nginxDead() throws {
      let dead = FreePort.reserve()
      let nginx = try NginxBalancer(
        upstream: "server \(address(0)); server \(address(1)); server 127.0.0.1:\(dead) fail_timeout=1s;")
      let outcome = try fairness(
        nginx, "--requests", "6000", "--backend", address(0), "--backend", address(1), "--backend",
        "127.0.0.1:\(dead)", "--rate", "2000")
      expect(outcome, policy: "round-robin", verdict: "fail", status: 1)
      #expect((outcome.report?["traffic"]["requests"]["upstreamRetried"].integer ?? 0) > 0)
      #expect(outcome.report?["traffic"]["requests"]["failed"].integer == 0)
      let attendance = outcome.report?.assertion("everyBackendAnswered")
      #expect(attendance?["verdict"].text == "fail")
      #expect(attendance?["actual"].text == "silent: 127.0.0.1:\(dead)")
      // Nobody said which backends to expect: the balancer's own attempts say it.
      let unstated = try fairness(nginx, "--requests", "6000", "--rate", "2000")
      expect(unstated, policy: "round-robin", verdict: "fail", status: 1)
      #expect(unstated.report?.assertion("everyBackendAnswered")?["actual"].text == "silent: 127.0.0.1:\(dead)")
    }

    @Test("nginx keeps a backup silent, and lbcheck sees when it is not")
    func nginxBackup() throws {
      let nginx = try NginxBalancer(upstream: upstream("", "", "backup"))
      let spare = address(2) + "=backup"
      let silent = try fairness(nginx, "--backend", address(0), "--backend", address(1), "--backend", spare)
      expect(silent, policy: "round-robin", verdict: "pass", status: 0)
      #expect(silent.report?.assertion("backupSilent")?["verdict"].text == "pass")
      let active = try NginxBalancer(upstream: upstream("", "", ""))
      let loud = try fairness(active, "--backend", address(0), "--backend", address(1), "--backend", spare)
      expect(loud, policy: "round-robin", verdict: "fail", status: 1)
      #expect(loud.report?.assertion("backupSilent")?["verdict"].text == "fail")
    }

    @Test("nginx that hashes the URI sticks to it")
    func nginxHash() throws {
      let nginx = try NginxBalancer(upstream: "hash $request_uri; " + upstream("", "", ""))
      let outcome = try fairness(nginx)
      expect(outcome, policy: "sticky", verdict: "fail", status: 1)
      #expect(outcome.report?["fairness"]["stickyBy"].text == "path and query")
      expect(try fairness(nginx, "--policy", "sticky"), policy: "sticky", verdict: "pass", status: 0)
    }

    @Test("nginx with ip_hash sticks to the client's address")
    func nginxAddressHash() throws {
      let nginx = try NginxBalancer(upstream: "ip_hash; " + upstream("", "", ""))
      let outcome = try fairness(nginx)
      expect(outcome, policy: "sticky", verdict: "fail", status: 1)
      #expect(outcome.report?["fairness"]["stickyBy"].text == "client address")
    }

    private func haproxy(_ balance: String, _ options: String...) throws -> HAProxyBalancer {
      let servers = zip(zip(backends.names, backends.ports), options).map {
        (name: $0.0, port: $0.1, options: $1)
      }
      return try HAProxyBalancer(balance: balance, servers: servers)
    }

    @Test("HAProxy roundrobin rotates")
    func haproxyRoundRobin() throws {
      let outcome = try fairness(try haproxy("roundrobin", "", "", ""))
      expect(outcome, policy: "round-robin", verdict: "pass", status: 0)
      #expect(outcome.report?["notes"].texts.contains { $0.contains("one rotation for all connections") } == true)
    }

    @Test("HAProxy static-rr with weights rotates by weight")
    func haproxyStatic() throws {
      let balancer = try haproxy("static-rr", "weight 5", "weight 1", "weight 1")
      let outcome = try fairness(
        balancer, "--backend", "app-1=5", "--backend", "app-2=1", "--backend", "app-3=1")
      expect(outcome, policy: "weighted-round-robin", verdict: "pass", status: 0)
      #expect(outcome.report?["fairness"]["period"].texts.count == 7)
    }

    @Test("HAProxy leastconn rotates while it is idle, and under load its counts give it away")
    func haproxyLeastConnections() throws {
      let outcome = try fairness(try haproxy("leastconn", "", "", ""), "--tolerance", "5%")
      expect(outcome, policy: "round-robin", verdict: "pass", status: 0)
      #expect(outcome.report?["notes"].texts.contains { $0.contains("least connections") } == true)
    }

    @Test("HAProxy random takes the less busy of two: chance where that is meant, and never a rotation")
    func haproxyRandom() throws {
      let balancer = try haproxy("random", "", "", "")
      expect(try fairness(balancer, "--policy", "random"), policy: "random", verdict: "pass", status: 0)
      // Under load its counts are as even as those of a rotation that other visitors disturb.
      let outcome = try fairness(balancer)
      #expect([1, 3].contains(outcome.status), "\(outcome.output)")
      let policy = outcome.report?["fairness"]["policy"].text ?? ""
      #expect(["random", "unknown"].contains(policy), "\(policy)")
    }

    @Test("HAProxy source sticks to the client's address")
    func haproxySource() throws {
      let outcome = try fairness(try haproxy("source", "", "", ""))
      expect(outcome, policy: "sticky", verdict: "fail", status: 1)
      #expect(outcome.report?["fairness"]["stickyBy"].text == "client address")
    }

    @Test("HAProxy first uses one server")
    func haproxyFirst() throws {
      let balancer = try haproxy("first", "maxconn 1000", "maxconn 1000", "maxconn 1000")
      expect(try fairness(balancer), policy: "single", verdict: "fail", status: 1)
      expect(try fairness(balancer, "--policy", "single"), policy: "single", verdict: "pass", status: 0)
    }
  }
}
