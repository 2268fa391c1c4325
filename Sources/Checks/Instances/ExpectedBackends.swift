/// Which of the backends that the user names are what: one answer for every check.
extension [ExpectedBackend] {
  /// Those that take a part of the work.
  package var primaries: [ExpectedBackend] {
    filter {
      switch $0.role {
      case .primary: true
      case .backup: false
      }
    }
  }

  /// Those that must stay silent as long as a primary answers.
  package var backups: [ExpectedBackend] {
    filter {
      switch $0.role {
      case .primary: false
      case .backup: true
      }
    }
  }

  /// The names of the primaries: those that the user gives or, where he gives none, all that were seen and are no backups.
  package func primaryNames(seen: [String]) -> [String] {
    let named = primaries.map(\.name)
    guard named.isEmpty else { return named }
    let backups = Set(backups.map(\.name))
    return Set(seen).subtracting(backups).sorted()
  }
}
