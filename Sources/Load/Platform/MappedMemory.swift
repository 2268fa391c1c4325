internal import Glibc

/// Pages of memory, zeroed or shared with the kernel through a descriptor, that are given back when the value ends.
struct MappedMemory: ~Copyable {
  let start: UnsafeMutableRawPointer
  let size: Int

  /// Zeroed pages of this process alone; `nil` if there is no memory.
  init?(size: Int) {
    self.init(size: size, flags: MAP_PRIVATE | MAP_ANONYMOUS, descriptor: -1, offset: 0)
  }

  /// Pages that a descriptor stands for; `nil` with `errno` set if they cannot be mapped.
  init?(size: Int, of descriptor: borrowing OwnedDescriptor, at offset: Int) {
    self.init(size: size, flags: MAP_SHARED | MAP_POPULATE, descriptor: descriptor.number, offset: offset)
  }

  private init?(size: Int, flags: Int32, descriptor: Int32, offset: Int) {
    guard let start = mmap(nil, size, PROT_READ | PROT_WRITE, flags, descriptor, offset), start != MAP_FAILED
    else { return nil }
    self.start = start
    self.size = size
  }

  deinit { munmap(start, size) }
}

/// A file descriptor that is closed when the value ends.
struct OwnedDescriptor: ~Copyable {
  let number: Int32

  init(_ number: Int32) { self.number = number }

  deinit { close(number) }
}
