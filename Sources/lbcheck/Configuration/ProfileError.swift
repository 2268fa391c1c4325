/// A profile that cannot be used: the file, the key and what was expected.
struct ProfileError: Error, Equatable, CustomStringConvertible {
  let description: String
  /// Lines that point at the fault.
  let excerpt: [String]

  init(_ path: String, _ reason: String, excerpt: [String] = []) {
    description = "\(path): \(reason)"
    self.excerpt = excerpt
  }
}
