/// What a load is made of, beside its traffic.
package struct LoadPlan: Sendable, Equatable {
  /// How many runs to make, of ``Repetition/range``; `nil` for one.
  package var runs: Int?

  package init() {}
}
