/// What it says when a visitor comes back.
enum Return {
  /// The backend of the time before answered.
  case kept
  /// Another one did, although that one went on answering somebody.
  case moved
  /// No backend was named, now or before, or the one before answered nobody any more.
  case unclear

  /// - Parameters:
  ///   - backend: who answered; `nil` where the answer named nobody.
  ///   - home: who did the time before.
  ///   - isPresent: whether a backend went on answering somebody.
  init(_ backend: Int?, home: Int?, isPresent: (Int) -> Bool) {
    guard let backend, let home else {
      self = .unclear
      return
    }
    self = backend == home ? .kept : isPresent(home) ? .moved : .unclear
  }
}
