/// A TLS server in Python, for what no real one does: one connection at a time, a request on each.
package final class PythonTLS: Sendable {
  package let port: UInt16
  package let server: ServerProcess

  /// - Parameters:
  ///   - setUp: Python that changes the server's `context`.
  ///   - answer: Python that answers on `secure`, the connection; `path` and `head` are the request's.
  package init(_ certificates: TestCertificates, setUp: String = "", answer: String) throws {
    let indented = answer.split(separator: "\n").map { "        \($0)" }.joined(separator: "\n")
    let script = """
      import re, socket, ssl, struct, sys
      context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
      context.load_cert_chain(sys.argv[2], sys.argv[3])
      \(setUp)
      listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=64)
      while True:
          plain, _ = listener.accept()
          try:
              secure = context.wrap_socket(plain, server_side=True)
              head = b""
              while not head.endswith(b"\\r\\n\\r\\n"):
                  byte = secure.recv(1)
                  if not byte: raise OSError
                  head += byte
              path = head.split()[1].decode()
      \(indented)
          except OSError: pass
      """
    port = FreePort.reserve()
    let pair = try certificates.issue("localhost")
    server = try ServerProcess(
      "python3", [try certificates.folder.write(script, to: "server.py"), "\(port)", pair.certificate, pair.key],
      debianPackage: "python3", in: certificates.folder, ports: [port])
  }
}
