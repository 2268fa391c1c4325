import Foundation
import Glibc
import Load
import Support
import Testing

@testable import Checks

/// What lies where the start-files are to be, and is none.
@Suite struct RendezvousFilesTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path + "/start" }

  init() throws { folder = try TemporaryFolder() }

  private func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }

  private func rendezvous(_ index: Int, stop: StopSignal = StopSignal()) -> ShardRendezvous {
    ShardRendezvous(
      files: RendezvousFiles(path: path), shard: Shard(index: index, count: 2)!, digest: "d", timeout: 100_000_000,
      watch: CheckWatch(stop: stop))
  }

  private func refusal(_ index: Int = 0) -> CheckError? {
    #expect(throws: CheckError.self) { try rendezvous(index).agree(first: {}) }
  }

  private var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
  }

  @Test("A time far from now is one like any other", arguments: [13_569_465_600, Int.max / 2, -13_569_465_600])
  func distantTimes(seconds: Int) throws {
    _ = try folder.write("x", to: "start.first")
    let times = [timespec(tv_sec: seconds, tv_nsec: 5), timespec(tv_sec: seconds, tv_nsec: 5)]
    #expect(utimensat(AT_FDCWD, path + ".first", times, 0) == 0)
    #expect(RendezvousFiles(path: path).modified(.first) != nil)
  }

  @Test(
    "A file that is no start-file is refused in one line, and stays as it is",
    arguments: ["", ".first"], ["x\n", "", "{}", #"{"run": "a", "names": []}"#, #"{"run": "a"}"#])
  func precious(ending: String, content: String) throws {
    try Data(content.utf8).write(to: URL(fileURLWithPath: path + ending))
    let error = refusal()
    #expect(error == .usage("--start-file: \(path)\(ending): it already exists and is not a start-file of lbcheck's"))
    #expect(text(path + ending) == content)
  }

  @Test("Nor are an answer's and a question's files taken for ones of lbcheck's that are others'")
  func preciousQuestion() throws {
    _ = try folder.write("x", to: "start.ask-2")
    try RendezvousFiles(path: path).write(RendezvousFiles.First(run: "r"), to: .first, as: "r")
    guard case .usage = refusal(1) else { Issue.record("not refused"); return }
    #expect(text(path + ".ask-2") == "x")
  }

  @Test("A link, a pipe and a folder are not replaced", arguments: ["", ".first"])
  func notRegular(ending: String) throws {
    let precious = try folder.write("x", to: "precious")
    let place = path + ending
    #expect(symlink(precious, place) == 0)
    guard case .usage = refusal() else { Issue.record("a link is not refused"); return }
    #expect((try? FileManager.default.destinationOfSymbolicLink(atPath: place)) == precious)
    #expect(unlink(place) == 0 && mkfifo(place, 0o600) == 0)
    guard case .usage = refusal() else { Issue.record("a pipe is not refused"); return }
    var status = stat()
    #expect(lstat(place, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
    #expect(text(precious) == "x")
  }

  @Test("When the first part gives up, only its reason stays")
  func givenUp() {
    guard case .unmeasurable = refusal() else { Issue.record("a part that is alone has agreed"); return }
    #expect(names == ["start"])
  }

  @Test("The end removes what this run's parts wrote, and nothing else")
  func cleanUp() throws {
    let files = RendezvousFiles(path: path)
    try files.write(RendezvousFiles.First(run: "r"), to: .first, as: "r")
    try files.write(RendezvousFiles.Start(run: "r", names: []), to: .start, as: "r")
    let ask = RendezvousFiles.Ask(run: "r", name: "n", digest: "d", question: 1, isReady: true)
    try files.write(ask, to: .ask(2), as: "n")
    _ = try folder.write("precious", to: "start.ask-7")
    _ = try folder.write("precious", to: "start.answer-7")
    rendezvous(0).cleanUp("r")
    #expect(names == ["start.answer-7", "start.ask-7"])
    // Meanwhile another run has begun, or a user has put a file of theirs there.
    try files.write(RendezvousFiles.First(run: "s"), to: .first, as: "s")
    _ = try folder.write("precious", to: "start")
    rendezvous(0).cleanUp("r")
    #expect(names == ["start", "start.answer-7", "start.ask-7", "start.first"])
  }
}
