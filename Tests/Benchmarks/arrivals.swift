// A server on one thread that notes when each request arrives, in its kernel and here, and when it was answered, and
// answers at once.
//
//   arrivals PORT FILE     SIGTERM ends it and writes these three times, in ns, for each request a line
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

struct Times {
  var kernel, read, answered: UInt64
}
var requests: [Times] = []
requests.reserveCapacity(2_000_000)

func now() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_REALTIME, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Receives, and says when the last byte reached the kernel; 0 where that is not known.
func receive(_ descriptor: Int32, _ buffer: inout [UInt8]) -> (count: Int, kernel: UInt64) {
  var control = (UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0))
  let room = MemoryLayout.size(ofValue: control)
  return buffer.withUnsafeMutableBytes { bytes in
    withUnsafeMutableBytes(of: &control) { control in
      var vector = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
      return withUnsafeMutablePointer(to: &vector) { vector in
        var message = msghdr()
        (message.msg_iov, message.msg_iovlen) = (vector, 1)
        (message.msg_control, message.msg_controllen) = (control.baseAddress, room)
        let count = recvmsg(descriptor, &message, 0)
        let words = control.bindMemory(to: UInt64.self)
        // A cmsghdr of two words, then a timespec.
        let isStamped = message.msg_controllen >= 32 && Int32(truncatingIfNeeded: words[1] >> 32) == SO_TIMESTAMPNS
        return (count, isStamped ? words[2] * 1_000_000_000 + words[3] : 0)
      }
    }
  }
}
let answer = Array("HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 2\r\n\r\nok".utf8)
var buffer = [UInt8](repeating: 0, count: 65_536)
while !isEnding {
  guard poll(&watched, nfds_t(watched.count), 1000) > 0 else { continue }
  for index in watched.indices where watched[index].revents != 0 {
    let descriptor = watched[index].fd
    if descriptor == listener {
      let accepted = accept(listener, nil, nil)
      setsockopt(accepted, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
      setsockopt(accepted, SOL_SOCKET, SO_TIMESTAMPNS, &one, 4)
      watched.append(pollfd(fd: accepted, events: Int16(POLLIN), revents: 0))
      continue
    }
    let (count, kernel) = receive(descriptor, &buffer)
    guard count > 0 else {
      close(descriptor)
      watched[index].fd = -1
      continue
    }
    let read = now()
    // A request ends with an empty line; these have no body.
    for position in 3..<max(3, count)
    where buffer[position] == 10 && buffer[position - 1] == 13 && buffer[position - 2] == 10 {
      _ = send(descriptor, answer, answer.count, 0)
      requests.append(Times(kernel: kernel, read: read, answered: now()))
    }
  }
}
let file = fopen(CommandLine.arguments[2], "w")!
for request in requests { fputs("\(request.kernel) \(request.read) \(request.answered)\n", file) }
fclose(file)
