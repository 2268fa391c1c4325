internal import Report

extension ActionSection {
  /// What a problem of the command comes to: where lbcheck itself ended it, nothing is known of the manager.
  var verdictOnProblem: Verdict { interrupted == true ? .inconclusive : .fail }

  /// What became of an action that has a problem: a command that ended with another status than 0 may have done its work.
  var problemInWords: String {
    if interrupted == true { return "lbcheck was asked to stop meanwhile" }
    return exitStatus.map { "its command ended with exit status \($0)" } ?? "it did not"
  }
}
