/// The backends that the user names, by role.
extension [ExpectedBackend] {
  /// Those that take a share of the requests.
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

  /// The names of the primaries: those that the user gives or, without any, all that were seen and are no backups.
  package func primaryNames(seen: [String]) -> [String] {
    let named = primaries.map(\.name)
    guard named.isEmpty else { return named }
    let backups = Set(backups.map(\.name))
    return Set(seen).subtracting(backups).sorted()
  }
}
