internal import Report

extension ActionSection {
  /// The verdict on a problem of the command: inconclusive where lbcheck itself ended it.
  var verdictOnProblem: Verdict { interrupted == true ? .inconclusive : .fail }

  /// The outcome of an action that has a problem, in words: a command that failed may still have done its work.
  var problemInWords: String {
    if interrupted == true { return "lbcheck was asked to stop meanwhile" }
    return exitStatus.map { "its command ended with exit status \($0)" } ?? "it did not"
  }
}
