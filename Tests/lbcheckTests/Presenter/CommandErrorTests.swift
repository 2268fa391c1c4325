import Checks
import Report
import Testbed
import Testing

@testable import lbcheck

/// Why a command came to nothing, in lines, with the program's exit status.
@Suite struct CommandErrorTests {
  struct Row: CustomTestStringConvertible {
    let error: CommandError
    let status: lbcheck.ExitStatus
    let lines: [String]

    var testDescription: String { "\(error)" }
  }

  static let rows: [Row] = [
    Row(
      error: .usage(UsageError("--rate takes a number", excerpt: ["abc", "^"])), status: .usage,
      lines: ["error: --rate takes a number", "abc", "^", "See 'lbcheck load --help'."]),
    Row(
      error: .usage(UsageError("unknown option", command: "fairness")), status: .usage,
      lines: ["error: unknown option", "See 'lbcheck fairness --help'."]),
    Row(
      error: .unusable(["a is missing", "b is torn"]), status: .usage,
      lines: ["error: a is missing", "error: b is torn"]),
    Row(
      error: .check(.usage("who reloads?"), .reloadTest), status: .usage,
      lines: ["error: who reloads?", "See 'lbcheck reload-test --help'."]),
    Row(
      error: .check(.unmeasurable("no answer", advice: ["Is it running?"]), .load), status: .inconclusive,
      lines: ["error: no answer", "Is it running?"]),
    Row(error: .check(.down("all answers are 503"), .load), status: .failed, lines: ["error: all answers are 503"]),
    Row(
      error: .check(.interrupted, .load), status: .interrupted, lines: ["interrupted before anything was measured"]),
    Row(
      error: .testbed(.invalidConfiguration("no backend")), status: .usage,
      lines: ["error: \(TestbedError.invalidConfiguration("no backend"))"]),
    Row(error: .testbed(.notRunning), status: .inconclusive, lines: ["error: \(TestbedError.notRunning)"]),
    Row(
      error: .noThread("Cannot allocate memory"), status: .inconclusive,
      lines: ["error: this machine has no thread left: Cannot allocate memory"]),
    Row(error: .noCommand(help: "USAGE\n\n  lbcheck"), status: .usage, lines: ["USAGE", "", "  lbcheck"]),
  ]

  @Test("Each error has one status, and says what is wrong before it points to the command's help", arguments: rows)
  func table(_ row: Row) {
    let error = row.error.of(.load)
    #expect(error.lines == row.lines)
    #expect(error.status == row.status)
  }
}
