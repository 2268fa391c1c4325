// A server on one thread that notes when each request arrives, to the nanosecond, and answers at once.
//
//   arrivals PORT FILE     SIGTERM ends it and writes the times, one a line
import Glibc

signal(SIGPIPE, SIG_IGN)
nonisolated(unsafe) var isEnding = false
var action = sigaction()
action.__sigaction_handler.sa_handler = { _ in isEnding = true }
sigaction(SIGTERM, &action, nil)

let port = UInt16(CommandLine.arguments[1])!
let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
var one: Int32 = 1
setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, 4)
var address = sockaddr_in()
address.sin_family = sa_family_t(AF_INET)
address.sin_port = port.bigEndian
address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
let bound = withUnsafePointer(to: &address) {
  $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, 16) }
}
guard bound == 0, listen(listener, 4096) == 0 else { exit(1) }

// A few dozen connections at most, so that poll is quick enough.
var watched = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]

var times: [UInt64] = []
times.reserveCapacity(4_000_000)
let answer = Array("HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 2\r\n\r\nok".utf8)
var buffer = [UInt8](repeating: 0, count: 65_536)
while !isEnding {
  guard poll(&watched, nfds_t(watched.count), 1000) > 0 else { continue }
  for index in watched.indices where watched[index].revents != 0 {
    let descriptor = watched[index].fd
    if descriptor == listener {
      let accepted = accept(listener, nil, nil)
      setsockopt(accepted, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
      watched.append(pollfd(fd: accepted, events: Int16(POLLIN), revents: 0))
      continue
    }
    let read = recv(descriptor, &buffer, buffer.count, 0)
    guard read > 0 else {
      close(descriptor)
      watched[index].fd = -1
      continue
    }
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    // A request ends with an empty line; these have no body.
    var requests = 0
    for position in 3..<max(3, read)
    where buffer[position] == 10 && buffer[position - 1] == 13 && buffer[position - 2] == 10 { requests += 1 }
    for _ in 0..<requests {
      times.append(UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
      _ = send(descriptor, answer, answer.count, 0)
    }
  }
}
let file = fopen(CommandLine.arguments[2], "w")!
for time in times { fputs("\(time)\n", file) }
fclose(file)
