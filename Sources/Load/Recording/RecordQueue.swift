internal import Glibc
internal import Platform

/// Passes chunks from the workers to one thread that gives them to a sink.
///
/// It holds a fixed number of chunks. A worker that finds it full waits: no request is lost and memory stays bounded, at the
/// price of traffic that a slow sink holds up, which ``close()`` returns.
final class RecordQueue: Sendable {
  /// How many chunks may wait: some 12 MB of records.
  static let capacity = 64
  /// The same where chunks are passed on early, many times a second: about a minute of them.
  static let earlyCapacity = 1_200

  private let capacity: Int

  private nonisolated(unsafe) let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private nonisolated(unsafe) let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  // All of these are read and written with the mutex held.
  private nonisolated(unsafe) var chunks: [RecordChunk] = []
  private nonisolated(unsafe) var isClosed = false
  private nonisolated(unsafe) var waited: Nanoseconds = 0
  private nonisolated(unsafe) var thread: KernelThread?

  /// Begins at once to give chunks to the sink.
  ///
  /// - Throws: ``LoadError/noThread(_:)``.
  init(to sink: any RecordSink, capacity: Int = RecordQueue.capacity) throws(LoadError) {
    self.capacity = capacity
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
    do throws(SystemError) {
      thread = try KernelThread(named: "lbcheck-records") { [self] in
        sink.begin()
        while let chunks = next() { for chunk in chunks { sink.take(chunk) } }
      }
    } catch {
      throw .noThread(error.message)
    }
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  func put(_ chunk: RecordChunk) {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    if chunks.count >= capacity {
      let start = MonotonicClock.now()
      while chunks.count >= capacity { pthread_cond_wait(changed, mutex) }
      waited += MonotonicClock.now() - start
    }
    chunks.append(chunk)
    pthread_cond_broadcast(changed)
  }

  /// Waits until the sink has taken all.
  ///
  /// - Returns: how long workers waited for room, all together.
  func close() -> Nanoseconds {
    pthread_mutex_lock(mutex)
    isClosed = true
    pthread_cond_broadcast(changed)
    pthread_mutex_unlock(mutex)
    thread?.join()
    thread = nil
    return waited
  }

  /// All chunks that wait, once there are any; `nil` after the last.
  private func next() -> [RecordChunk]? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while chunks.isEmpty, !isClosed { pthread_cond_wait(changed, mutex) }
    guard !chunks.isEmpty else { return nil }
    defer { chunks = [] }
    pthread_cond_broadcast(changed)
    return chunks
  }
}
