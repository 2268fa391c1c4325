internal import Checks

extension OptionGroup {
  /// For a check that cannot be divided among the tasks of an engine.
  static let undivided = OptionGroup(
    title: sharding.title, .process,
    options: [
      .value(
        "--shard", named: "I/N", help: "Refused: this check cannot be divided.", as: .shard, to: \.sharding.shard),
      .flag("--no-shard", help: "Run even though an engine has started several tasks.", sets: \.sharding.isWhole),
    ])

  static let sharding = OptionGroup(
    title: "More than one machine", .process,
    options: [
      .value(
        "--shard", named: "I/N",
        help: "Send the I-th of N parts of the traffic, from 1; 'lbcheck merge' judges all parts as one.",
        defaultText: "what Slurm, Open MPI or an Indexed Job of Kubernetes says", as: .shard, to: \.sharding.shard),
      .flag("--no-shard", help: "Send all of the traffic, whatever the environment says.", sets: \.sharding.isWhole),
      .value(
        "--start-file", named: "PATH",
        help: "Begin when all parts are ready; they agree through files of this name in a shared folder.",
        as: .text, to: \.sharding.startFile),
      .value(
        "--start-at", named: "TIME",
        help: "Begin at this time by each machine's own clock, such as 2026-11-25T18:00:00Z.",
        as: .moment, to: \.sharding.startAt),
      .value(
        "--start-timeout", named: "D", help: "How long to wait for the others with --start-file.",
        as: .duration, to: \.sharding.startTimeout),
    ])
}
