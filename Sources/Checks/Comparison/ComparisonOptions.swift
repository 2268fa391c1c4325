/// How two reports are held against each other.
package struct ComparisonOptions: Sendable, Equatable {
  /// The change that counts as none, as a share of the base's figure, 0 or more.
  package var margin = 0.05
  /// The confidence of all that is called better or worse, 0…1 exclusive.
  package var level = 0.95
  /// Whether what is worse, or was not decided, is an assertion that does not hold.
  package var failsOnRegression = false

  package init() {}
}
