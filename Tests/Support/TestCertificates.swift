import Foundation

/// Certificates that the openssl command makes in a folder of the test's own, all signed by one authority.
package final class TestCertificates: Sendable {
  package let folder: TemporaryFolder
  package var authority: String { folder.path + "/authority.pem" }

  /// A certificate and its key, as the paths of PEM files.
  package struct Pair: Sendable {
    package let certificate: String
    package let key: String
  }

  package init() throws {
    folder = try TemporaryFolder()
    try openssl(
      ["req", "-x509"] + Self.newKey(to: folder.path + "/authority.key")
        + ["-subj", "/CN=Test Authority/O=lbcheck", "-days", "30", "-out", authority])
  }

  /// A certificate for a name or an address.
  ///
  /// - Parameters:
  ///   - days: how long from now it is valid; negative for one that has expired.
  ///   - issuer: who signs it in place of the authority; the certificate's file then holds the issuer's as well.
  package func issue(_ name: String, days: Int = 30, by issuer: Pair? = nil) throws -> Pair {
    let isAddress = name.allSatisfy { $0.isNumber || $0 == "." || $0 == ":" }
    let pair = try issue(
      name, "\(name)-\(days)\(issuer == nil ? "" : "-chain")", days,
      "subjectAltName=\(isAddress ? "IP" : "DNS"):\(name)",
      by: issuer)
    guard let issuer else { return pair }
    let chain = try [pair, issuer].map { try String(contentsOfFile: $0.certificate, encoding: .utf8) }.joined()
    return Pair(
      certificate: try folder.write(chain, to: "\(name)-\(days)-with-issuer.pem"), key: pair.key)
  }

  /// A certificate that has a name only as its subject's, as before subjectAltName.
  package func issueWithoutAlternativeName(_ name: String) throws -> Pair {
    try issue(name, "\(name)-subject", 30, "basicConstraints=CA:FALSE")
  }

  /// An authority of its own that the first one has signed.
  package func intermediate() throws -> Pair {
    try issue("Test Intermediate", "intermediate", 30, "basicConstraints=critical,CA:TRUE")
  }

  private func issue(
    _ name: String, _ file: String, _ days: Int, _ extensions: String, by issuer: Pair? = nil
  ) throws -> Pair {
    let base = "\(folder.path)/\(file)"
    let names = try folder.write(extensions + "\n", to: file + ".ext")
    try openssl(["req", "-new"] + Self.newKey(to: base + ".key") + ["-subj", "/CN=\(name)", "-out", base + ".csr"])
    try openssl([
      "x509", "-req", "-in", base + ".csr", "-CA", issuer?.certificate ?? authority, "-CAkey",
      issuer?.key ?? folder.path + "/authority.key", "-CAcreateserial", "-days", "\(days)", "-extfile", names, "-out",
      base + ".pem",
    ])
    return Pair(certificate: base + ".pem", key: base + ".key")
  }

  /// A certificate for a name that nobody but itself has signed.
  package func selfSigned(_ name: String) throws -> Pair {
    let base = "\(folder.path)/\(name)-self"
    try openssl(
      ["req", "-x509"] + Self.newKey(to: base + ".key")
        + ["-subj", "/CN=\(name)", "-addext", "subjectAltName=DNS:\(name)", "-days", "30", "-out", base + ".pem"])
    return Pair(certificate: base + ".pem", key: base + ".key")
  }

  private static func newKey(to file: String) -> [String] {
    ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", file]
  }

  private func openssl(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
    process.arguments = arguments
    let errors = Pipe()
    process.standardError = errors
    process.standardOutput = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl") else {
      throw TestFailure("openssl is missing: apt-get install openssl")
    }
    try process.run()
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw TestFailure("openssl \(arguments.joined(separator: " ")): \(text)")
    }
  }
}

/// nginx that speaks TLS: it answers `X-Backend: app-1` and logs every request with whether its session was taken up.
package final class NginxTLS: Sendable {
  package let port: UInt16
  package let server: ServerProcess
  /// For `extra`: has /shared answered by the upstream, which `X-Upstream-Addr` names.
  package static let sharedPath =
    "location /shared { proxy_pass http://app/; add_header X-Upstream-Addr $upstream_addr always; proxy_hide_header X-Backend; }"
  private let folder: TemporaryFolder

  /// - Parameters:
  ///   - protocols: as nginx names them, such as `TLSv1.2`.
  ///   - clients: the authority that clients need a certificate of; `nil` asks for none.
  ///   - ipv6: whether it listens on [::1] as well.
  ///   - upstream: the lines of an `upstream app` block; empty for none.
  ///   - extra: further lines of the server block.
  package init(
    _ pair: TestCertificates.Pair, protocols: String = "TLSv1.2 TLSv1.3", clients: String? = nil,
    ipv6: Bool = false, upstream: String = "", extra: String = ""
  ) throws {
    port = FreePort.reserve()
    folder = try TemporaryFolder()
    let configuration = """
      log_format tls '$ssl_protocol $ssl_session_reused $connection $ssl_server_name $status';
      \(upstream.isEmpty ? "" : "upstream app { \(upstream) keepalive 64; }")
      server {
        listen 127.0.0.1:\(port) ssl;
        \(ipv6 ? "listen [::1]:\(port) ssl;" : "")
        access_log \(folder.path)/access.log tls;
        ssl_certificate \(pair.certificate);
        ssl_certificate_key \(pair.key);
        ssl_protocols \(protocols);
        \(clients.map { "ssl_client_certificate \($0); ssl_verify_client on;" } ?? "")
        \(extra)
        location / { add_header X-Backend app-1; default_type text/plain; return 200 "hello\\n"; }
      }
      """
    let file = try folder.write(Nginx.configuration(in: folder, workers: 1, http: configuration), to: "nginx.conf")
    server = try Nginx.start(file, in: folder, ports: [port])
  }

  /// The lines of the access log: protocol, `r` for a resumed session or `.`, connection, name, status.
  package func log(atLeast count: Int) throws -> [[String]] {
    for _ in 0..<200 {
      let lines = (folder.read("access.log") ?? "").split(separator: "\n")
      if lines.count >= count { return lines.map { $0.split(separator: " ").map(String.init) } }
      usleep(10_000)
    }
    return (folder.read("access.log") ?? "").split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
  }
}
