import Foundation
import Glibc
import Platform
import Support
import Testing

@Suite struct ProcessGroupTests {
  private func shell(_ script: String, descriptors: [Int32?] = [nil, nil, nil]) throws -> ProcessGroup {
    try ProcessGroup("sh", ["sh", "-c", script], descriptors: descriptors)
  }

  /// All that a child writes until every writing end is closed.
  private func text(of reading: Int32) -> String {
    var bytes: [UInt8] = []
    withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
      while true {
        let count = System.read(reading, into: buffer)
        guard count > 0 else { return }
        bytes += buffer[..<count]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test(
    "An ending is the exit status or the signal, and its status as shells have it",
    arguments: [
      ("exit 0", ProcessGroup.Ending.exited(0), 0), ("exit 7", .exited(7), 7), ("kill -9 $$", .signalled(9), 137),
    ] as [(String, ProcessGroup.Ending, Int32)])
  func endings(script: String, ending: ProcessGroup.Ending, status: Int32) throws {
    let group = try shell(script)
    #expect(group.waitForEnd(until: MonotonicClock.now() + 10_000_000_000))
    // It stays there to be reaped, with its number its own.
    #expect(group.hasEnded && kill(group.leader, 0) == 0)
    #expect(group.reap() == ending && ending.status == status)
    #expect(kill(group.leader, 0) == -1 && errno == ESRCH)
    #expect(group.reap() == .unknown)
  }

  @Test("Waiting ends with the child, with something to read, or with the deadline")
  func waiting() throws {
    let pipe = try System.pipe()
    defer { System.close(pipe.reading) }
    let group = try shell("read line; echo $line; exec sleep 60", descriptors: [nil, pipe.writing, nil])
    System.close(pipe.writing)
    defer {
      group.signal(SIGKILL)
      _ = group.reap()
    }
    // The shell reads from /dev/null and prints an empty line.
    let far = MonotonicClock.now() + 60_000_000_000
    #expect(!group.waitForEnd(orReading: [pipe.reading], until: far))
    #expect(MonotonicClock.now() < far)
    let begun = MonotonicClock.now()
    #expect(!group.waitForEnd(until: begun + 30_000_000))
    #expect(MonotonicClock.now() >= begun + 30_000_000)
    group.signal(SIGTERM)
    while !group.waitForEnd(until: far) {}
    #expect(MonotonicClock.now() < far)
  }

  @Test("A signal reaches all of the group; one to the leader only the leader")
  func signals() throws {
    let pipe = try System.pipe()
    defer { System.close(pipe.reading) }
    let group = try shell("sleep 60 & echo; wait", descriptors: [nil, pipe.writing, nil])
    System.close(pipe.writing)
    // The line comes once the sleep is there.
    withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { #expect(System.read(pipe.reading, into: $0) == 1) }
    group.signalLeader(SIGKILL)
    while !group.waitForEnd(until: MonotonicClock.now() + 1_000_000_000) {}
    // The sleep still has its output open.
    #expect(!System.wait(for: .reading, of: [pipe.reading], until: MonotonicClock.now() + 50_000_000))
    group.signal(SIGKILL)
    #expect(System.wait(for: .reading, of: [pipe.reading], until: MonotonicClock.now() + 10_000_000_000))
    _ = group.reap()
  }

  @Test("The child gets the descriptors that are listed in their order, and no other")
  func descriptors() throws {
    // One that no child is to inherit is open, and one that the child could.
    let inherited = dup(0)
    defer { System.close(inherited) }
    let (one, other) = (try System.pipe(), try System.pipe())
    defer { for end in [one.reading, other.reading] { System.close(end) } }
    // Each goes where the other might be.
    let group = try shell(
      "echo third >&3; echo fourth >&4; ls /proc/self/fd >&3",
      descriptors: [nil, nil, nil, other.writing, one.writing])
    for end in [one.writing, other.writing] { System.close(end) }
    #expect(text(of: one.reading) == "fourth\n")
    // The last is the list's own.
    #expect(text(of: other.reading).split(separator: "\n") == ["third", "0", "1", "2", "3", "4", "5"])
    _ = group.reap()
  }

  @Test("The environment and the working directory are those given")
  func surroundings() throws {
    let pipe = try System.pipe()
    defer { System.close(pipe.reading) }
    let group = try ProcessGroup(
      "/bin/sh", ["sh", "-c", "echo $COLOUR; pwd"], environment: ["COLOUR=green"], workingDirectory: "/proc",
      descriptors: [nil, pipe.writing, nil])
    System.close(pipe.writing)
    #expect(text(of: pipe.reading) == "green\n/proc\n")
    _ = group.reap()
  }

  @Test("What cannot be started is an error with its number, and no descriptor is left")
  func refused() throws {
    let before = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    for program in ["/nonexistent", "no-such-program-here"] {
      #expect(throws: SystemError("posix_spawn", code: ENOENT)) {
        try ProcessGroup(program, [program], descriptors: [nil, nil, 2])
      }
    }
    #expect(throws: SystemError("fcntl", code: EBADF)) {
      try ProcessGroup("sh", ["sh"], descriptors: [nil, nil, 99_999])
    }
    // Tests beside this one may open some.
    #expect(try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count < before + 50)
    #expect(SystemError("pipe2", code: EMFILE).description == "pipe2 failed: Too many open files")
  }
}
