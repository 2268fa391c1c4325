/// A profile that cannot be used: the file, the place in it and what was expected.
struct ProfileError: Error, Equatable, CustomStringConvertible {
  let description: String
  /// Lines that show the place of the fault.
  let excerpt: [String]

  init(_ path: String, _ reason: String, excerpt: [String] = []) {
    description = "\(path): \(reason)"
    self.excerpt = excerpt
  }
}
