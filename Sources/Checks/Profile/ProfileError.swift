/// A profile that cannot be used: the file, the place in it and what was expected.
package struct ProfileError: Error, Equatable, CustomStringConvertible {
  package let description: String

  package init(_ path: String, _ reason: String) { description = "\(path): \(reason)" }
}
