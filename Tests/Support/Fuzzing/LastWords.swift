import Glibc

/// What a thread has to say should the process end by a trap or a bad access in it.
enum LastWords {
  private struct Handling: @unchecked Sendable {
    var key = pthread_key_t()
    /// What was done about each signal before, by its number.
    let earlier = UnsafeMutablePointer<sigaction>.allocate(capacity: 32)
  }

  private static let handling: Handling = {
    var handling = Handling()
    pthread_key_create(&handling.key, nil)
    // A trap is SIGILL or SIGTRAP, depending on the machine.
    for number in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { LastWords.speak($0) }
      sigaction(number, &action, handling.earlier + Int(number))
    }
    return handling
  }()

  static func say(_ text: String?) {
    let key = handling.key
    free(pthread_getspecific(key))
    pthread_setspecific(key, text.flatMap { strdup($0) })
  }

  /// Calls only what a signal handler may.
  private static func speak(_ number: Int32) {
    if let words = pthread_getspecific(handling.key) {
      write(STDERR_FILENO, words, strlen(words.assumingMemoryBound(to: CChar.self)))
    }
    // The instruction runs into it again, which then ends as it would have without this.
    sigaction(number, handling.earlier + Int(number), nil)
  }
}
