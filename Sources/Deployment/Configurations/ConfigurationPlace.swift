/// A line of a configuration file.
package struct ConfigurationPlace: Sendable, Hashable, CustomStringConvertible {
  package let file: String
  /// Counted from 1.
  package let line: Int

  package init(file: String, line: Int) {
    self.file = file
    self.line = line
  }

  package var description: String { "\(file):\(line)" }
}

/// A configuration that cannot be read: the file, the line where there is one, and what was expected.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
  package let description: String

  init(_ place: ConfigurationPlace, _ reason: String) { description = "\(place): \(reason)" }
  package init(file: String, _ reason: String) { description = "\(file): \(reason)" }
}

/// A part of a configuration of which no claim is made, and why.
package struct NotUnderstood: Sendable, Hashable, CustomStringConvertible {
  package let place: ConfigurationPlace
  package let reason: String

  init(_ place: ConfigurationPlace, _ reason: String) {
    self.place = place
    self.reason = reason
  }

  package var description: String { "\(place): \(reason)" }
}
