internal import Glibc
internal import Platform

/// Reads and discards the output of processes that outlived the command which started them, so that none of them blocks on a
/// full pipe or ends by SIGPIPE while this process runs.
enum OutputDrain {
  /// Takes over the reading ends of pipes and closes each once it has no writer.
  static func takeOver(_ descriptors: [Int32]) {
    for descriptor in descriptors {
      // Without a thread the pipe stays open: its writer blocks once it is full, but is not killed.
      try? KernelThread(named: "output-drain") { drain(descriptor) }.detach()
    }
  }

  private static func drain(_ descriptor: Int32) {
    withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
      while true {
        let count = System.read(descriptor, into: buffer)
        if count == -Int(EAGAIN) {
          System.wait(for: .reading, of: [descriptor], until: nil)
        } else if count <= 0 {
          break
        }
      }
    }
    System.close(descriptor)
  }
}
