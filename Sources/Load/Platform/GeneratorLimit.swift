internal import Glibc
internal import Platform

/// What this machine, not the target, ran out of when a connection could not be opened, and the remedy.
enum GeneratorLimit {
  /// - Parameters:
  ///   - number: the errno for which ``Socket/failure(ofConnecting:)`` has no failure of the target.
  ///   - count: how many connections could be opened before.
  static func text(_ number: Int32, afterConnections count: Int) -> String {
    let after = count == 0 ? "" : " after \(count) connections"
    switch number {
    case EADDRNOTAVAIL:
      // Without a single connection the reason may as well be a host without an address of that family.
      return "this machine has no local port\(count == 0 ? " or address" : "") left to connect from\(after)"
        + (portRange.map { " (net.ipv4.ip_local_port_range is \($0))" } ?? "")
        + ": reuse connections (fewer --fresh-connections), widen that range, set net.ipv4.tcp_tw_reuse=1, or give the target "
        + "more addresses"
    case EMFILE:
      return "this process may open no more files\(after): raise the limit (ulimit -n) or use fewer --connections"
    case ENFILE:
      return "this machine has no more open files\(after): raise fs.file-max or use fewer --connections"
    case ENOSPC:
      return
        "this machine may watch no more sockets\(after): raise fs.epoll.max_user_watches or use fewer --connections"
    default:
      return "this machine cannot open another connection\(after): \(SystemError.message(for: number))"
    }
  }

  /// As the system writes it, such as `32768-60999`.
  private static var portRange: String? {
    let descriptor = open("/proc/sys/net/ipv4/ip_local_port_range", O_RDONLY | O_CLOEXEC)
    // Where no more files can be opened, the text omits it.
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = read(descriptor, &bytes, bytes.count)
    guard count > 0 else { return nil }
    let ends = String(decoding: bytes[..<count], as: UTF8.self).split(whereSeparator: \.isWhitespace)
    return ends.count == 2 ? "\(ends[0])-\(ends[1])" : nil
  }
}
