import Testing

@testable import Deployment

/// A configuration of some shape, with what may be claimed of it.
protocol ClaimedShape {
  /// The servers as `name`, `name=weight`, `name=backup` or `name=down`; `nil` where no group may be claimed.
  var servers: [String]? { get }
  var isComplete: Bool { get }
  var method: DeclaredMethod { get }
  var header: String? { get }
  /// A line that has to be among those to add, and one that may not be.
  var adds: String? { get }
  var doesNotAdd: String? { get }
  /// Nothing else may be left open.
  var notUnderstood: String? { get }
  var finds: String? { get }
}

extension ClaimedShape {
  var doesNotAdd: String? { nil }

  /// Expects that a site is claimed to be so, and nothing else.
  func expectClaims(of site: DeclaredSite) {
    let claimed = site.group?.backends.map { backend in
      (backend.name ?? backend.address)
        + (backend.role == .backup
          ? "=backup" : backend.role == .down ? "=down" : backend.weight > 1 ? "=\(backend.weight)" : "")
    }
    #expect(claimed == servers)
    if let group = site.group {
      #expect(group.isComplete == isComplete)
      #expect(group.method == method)
    }
    #expect(site.header == header)
    let lines = site.missing.flatMap(\.lines)
    if let adds { #expect(lines.contains(adds), "\(lines)") }
    if let doesNotAdd { #expect(!lines.contains(doesNotAdd)) }
    let open = site.notUnderstood.map(\.description)
    if let notUnderstood {
      #expect(open.contains { $0.contains(notUnderstood) }, "\(open)")
    } else {
      #expect(open == [])
    }
    let found = site.found.map(\.text)
    if let finds { #expect(found.contains { $0.contains(finds) }, "\(found)") }
  }
}
