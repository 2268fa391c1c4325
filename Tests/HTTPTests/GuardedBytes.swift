import Glibc

/// Memory whose last byte lies before a page that cannot be read: looking beyond a piece put there ends the process.
final class GuardedBytes {
  private let start: UnsafeMutableRawPointer
  private let size: Int
  private let whole: Int

  /// - Parameter capacity: the longest piece, in bytes.
  init(capacity: Int) {
    let page = sysconf(Int32(_SC_PAGESIZE))
    size = (capacity + page - 1) / page * page
    whole = size + page
    guard let start = mmap(nil, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), start != MAP_FAILED,
      mprotect(start + size, page, PROT_NONE) == 0
    else { fatalError("no memory for \(whole) guarded bytes") }
    self.start = start
  }

  deinit { munmap(start, whole) }

  /// The place for a piece of so many bytes, the last ones that can be read.
  func place(for count: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: start + size - count, count: count)
  }
}
