internal import CLinux
internal import Glibc
internal import Platform

/// One epoll instance, edge-triggered: a descriptor is added once for its whole life.
///
/// A token is any 64-bit value; it comes back with each event of its descriptor.
struct EventQueue: ~Copyable {
  private let descriptor: Int32
  private let events: UnsafeMutablePointer<epoll_event>
  private static let capacity: Int32 = 256

  init() throws(LoadError) {
    descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard descriptor >= 0 else {
      throw .generatorLimit("cannot create an event queue: \(SystemError.message(for: errno))")
    }
    events = .allocate(capacity: Int(EventQueue.capacity))
  }

  deinit {
    close(descriptor)
    events.deallocate()
  }

  /// Reports all changes of a socket from now on; returns 0 or the errno.
  func add(_ socket: Int32, token: UInt64) -> Int32 {
    var event = epoll_event()
    event.events = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
    event.data.u64 = token
    return epoll_ctl(descriptor, EPOLL_CTL_ADD, socket, &event) == 0 ? 0 : errno
  }

  struct Event {
    let token: UInt64
    /// Whether the peer sends no more; no further event may come, so all has to be read now.
    let hasEnded: Bool
  }

  /// Waits up to `timeout` nanoseconds; returns how many events there are, 0 if none or interrupted.
  func wait(_ timeout: Nanoseconds) -> Int {
    let count = clinux_epoll_wait(descriptor, events, EventQueue.capacity, Int64(min(timeout, 1 << 40)))
    return count > 0 ? Int(count) : 0
  }

  @inline(__always)
  func event(_ index: Int) -> Event {
    let ends = EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue
    return Event(token: events[index].data.u64, hasEnded: events[index].events & ends != 0)
  }
}
