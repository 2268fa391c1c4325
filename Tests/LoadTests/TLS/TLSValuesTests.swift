import Foundation
import Glibc
import HTTP
import Support
import Testing

@testable import Load

@Suite struct TLSValuesTests {
  @Test(
    "The reason is the last part of OpenSSL's error text",
    arguments: [
      ("error:0A00010B:SSL routines::wrong version number", "wrong version number"),
      ("error:80000002:system library::No such file or directory", "No such file or directory"),
      ("error:0A000086:SSL routines:tls_post_process:certificate verify failed", "certificate verify failed"),
      ("error:0A000126:SSL routines::one: with a colon", "one: with a colon"),
      ("error:00000001:lib(0)::", "error:00000001:lib(0)::"), ("no error at all", "no error at all"), ("", ""),
    ])
  func reason(text: String, reason: String) {
    #expect(OpenSSL.reason(in: text) == reason)
  }

  @Test("Only what plain HTTP looks like to OpenSSL is explained")
  func explained() {
    #expect(
      TLSSession.explained(.init(number: 267, text: "wrong version")) == "wrong version: no TLS is spoken at this port")
    #expect(TLSSession.explained(.init(number: 258, text: "unsupported protocol")) == "unsupported protocol")
  }

  @Test("A pipe is not read as a certificate, an authority's or a key, whoever writes into it")
  func pipes() throws {
    let certificates = try TestCertificates()
    let pair = try certificates.issue("localhost")
    let folder = try TemporaryFolder()
    let pipe = folder.path + "/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    // The writer may come when nobody reads any more.
    signal(SIGPIPE, SIG_IGN)
    let content = try #require(FileManager.default.contents(atPath: pair.certificate))
    // Whoever opens the pipe gets a certificate.
    Thread.detachNewThread {
      for _ in 0..<3 {
        let descriptor = open(pipe, O_WRONLY)
        _ = content.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
      }
    }
    defer { close(open(pipe, O_RDONLY | O_NONBLOCK)) }
    var (authorities, certificate, key) = (TLSSettings(), TLSSettings(), TLSSettings())
    authorities.authorities = pipe
    certificate.certificate = pipe
    certificate.key = pair.key
    key.certificate = pair.certificate
    key.key = pipe
    for settings in [authorities, certificate, key] {
      let error = #expect(throws: LoadError.self) { try settings.check() }
      #expect(error?.description.hasSuffix("'\(pipe)' cannot be read: not a regular file") == true, "\(error as Any)")
    }
  }

  @Test("Handshakes of several workers add up, and each kind stands once")
  func handshakes() {
    var all = TLSHandshakes()
    var one = TLSHandshakes()
    one.full = 2
    one.resumed = 3
    one.add("1.3, A")
    one.add("1.3, A")
    all.add(one)
    one.add("1.2, B")
    all.add(one)
    #expect(all.full == 4 && all.resumed == 6 && all.kinds == ["1.3, A", "1.2, B"])
  }

  @Test("A library that is not there, and one that is another, are named with the package to install")
  func library() {
    for name in ["libnowhere.so.3", "libm.so.6"] {
      guard case .failure(.noTLS(let text)) = OpenSSL.open(name) else {
        Issue.record("\(name) was taken for OpenSSL")
        continue
      }
      #expect(text.contains(name) && text.hasSuffix("on Debian: apt-get install libssl3"))
    }
  }

  @Test(
    "Names go without a last dot and addresses are known as such",
    arguments: [
      ("https://localhost./", "localhost", false), ("https://[::1]/", "::1", true),
      ("https://127.0.0.1/", "127.0.0.1", true),
    ])
  func names(url: String, host: String, isAddress: Bool) throws {
    let client = try #require(try TLSClient.speaking(to: Target(url), TLSSettings()))
    #expect(client.host == host && client.isAddress == isAddress)
    #expect(try TLSClient.speaking(to: Target("http://localhost/"), TLSSettings()) == nil)
  }

  @Test("Contexts are made once for the same settings")
  func contexts() throws {
    var careless = TLSSettings()
    careless.verifies = false
    let first = try TLSContext.shared(for: careless)
    #expect(try TLSContext.shared(for: careless) === first)
    #expect(try TLSContext.shared(for: TLSSettings()) !== first)
  }
}
