package import Deployment
internal import Load

extension DeploymentManager {
  /// Asks the manager, before any traffic, whether it can do what a check will have it do.
  ///
  /// - Throws: ``CheckError`` in one line where it cannot.
  package func preflight(
    for actions: Set<ManagerAction>, breaking: (any BuildSwitch)? = nil, _ watch: CheckWatch
  ) throws(CheckError) {
    do throws(PreflightError) {
      try preflight(for: actions) { watch.stop.isStopped }
      try breaking?.preflight { watch.stop.isStopped }
    } catch {
      if watch.stop.isStopped { throw .interrupted }
      switch error {
      case .usage(let text): throw .usage(text)
      case .unavailable(let text): throw .unmeasurable(text, advice: [])
      }
    }
  }
}
