import Glibc
import HTTP
import Load
import Support
import Synchronization
import Testing

@Suite struct CookieRunTests {
  /// A server that gives each visitor without a cookie the next number, and notes what every connection was sent.
  private final class Server: Sendable {
    private let seen = Mutex<(next: Int, connections: [[String?]])>((0, []))

    var connections: [[String?]] { seen.withLock { $0.connections } }

    func serve(_ connection: ScriptedConnection, requests: Int = .max) {
      let number = seen.withLock { seen in
        seen.connections.append([])
        return seen.connections.count - 1
      }
      for _ in 0..<requests {
        guard let request = connection.readHead() else { return }
        let cookie = request.split(separator: "\r\n").first { $0.lowercased().hasPrefix("cookie: ") }
        let fresh = seen.withLock { seen -> Int? in
          seen.connections[number].append(cookie.map { String($0.dropFirst(8)) })
          guard cookie == nil else { return nil }
          defer { seen.next += 1 }
          return seen.next
        }
        let field = fresh.map { "Set-Cookie: n=\($0); Path=/\r\nset-cookie: p=1; Path=/else\r\n" } ?? ""
        connection.send("HTTP/1.1 200 OK\r\n\(field)Content-Length: 2\r\n\r\nok")
        if request.contains("Connection: close") { return }
      }
    }
  }

  private func run(
    _ requests: Int, connections: Int, fresh: Double = 0, keeps: Bool = true, requestsPerConnection: Int = .max
  ) throws -> [[String?]] {
    let seen = Server()
    let server = try ScriptedServer { seen.serve($0, requests: requestsPerConnection) }
    var plan = try Plan.toLoopback(server.port, requests: requests, connections: connections)
    plan.freshShare = fresh
    plan.keepsCookies = keeps
    let measured = try Run(plan).measure()
    #expect(measured.succeeded == requests)
    return seen.connections
  }

  @Test("Each kept connection sends back the cookie that it was given, and none of another's or for another path")
  func kept() throws {
    let connections = try run(200, connections: 4)
    #expect(connections.count == 4)
    var own: Set<String> = []
    for sent in connections {
      #expect(sent.first == .some(nil) && Set(sent.dropFirst()).count == 1)
      own.insert((sent.last ?? nil) ?? "none")
    }
    #expect(own == ["n=0", "n=1", "n=2", "n=3"])
  }

  @Test("A kept connection that had to be opened anew is the same visitor")
  func reopened() throws {
    let connections = try run(30, connections: 1, requestsPerConnection: 10)
    #expect(connections.count >= 3 && connections[0].first == .some(nil))
    #expect(Set(connections.flatMap(\.self).dropFirst()) == ["n=0"])
  }

  @Test("Each connection of its own is a new visitor")
  func fresh() throws {
    #expect(try run(60, connections: 3, fresh: 1).allSatisfy { $0 == [nil] })
  }

  @Test("Unless it is asked for, no cookie is sent back")
  func off() throws {
    #expect(try run(60, connections: 2, keeps: false).flatMap(\.self).allSatisfy { $0 == nil })
  }

  @Test("Cookies go beside the user's own")
  func beside() throws {
    let seen = Server()
    let server = try ScriptedServer { connection in
      _ = connection.readHead()
      connection.send("HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")
      seen.serve(connection, requests: 1)
    }
    var plan = try Plan.toLoopback(server.port, requests: 2, connections: 1)
    plan.templates = [try RequestTemplate(path: "/", headers: [HeaderField(name: "Cookie", value: "theme=dark")])]
    plan.keepsCookies = true
    _ = try Run(plan).measure()
    #expect(seen.connections == [["theme=dark; a=b"]])
  }
}
