internal import Load
internal import Report

/// Reads from the environment which task of how many this process is, as set by the engine that started it.
///
/// Open MPI, Slurm and Kubernetes count from 0, shards from 1. Of two engines the inner one counts: within a Slurm allocation
/// `mpirun` starts the tasks.
struct ShardEnvironment {
  /// The value of a variable; `nil` or empty where it is not set.
  let variable: (String) -> String?

  /// The shard and the engine's name; `nil` where no engine divides the work.
  ///
  /// - Throws: ``UsageError`` naming the variable that is missing or wrong.
  func shard() throws(UsageError) -> (shard: Shard, source: String)? {
    if let rank = value("OMPI_COMM_WORLD_RANK") {
      return try shard("Open MPI", ("OMPI_COMM_WORLD_RANK", rank), count: ["OMPI_COMM_WORLD_SIZE"])
    }
    if value("OMPI_COMM_WORLD_SIZE") != nil { throw missing("OMPI_COMM_WORLD_RANK", beside: "OMPI_COMM_WORLD_SIZE") }
    // A batch script has the first too, but is no task of a step; one of salloc has only the number of tasks.
    let isWithinStep = value("SLURM_STEP_ID") != nil || value("SLURM_STEPID") != nil
    if let rank = value("SLURM_PROCID"), isWithinStep || value("SLURM_JOB_ID") == nil {
      return try shard("Slurm", ("SLURM_PROCID", rank), count: ["SLURM_STEP_NUM_TASKS", "SLURM_NTASKS"])
    }
    if let index = value("JOB_COMPLETION_INDEX") {
      return try shard("Kubernetes", ("JOB_COMPLETION_INDEX", index), count: [Self.count])
    }
    if value(Self.count) != nil { throw missing("JOB_COMPLETION_INDEX", beside: Self.count) }
    return nil
  }

  /// How many pods an Indexed Job has: its `completions`, which Kubernetes does not pass to them.
  static let count = "LBCHECK_SHARDS"

  private func value(_ name: String) -> String? { variable(name).flatMap { $0.isEmpty ? nil : $0 } }

  private func shard(
    _ engine: String, _ rank: (name: String, text: String), count names: [String]
  ) throws(UsageError) -> (shard: Shard, source: String)? {
    guard let name = names.first(where: { value($0) != nil }), let text = value(name) else {
      throw missing(names[names.count - 1], beside: rank.name)
    }
    guard let count = Self.number(text), (1...Shard.mostShards).contains(count) else {
      throw wrong(name, text, "a number from 1 to \(Shard.mostShards)")
    }
    guard let index = Self.number(rank.text), let shard = Shard(index: index, count: count) else {
      throw wrong(rank.name, rank.text, "a number from 0 to \(count - 1), since \(name) is \(count)")
    }
    return count == 1 ? nil : (shard, engine)
  }

  private static func number(_ text: String) -> Int? {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
  }

  private func missing(_ name: String, beside other: String) -> UsageError {
    UsageError("\(other) is set in the environment, but \(name) is not: set it, or give --shard I/N or --no-shard")
  }

  private func wrong(_ name: String, _ text: String, _ expected: String) -> UsageError {
    UsageError("\(name) in the environment is '\(Escaping.terminal(text, width: 40))', not \(expected)")
  }
}
