/// How two reports are compared.
package struct ComparisonOptions: Sendable, Equatable {
  /// The change that counts as none, as a share of the base's figure, 0 or more.
  package var margin = 0.05
  /// The joint confidence of everything called better or worse, 0…1 exclusive.
  package var level = 0.95
  /// Whether a worse or undecided figure makes an assertion that does not hold.
  package var failsOnRegression = false

  package init() {}
}
