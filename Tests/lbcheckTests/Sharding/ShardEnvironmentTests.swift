import Load
import Testing

@testable import lbcheck

@Suite struct ShardEnvironmentTests {
  private func shard(_ variables: [String: String]) throws -> String? {
    try ShardEnvironment { variables[$0] }.shard().map { "\($0.shard.index + 1)/\($0.shard.count) \($0.source)" }
  }

  private func complaint(_ variables: [String: String]) -> String? {
    do throws(UsageError) {
      _ = try ShardEnvironment { variables[$0] }.shard()
      return nil
    } catch {
      return error.description
    }
  }

  @Test("Each engine's rank, from 0, is a part's number, from 1")
  func engines() throws {
    #expect(try shard(["OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "4"]) == "1/4 Open MPI")
    #expect(try shard(["SLURM_PROCID": "3", "SLURM_NTASKS": "4", "SLURM_STEP_ID": "0"]) == "4/4 Slurm")
    #expect(try shard(["SLURM_PROCID": "1", "SLURM_NTASKS": "8", "SLURM_STEP_NUM_TASKS": "2"]) == "2/2 Slurm")
    #expect(try shard(["JOB_COMPLETION_INDEX": "9", "LBCHECK_SHARDS": "10"]) == "10/10 Kubernetes")
  }

  @Test("Nobody, one task alone, a batch script and the shell of an allocation divide nothing")
  func undivided() throws {
    #expect(try shard([:]) == nil)
    #expect(try shard(["SLURM_PROCID": "", "JOB_COMPLETION_INDEX": ""]) == nil)
    #expect(try shard(["OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "1"]) == nil)
    #expect(try shard(["SLURM_PROCID": "0", "SLURM_NTASKS": "4", "SLURM_JOB_ID": "7"]) == nil)
    #expect(try shard(["SLURM_NTASKS": "4", "SLURM_JOB_ID": "7"]) == nil)
  }

  @Test("Tasks that mpirun starts within a Slurm allocation are Open MPI's")
  func inner() throws {
    let both = [
      "OMPI_COMM_WORLD_RANK": "5", "OMPI_COMM_WORLD_SIZE": "6", "SLURM_PROCID": "1", "SLURM_NTASKS": "2",
      "SLURM_STEP_ID": "0",
    ]
    #expect(try shard(both) == "6/6 Open MPI")
  }

  @Test(
    "Half of a pair is refused with the name of the other half",
    arguments: [
      (["OMPI_COMM_WORLD_RANK": "0"], "OMPI_COMM_WORLD_SIZE"), (["OMPI_COMM_WORLD_SIZE": "2"], "OMPI_COMM_WORLD_RANK"),
      (["SLURM_PROCID": "0"], "SLURM_NTASKS"), (["JOB_COMPLETION_INDEX": "0"], "LBCHECK_SHARDS"),
      (["LBCHECK_SHARDS": "4"], "JOB_COMPLETION_INDEX"),
    ])
  func half(variables: [String: String], missing: String) {
    #expect(
      complaint(variables)
        == "\(variables.keys.first!) is set in the environment, but \(missing) is not: set it, or give --shard I/N or --no-shard"
    )
  }

  @Test("Values that contradict each other or are no numbers are refused by name")
  func contradictions() {
    #expect(
      complaint(["OMPI_COMM_WORLD_RANK": "4", "OMPI_COMM_WORLD_SIZE": "4"])
        == "OMPI_COMM_WORLD_RANK in the environment is '4', not a number from 0 to 3, since OMPI_COMM_WORLD_SIZE is 4")
    #expect(
      complaint(["SLURM_PROCID": "-1", "SLURM_NTASKS": "2"])
        == "SLURM_PROCID in the environment is '-1', not a number from 0 to 1, since SLURM_NTASKS is 2")
    #expect(
      complaint(["JOB_COMPLETION_INDEX": "0", "LBCHECK_SHARDS": "many"])
        == "LBCHECK_SHARDS in the environment is 'many', not a number from 1 to 100000")
    #expect(complaint(["JOB_COMPLETION_INDEX": "0", "LBCHECK_SHARDS": "0"])?.hasPrefix("LBCHECK_SHARDS") == true)
  }
}
