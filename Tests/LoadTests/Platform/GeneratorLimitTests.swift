import Glibc
import Testing

@testable import Load

@Suite struct GeneratorLimitTests {
  @Test(
    "What this machine ran out of is named, with what helps",
    arguments: [
      (EADDRNOTAVAIL, "has no local port left to connect from after 7 connections", "--fresh-connections"),
      (EMFILE, "this process may open no more files after 7 connections", "ulimit -n"),
      (ENFILE, "this machine has no more open files after 7 connections", "fs.file-max"),
      (ENOSPC, "watch no more sockets after 7 connections", "fs.epoll.max_user_watches"),
      (ENOMEM, "cannot open another connection after 7 connections", "Cannot allocate memory"),
    ])
  func texts(number: Int32, what: String, advice: String) {
    #expect(Socket.failure(ofConnecting: number) == nil, "it is held against the target")
    let text = GeneratorLimit.text(number, afterConnections: 7)
    #expect(text.contains(what) && text.contains(advice), "\(text)")
  }

  @Test("Before the first connection it may be the address that is missing")
  func first() {
    #expect(
      GeneratorLimit.text(EADDRNOTAVAIL, afterConnections: 0).hasPrefix(
        "this machine has no local port or address left to connect from (net.ipv4.ip_local_port_range is "))
  }

  @Test("More sockets than a process may open are refused with both numbers")
  func descriptors() {
    #expect {
      try Socket.reserveDescriptors(Int(Int32.max))
    } throws: { error in
      "\(error)".hasPrefix("this traffic needs up to 2147483679 open files, and this process may have ")
    }
  }
}
