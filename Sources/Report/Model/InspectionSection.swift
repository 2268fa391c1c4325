/// What the inspection of a target showed, and how to see more.
public struct InspectionSection: Codable, Sendable, Equatable {
  /// The findings, in the order to show them.
  public var groups: [InspectionGroup]
  /// What to add to a configuration, in the order to show it.
  public var advice: [InspectionAdvice]

  /// Findings and advice.
  public init(groups: [InspectionGroup], advice: [InspectionAdvice] = []) {
    self.groups = groups
    self.advice = advice
  }
}

/// Findings that belong together, under one title.
public struct InspectionGroup: Codable, Sendable, Equatable {
  /// The title, such as "Addresses".
  public var title: String
  /// The findings, in the order to show them.
  public var rows: [InspectionRow]

  /// A group of findings.
  public init(title: String, rows: [InspectionRow]) {
    self.title = title
    self.rows = rows
  }
}

/// One finding.
public struct InspectionRow: Codable, Sendable, Equatable {
  /// What was inspected.
  public var name: String
  /// What it showed.
  public var value: String
  /// What that means, where that needs an explanation.
  public var note: String?

  /// A finding by name and value.
  public init(name: String, value: String, note: String? = nil) {
    self.name = name
    self.value = value
    self.note = note
  }
}

/// Lines to add to a configuration, and why.
public struct InspectionAdvice: Codable, Sendable, Equatable {
  /// What the lines do.
  public var title: String
  /// The lines, to be copied as they stand.
  public var lines: [String]

  /// A piece of advice.
  public init(title: String, lines: [String]) {
    self.title = title
    self.lines = lines
  }
}
