internal import Load
internal import Platform
internal import Report

/// The outcome of one request of a watch, with the names of who answered. Times are from the watch's start.
struct WatchedRequest: Equatable {
  var record: RequestRecord
  /// `nil` where the answer named none.
  var backend: String?
  var generation: String?

  init(_ record: RequestRecord, backend: String? = nil, generation: String? = nil) {
    self.record = record
    self.backend = backend
    self.generation = generation
  }

  var due: Nanoseconds { record.due }
  var hasFailed: Bool { record.failure != nil }
}

/// What a detector saw, and when it happened.
struct Sighting: Equatable {
  let time: Nanoseconds
  let kind: WatchEvent.Kind

  init(_ time: Nanoseconds, _ kind: WatchEvent.Kind) {
    self.time = time
    self.kind = kind
  }
}

extension Nanoseconds {
  /// The time since an earlier one, in seconds; 0 if that was later.
  func seconds(since earlier: Nanoseconds) -> Double { Double(self - Swift.min(self, earlier)) / 1e9 }
}
