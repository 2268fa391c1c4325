/// A profile that cannot be used: the file, the place in it and what was expected.
package struct ProfileError: Error, Equatable, CustomStringConvertible {
  package let description: String
  /// Lines that show the place of the fault.
  package let excerpt: [String]

  package init(_ path: String, _ reason: String, excerpt: [String] = []) {
    description = "\(path): \(reason)"
    self.excerpt = excerpt
  }
}
