import Load
import Testing

@Suite struct SourceAddressesTests {
  private let loopback = [SocketAddress("127.0.0.1", port: 80)!]

  @Test("On loopback each of many clients has an address of its own, and none is a network's or a broadcast's")
  func distinct() throws {
    let sources = SourceAddresses(given: [], to: loopback)
    var seen: Set<String> = []
    for client in 0..<20_000 {
      let host = try #require(sources.address(of: client)?.host)
      let last = host.split(separator: ".").last
      #expect(host.hasPrefix("127.") && last != "0" && last != "255" && seen.insert(host).inserted, "\(host)")
    }
    #expect(seen.contains(try #require(sources.address(notOf: 5, among: 100)?.host)))
    #expect(sources.address(notOf: 5, among: 100) == sources.address(of: 105))
  }

  @Test("Neighbours differ in their bits as much as chance makes them")
  func mixed() throws {
    let sources = SourceAddresses(given: [], to: loopback)
    // nginx's ip_hash reads the first three bytes and takes the remainder by 6,271; two backends share its even and odd values.
    func hash(_ client: Int) -> Int {
      let host = sources.address(of: client)!.host
      return host.split(separator: ".").prefix(3).reduce(89) { ($0 * 113 + Int($1)!) % 6271 }
    }
    for buckets in [2, 3, 5] {
      var counts = Array(repeating: 0, count: buckets)
      for client in 0..<3000 { counts[hash(client) % buckets] += 1 }
      // Five standard deviations of a fair draw.
      let deviation = (3000 / Double(buckets) * (1 - 1 / Double(buckets))).squareRoot()
      #expect(counts.allSatisfy { abs(Double($0) - 3000 / Double(buckets)) < 5 * deviation }, "\(buckets): \(counts)")
    }
  }

  @Test("Addresses that are given are taken in turn, each once")
  func listed() {
    let given = ["127.0.0.2", "127.0.0.3", "127.0.0.2"].map { SocketAddress($0, port: 0)! }
    let sources = SourceAddresses(given: given, to: loopback)
    #expect(sources.count == 2)
    #expect((0..<3).map { sources.address(of: $0)?.host } == ["127.0.0.2", "127.0.0.3", "127.0.0.2"])
    #expect(sources.address(notOf: 4, among: 200) != sources.address(of: 4))
  }

  @Test("Elsewhere the system chooses", arguments: ["192.0.2.7", "::1"])
  func elsewhere(host: String) {
    let sources = SourceAddresses(given: [], to: loopback + [SocketAddress(host, port: 80)!])
    #expect(sources.count == 1 && sources.address(of: 3) == nil && sources.address(notOf: 3, among: 9) == nil)
  }
}
