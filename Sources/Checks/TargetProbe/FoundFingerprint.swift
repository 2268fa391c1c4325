internal import HTTP

/// The header that names backends, with what a few answers said.
struct FoundFingerprint {
  let header: String
  /// In order of appearance.
  let backends: [String]
  let heads: [ResponseHead]
  /// What all that answers is called, where no header names backends and one generation of the whole site is enough.
  var site: String?

  /// Those that may name a build and not a life of a backend, so that they stay as they are when the same build is reloaded.
  private static let versionHeaders = ["X-Version", "X-Build", "X-Release"]
  /// Those that name what was deployed, where the user names them.
  private static let contentHeaders = ["ETag", "Last-Modified", "X-Runtime-Version"]

  /// The header itself where it may name a build; `nil` for one that names a life.
  static func versionHeader(_ name: String) -> String? {
    (versionHeaders + contentHeaders).contains { $0.lowercased() == name.lowercased() } ? name : nil
  }

  /// The usual names of a generation header, the most telling first, if the answers have one.
  var generationHeader: String? {
    (["X-Generation", "X-Pid", "X-Process-Id"] + Self.versionHeaders).first { name in
      name.lowercased() != header.lowercased() && !generations(in: name).isEmpty
    }
  }

  /// The first header of the answers that names a build.
  static func versionHeader(in heads: [ResponseHead]) -> String? {
    versionHeaders.first { name in heads.contains { $0.value(of: name)?.isEmpty == false } }
  }

  /// A header that names a build, where another one is read.
  func versionHeader(beside read: String?) -> String? {
    guard let read, Self.versionHeader(read) == nil else { return nil }
    return Self.versionHeader(in: heads)
  }

  /// That nothing tells backends apart, as a note; `nil` where a header does.
  var siteNote: String? {
    site.map {
      "No header names backends: all that answers counts as one backend, \($0), and its generation as the whole site's. A "
        + "maintenance page is not told from it."
    }
  }

  /// What a header last said of each backend.
  func generationByBackend(in generationHeader: String) -> [String: String] {
    var found: [String: String] = [:]
    for head in heads {
      guard let backend = head.value(of: header).flatMap(FingerprintDiscovery.backend) else { continue }
      found[backend] = head.value(of: generationHeader)
    }
    return found
  }

  /// The generations that a second header named, as `backend generation`; in the order of their names.
  func generations(in header: String) -> [String] {
    let generations = heads.compactMap { head -> String? in
      guard let generation = head.value(of: header), !generation.isEmpty,
        let backend = site ?? head.value(of: self.header).flatMap(FingerprintDiscovery.backend)
      else { return nil }
      return "\(backend) \(generation)"
    }
    return Set(generations).sorted()
  }
}

/// Where all that answers may count as one backend.
enum SiteAsBackend {
  case never
  /// Where the user names what tells generations apart.
  case whereGenerationIsNamed
  /// There, and where a header of the answers names a build.
  case whereVersioned
}
