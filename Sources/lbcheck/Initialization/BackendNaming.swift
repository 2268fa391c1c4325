internal import Checks
internal import Deployment

/// Which header a profile names, and the backends by the names in it, as far as both are known.
struct BackendNaming: Equatable {
  enum Standing: Equatable {
    /// The site's answers have it.
    case answered
    /// The configuration adds it, and the answers do not have it.
    case onlyDeclared
    /// Lines that are still to be added would send it.
    case toAdd
  }

  let header: String
  let standing: Standing
  /// Empty where the names, weights or roles are not known for sure.
  private(set) var backends: [DeclaredBackend] = []
  /// Why ``backends`` is empty.
  private(set) var omission: String?
  /// Backends that answered and that the configuration does not have.
  private(set) var strangers: [String] = []

  init(_ findings: InitFindings) {
    let (survey, declared) = (findings.survey, findings.declared)
    let answered = findings.survey?.backendHeader
    if let answered {
      (header, standing) = (answered, .answered)
    } else if let own = declared?.header, !findings.isOneForMany {
      (header, standing) = (own, .onlyDeclared)
    } else {
      (header, standing) = (declared?.headerToAdd ?? DeclaredSite.usualHeader, .toAdd)
    }
    guard let group = declared?.group else {
      omission = "no configuration says which there are"
      return
    }
    guard !findings.isOneForMany else {
      omission = "one server of the configuration is several processes, which only the app can name"
      return
    }
    let used = group.backends.filter { $0.role != .down }
    let names = used.compactMap(\.name)
    guard group.isComplete, names.count == used.count, !used.isEmpty else {
      omission = "the configuration does not show all of their names"
      return
    }
    let isOfBalancer = answered == nil || declared?.header?.lowercased() == answered?.lowercased()
    strangers = (survey?.backends ?? []).filter { !names.contains($0) }
    guard isOfBalancer || strangers.isEmpty && survey?.backends.isEmpty == false else {
      omission = "'\(header)' calls them by other names than the configuration does"
      strangers = []
      return
    }
    guard let merged = Self.merged(used) else {
      omission = "one server is declared as a primary and as a backup"
      return
    }
    backends = merged
  }

  /// Servers of one name as one, with the sum of their weights; `nil` where their roles differ.
  private static func merged(_ backends: [DeclaredBackend]) -> [DeclaredBackend]? {
    var merged: [DeclaredBackend] = []
    for backend in backends {
      guard let index = merged.firstIndex(where: { $0.name == backend.name }) else {
        merged.append(backend)
        continue
      }
      guard merged[index].role == backend.role else { return nil }
      merged[index].weight += backend.weight
    }
    return merged
  }
}
