internal import Deployment

/// What a manager's lists before and after a reload show of its processes: values in, values out.
struct ListedReplacement {
  /// Instances that have the process that they had.
  let kept: [ManagedInstance]
  /// Whether every process was replaced: none is there that was, and one is that was not.
  let isWhole: Bool

  /// - Returns: `nil` where the first list names no process, so that nothing shows whether another has taken its place.
  init?(before: [ManagedInstance], after: [ManagedInstance]) {
    let old = before.filter { $0.process != nil }
    guard !old.isEmpty else { return nil }
    func isSame(_ one: ManagedInstance, _ other: ManagedInstance) -> Bool {
      one.name == other.name && one.process == other.process
    }
    kept = old.filter { one in after.contains { isSame(one, $0) } }
    let hasNew = after.contains { one in one.process != nil && !before.contains { isSame(one, $0) } }
    isWhole = kept.isEmpty && hasNew
  }
}
