internal import Glibc

/// The set-up of descriptors and signals, before anything is opened.
enum StandardStreams {
  /// Opens each standard stream that the caller has closed as `/dev/null`, and makes failed writes return errors.
  ///
  /// Otherwise the first sockets would become the descriptors 0 to 2, and messages would be sent to the target. A broken
  /// pipe and a file that may not grow (`ulimit -f`) then fail a write in place of ending the process.
  static func prepare() {
    for descriptor in STDIN_FILENO...STDERR_FILENO
    where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
      // open(2) returns this number, since those below are taken.
      let opened = open("/dev/null", O_RDWR)
      if opened >= 0, opened != descriptor {
        dup2(opened, descriptor)
        close(opened)
      }
    }
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
  }
}
