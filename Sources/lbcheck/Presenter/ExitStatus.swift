internal import Report

/// The program's exit status.
package enum ExitStatus: Int32 {
  /// Every assertion held.
  case passed = 0
  /// An assertion failed.
  case failed = 1
  /// Bad usage or a bad profile.
  case usage = 2
  /// It could not be measured, or the measurement does not decide.
  case inconclusive = 3
  /// Interrupted; what was measured so far is written.
  case interrupted = 130

  init(_ document: ReportDocument) {
    if document.interrupted == true {
      self = .interrupted
    } else {
      self =
        switch document.verdict {
        case .pass: .passed
        case .fail: .failed
        case .inconclusive: .inconclusive
        }
    }
  }
}
