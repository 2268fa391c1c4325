internal import Glibc
internal import Platform

/// Runs a command to its end, or ends it, with all that it printed.
///
/// The command gets a process group of its own, so that Ctrl-C in a terminal does not reach it and so that it
/// can be ended together with everything it started. That is done on a timeout or a stop: what a command that
/// ended by itself left in the background goes on running, as a service that a script started, and so does a process that moved to
/// another group, as daemons do.
///
///     let outcome = CommandRunner.run(ManagerCommand(["pm2", "jlist"]), timeout: .seconds(10), stop: { false })
package enum CommandRunner {
  /// How much is kept of each of the two outputs, in bytes.
  package static let usualCapture = 64 * 1024

  /// As much as a pipe holds, in bytes.
  package static let mostInput = 64 * 1024

  /// How long a command may take to end after SIGTERM, in nanoseconds.
  private static let grace: UInt64 = 1_000_000_000

  /// How long the outputs may stay open after the command's own end, in nanoseconds.
  private static let patience: UInt64 = 200_000_000

  /// Runs the command, which blocks the calling thread.
  ///
  /// - Parameters:
  ///   - timeout: after which it is ended: by SIGTERM, and by SIGKILL a second later.
  ///   - input: what it reads on standard input, at most ``mostInput`` bytes; `nil` for nothing.
  ///   - capture: how many bytes are kept of each output, half of them from its beginning and half from its end.
  ///   - stop: asked about every 10 ms; true ends the command as the timeout does.
  package static func run(
    _ command: ManagerCommand, timeout: Duration, input: String? = nil, capture: Int = usualCapture, stop: () -> Bool
  ) -> CommandOutcome {
    let startedAt = MonotonicClock.now()
    func failure(_ reason: String) -> CommandOutcome {
      CommandOutcome(
        ending: .couldNotStart(reason), timedOut: false, stopped: false, leftBehind: false,
        output: CapturedOutput(limit: capture), errors: CapturedOutput(limit: capture),
        startedAt: startedAt, duration: MonotonicClock.now() - startedAt)
    }

    if let reason = reasonToRefuse(command) { return failure(reason) }
    var streams: [OutputStream] = []
    switch start(command, input, &streams, limit: capture) {
    case .failure(let error):
      streams.forEach { System.close($0.descriptor) }
      return failure(error.call == "pipe2" ? error.message : reason(for: error.code, command))
    case .success(let group):
      let watch = supervise(group, &streams, deadline: startedAt + timeout.nanoseconds, stop: stop)
      Leftovers.drop(group: group.leader)
      let open = watch.leftBehind ? streams.filter { !$0.hasEnded }.map(\.descriptor) : []
      streams.forEach { if !open.contains($0.descriptor) { System.close($0.descriptor) } }
      OutputDrain.takeOver(open)
      let ending: CommandOutcome.Ending =
        switch group.reap() {
        case .exited(let status): .exited(status)
        case .signalled(let signal): .signalled(signal)
        case .unknown: .exited(255)
        }
      return CommandOutcome(
        ending: ending, timedOut: watch.timedOut, stopped: watch.stopped, leftBehind: watch.leftBehind,
        output: streams[0].captured, errors: streams[1].captured,
        startedAt: startedAt, duration: (watch.endedAt ?? MonotonicClock.now()) - startedAt)
    }
  }

  // MARK: Supervising

  private struct Watch {
    var timedOut = false
    var stopped = false
    var leftBehind = false
    var endedAt: UInt64?
  }

  /// Reads until the command has ended, or its group has been ended; the leader is left to be reaped.
  private static func supervise(
    _ group: ProcessGroup, _ streams: inout [OutputStream], deadline: UInt64, stop: () -> Bool
  ) -> Watch {
    var watch = Watch()
    var killAt: UInt64?
    while true {
      for index in streams.indices { streams[index].read() }
      // Looked at before the last reading, so that nothing it printed just before its end is missed.
      if watch.endedAt == nil, group.hasEnded {
        watch.endedAt = MonotonicClock.now()
        continue
      }
      let isSilent = streams.allSatisfy(\.hasEnded)
      if watch.endedAt != nil, isSilent { break }

      let now = MonotonicClock.now()
      if let killAt {
        if now >= killAt { break }
      } else if let endedAt = watch.endedAt {
        if now >= endedAt + patience {
          watch.leftBehind = true
          break
        }
      } else {
        watch.stopped = stop()
        watch.timedOut = !watch.stopped && now >= deadline
        if watch.stopped || watch.timedOut {
          terminate(group)
          killAt = now + grace
        }
      }
      let open = streams.filter { !$0.hasEnded }.map(\.descriptor)
      let next = MonotonicClock.now() + 10_000_000
      if watch.endedAt == nil {
        group.waitForEnd(orReading: open, until: next)
      } else {
        System.wait(for: .reading, of: open, until: next)
      }
    }

    // Background processes may stay, as a started service does, unless the command itself was ended.
    if killAt != nil {
      group.signal(SIGKILL)
      while watch.endedAt == nil {
        if group.waitForEnd(until: MonotonicClock.now() + 1_000_000_000) { watch.endedAt = MonotonicClock.now() }
      }
      for index in streams.indices { streams[index].read() }
    }
    return watch
  }

  /// Asks all of the group to end; stopped processes are continued for it.
  private static func terminate(_ group: ProcessGroup) {
    group.signal(SIGTERM)
    group.signal(SIGCONT)
  }

  /// The reading end of a pipe with what came out of it.
  private struct OutputStream {
    let descriptor: Int32
    var captured: CapturedOutput
    var hasEnded = false

    init(_ descriptor: Int32, limit: Int) {
      self.descriptor = descriptor
      captured = CapturedOutput(limit: limit)
    }

    /// Reads what is there, but at most 1 MiB, so that a flood of output does not delay the deadline.
    mutating func read() {
      guard !hasEnded else { return }
      withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
        for _ in 0..<16 {
          let count = System.read(descriptor, into: buffer)
          if count == -Int(EAGAIN) { return }
          if count <= 0 {
            hasEnded = true
            return
          }
          captured.append(buffer[..<count])
        }
      }
    }
  }

  // MARK: Starting

  /// Starts the command; `streams` get the reading ends of its outputs in any case.
  private static func start(
    _ command: ManagerCommand, _ input: String?, _ streams: inout [OutputStream], limit: Int
  ) -> Result<ProcessGroup, SystemError> {
    var ends: [Int32] = []
    var reading: Int32?
    defer { (ends + [reading ?? -1]).forEach(System.close) }
    do throws(SystemError) {
      if let input {
        let pipe = try System.pipe()
        reading = pipe.reading
        if input.utf8.count <= mostInput { System.write(input, to: pipe.writing) }
        System.close(pipe.writing)
      }
      for _ in 0..<2 {
        let pipe = try System.pipe(isNonBlocking: true)
        streams.append(OutputStream(pipe.reading, limit: limit))
        ends.append(pipe.writing)
      }
    } catch {
      return .failure(error)
    }
    let environment = environment(adding: command.environment)
    return Leftovers.addGroup {
      let started = Result { () throws(SystemError) in
        try ProcessGroup(
          command.arguments[0], command.arguments, environment: environment,
          workingDirectory: command.workingDirectory, descriptors: [reading, ends[0], ends[1]])
      }
      return (started, try? started.get().leader)
    }
  }

  private static func reasonToRefuse(_ command: ManagerCommand) -> String? {
    guard let program = command.arguments.first, !program.isEmpty else { return "the command is empty" }
    let variables = command.environment.flatMap { [$0.key, $0.value] }
    let texts = command.arguments + variables + [command.workingDirectory ?? ""]
    if texts.contains(where: { $0.utf8.contains(0) }) { return "the command has a NUL character" }
    if let name = command.environment.keys.first(where: { $0.isEmpty || $0.utf8.contains(UInt8(ascii: "=")) }) {
      return "“\(name)” cannot be the name of an environment variable"
    }
    return nil
  }

  private static func reason(for code: Int32, _ command: ManagerCommand) -> String {
    if let folder = command.workingDirectory {
      var status = stat()
      if stat(folder, &status) != 0 { return "\(folder): \(SystemError.message(for: errno))" }
      if status.st_mode & S_IFMT != S_IFDIR { return "\(folder): \(SystemError.message(for: ENOTDIR))" }
    }
    return "\(command.arguments[0]): \(SystemError.message(for: code))"
  }

  /// This process's environment with some of it replaced, each as `NAME=value`.
  private static func environment(adding additions: [String: String]) -> [String] {
    var result = additions.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    var entry = environ
    while let pointer = entry.pointee {
      let text = String(cString: pointer)
      let name = String(decoding: text.utf8.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self)
      if additions[name] == nil { result.append(text) }
      entry += 1
    }
    return result
  }
}
