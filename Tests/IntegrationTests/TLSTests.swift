import Support
import Testing

extension Integration {
  /// The program over https://, as its user meets it.
  @Suite struct TLSTests {
    let tool: LbcheckTool
    let certificates: TestCertificates

    init() throws {
      tool = try LbcheckTool()
      certificates = try TestCertificates()
    }

    @Test("load counts what the server's log counts, and says how TLS was spoken")
    func load() throws {
      let nginx = try NginxTLS(certificates.issue("localhost"))
      let outcome = try tool.run([
        "load", "https://localhost:\(nginx.port)/", "--cacert", certificates.authority, "--requests", "2000",
        "--fresh-connections", "25%", "--connect-to", "localhost:\(nginx.port):127.0.0.1:\(nginx.port)", "--json",
      ])
      #expect(outcome.status == 0, "\(outcome.messages)")
      let report = try #require(outcome.report)
      #expect(report["traffic"]["requests"]["succeeded"].integer == 2000)
      let handshakes = report["traffic"]["handshakes"]
      #expect(handshakes["kinds"].list.allSatisfy { $0.text?.hasPrefix("1.3, TLS_") == true })
      #expect((handshakes["full"].integer ?? 0) + (handshakes["resumed"].integer ?? 0) > 0)
      #expect(report["method"].list.isEmpty)
      let log = try nginx.log(atLeast: 2000)
      // A few requests more looked who answers.
      #expect((2000...2100).contains(log.count))
      #expect(log.allSatisfy { $0[3] == "localhost" })
    }

    @Test("Two thousand connections speak TLS at once, from one thread, and all are kept", arguments: ["1.2", "1.3"])
    func manyConnections(_ version: String) throws {
      let nginx = try NginxTLS(certificates.issue("localhost"), protocols: "TLSv\(version)")
      let outcome = try tool.run([
        "load", "https://localhost:\(nginx.port)/", "--cacert", certificates.authority, "--requests", "10000",
        "--connections", "2000", "--workers", "1", "--connect-to", "localhost:\(nginx.port):127.0.0.1:\(nginx.port)",
        "--json",
      ])
      #expect(outcome.status == 0, "\(outcome.messages)")
      let requests = try #require(outcome.report?["traffic"]["requests"])
      #expect(requests["succeeded"].integer == 10_000 && requests["failed"].integer == 0)
      let log = try nginx.log(atLeast: 10_000)
      #expect(log.allSatisfy { $0[0] == "TLSv\(version)" })
      let byConnection = Dictionary(grouping: log) { $0[2] }
      #expect(byConnection.values.count { $0.count > 1 } >= 2_000)
    }

    @Test("A name that is resolved elsewhere is still the one that is asked for and verified")
    func mapped() throws {
      let nginx = try NginxTLS(certificates.issue("alvin.test"))
      let outcome = try tool.run([
        "load", "https://alvin.test/", "--connect-to", "alvin.test:443:127.0.0.1:\(nginx.port)", "--cacert",
        certificates.authority, "-n", "20", "--json",
      ])
      #expect(outcome.report?["traffic"]["requests"]["succeeded"].integer == 20, "\(outcome.messages)")
      #expect(try nginx.log(atLeast: 20).allSatisfy { $0[3] == "alvin.test" })
    }

    @Test("Over IPv6 the address in brackets and a name that leads there are verified")
    func ipv6() throws {
      let trust = ["--cacert", certificates.authority, "-n", "20", "--json"]
      let byAddress = try NginxTLS(certificates.issue("::1"), ipv6: true)
      let address = try tool.run(["load", "https://[::1]:\(byAddress.port)/"] + trust)
      #expect(address.status == 0, "\(address.messages)")
      #expect(address.report?["target"]["addresses"].texts == ["[::1]:\(byAddress.port)"])
      let byName = try NginxTLS(certificates.issue("alvin.test"), ipv6: true)
      let name = try tool.run(
        [
          "load", "https://alvin.test:\(byName.port)/", "--resolve", "alvin.test:\(byName.port):[::1]",
        ] + trust)
      #expect(name.status == 0, "\(name.messages)")
      #expect(name.report?["target"]["addresses"].texts == ["[::1]:\(byName.port)"])
      #expect(try byName.log(atLeast: 20).allSatisfy { $0[3] == "alvin.test" })
    }

    @Test("fairness looks through TLS")
    func fairness() throws {
      let backends = try NginxBackends(["app-1", "app-2"])
      let proxy = backends.ports.map { "server 127.0.0.1:\($0);" }.joined(separator: " ")
      let nginx = try NginxTLS(
        certificates.issue("localhost"), upstream: proxy,
        extra: NginxTLS.sharedPath
      )
      let outcome = try tool.run([
        "fairness", "https://localhost:\(nginx.port)/shared", "--cacert", certificates.authority, "--requests", "600",
        "--backend-header", "X-Upstream-Addr", "--json",
      ])
      #expect(outcome.status == 0, "\(outcome.messages)")
      #expect(outcome.report?["fairness"]["policy"].text == "round-robin")
      #expect(outcome.report?["backends"].list.count == 2)
      withExtendedLifetime(backends) {}
    }

    @Test("inspect shows the handshake and the certificate")
    func inspect() throws {
      let nginx = try NginxTLS(certificates.issue("localhost"))
      let outcome = try tool.run([
        "inspect", "https://localhost:\(nginx.port)/", "--cacert", certificates.authority, "--json",
      ])
      #expect(outcome.status == 0, "\(outcome.messages)")
      let group = outcome.report?["inspection"]["groups"].list.first { $0["title"].text == "TLS" }
      let rows = Dictionary(
        uniqueKeysWithValues: (group?["rows"].list ?? []).map { ($0["name"].text ?? "", $0["value"].text ?? "") })
      #expect(rows["Protocol"] == "TLSv1.3" && rows["ALPN"] == "http/1.1" && rows["Verified"] == "yes")
      #expect(rows["Certificate"] == "CN=localhost" && rows["Issuer"] == "O=lbcheck,CN=Test Authority")
      #expect(rows["Expires"]?.contains(" UTC, in ") == true)
      #expect(outcome.report?.assertion("certificateTrusted")?["verdict"].text == "pass")
    }

    @Test("An expired certificate: load refuses before any traffic, inspect shows it, --insecure takes it")
    func expired() throws {
      let nginx = try NginxTLS(certificates.issue("localhost", days: -1))
      let url = "https://localhost:\(nginx.port)/"
      let trust = ["--cacert", certificates.authority]
      let refused = try tool.run(["load", url, "--quiet"] + trust)
      #expect(refused.status == 3)
      #expect(
        refused.messages.hasPrefix(
          "error: \(url) does not answer: 127.0.0.1:\(nginx.port): tls: certificate has expired (notAfter 20"))
      #expect(
        refused.messages.contains(
          "\n--cacert FILE trusts the certificates in a file, --insecure takes any.\n"))

      let shown = try tool.run(["inspect", url, "--json"] + trust)
      #expect(shown.status == 1)
      let assertion = shown.report?.assertion("certificateTrusted")
      #expect(assertion?["verdict"].text == "fail")
      #expect(assertion?["actual"].text?.hasPrefix("certificate has expired (notAfter 20") == true)
      #expect(shown.report?["notes"][0].text?.hasPrefix("Inspected without trusting the certificate: ") == true)

      let careless = try tool.run(["load", url, "--insecure", "-n", "20", "--json"])
      #expect(careless.status == 0)
      #expect(careless.report?["traffic"]["requests"]["succeeded"].integer == 20)
    }

    @Test("Another host's certificate, an unknown authority and a port without TLS are named")
    func reasons() throws {
      let nginx = try NginxTLS(certificates.issue("other.test"))
      let url = "https://localhost:\(nginx.port)/"
      let other = try tool.run(["fairness", url, "--quiet", "--cacert", certificates.authority])
      #expect(other.status == 3)
      #expect(other.messages.contains(": tls: hostname mismatch (the certificate is for CN=other.test)\n"))
      let unknown = try tool.run(["load", url, "--quiet"])
      #expect(unknown.status == 3)
      #expect(unknown.messages.contains(": tls: unable to get local issuer certificate\n"))
      let backends = try NginxBackends(["app-1"])
      let plain = try tool.run(["load", "https://localhost:\(backends.ports[0])/", "--quiet"])
      #expect(plain.status == 3)
      #expect(plain.messages.contains(": no TLS is spoken at this port\n"))
      withExtendedLifetime(backends) {}
    }

    @Test("A file that cannot be read is bad usage; so it says in a profile")
    func files() throws {
      let outcome = try tool.run(["load", "https://localhost/", "--cacert", "nowhere.pem"])
      #expect(outcome.status == 2)
      #expect(
        outcome.messages.contains(
          "error: the certificates to trust in 'nowhere.pem' cannot be read: \(SystemWording.noSuchFile)\n"))
      _ = try tool.folder.write(
        "{ target: 'https://localhost/', cacert: 'nowhere.pem', tlsResumption: false, insecure: true }", to: "tls.json5"
      )
      let profile = try tool.run(["load", "--profile", "tls.json5", "--print-profile"])
      #expect(profile.status == 0 && profile.output.contains("\"tlsResumption\": false"), "\(profile.messages)")
      #expect(try tool.run(["load", "--profile", "tls.json5"]).status == 2)
    }

    @Test("Without OpenSSL https:// alone is refused, and the package is named")
    func noLibrary() throws {
      _ = try tool.folder.write("", to: "libssl.so.3")
      let environment = ["LD_LIBRARY_PATH": tool.folder.path]
      let outcome = try tool.run(["load", "https://localhost/", "--quiet"], environment: environment)
      #expect(outcome.status == 3)
      #expect(outcome.messages.hasPrefix("error: https:// needs OpenSSL 3 ("))
      #expect(outcome.messages.contains("libssl.so.3"))
      #expect(outcome.messages.hasSuffix("; on Debian: apt-get install libssl3\n"))
      let backends = try NginxBackends(["app-1"])
      let plain = try tool.run(
        ["load", "http://127.0.0.1:\(backends.ports[0])/", "-n", "20", "--quiet"], environment: environment)
      #expect(plain.status == 0)
      withExtendedLifetime(backends) {}
    }
  }
}
