import Foundation

/// A Slurm controller and several nodes on this machine, for one test: real daemons on loopback ports of their own.
///
/// All nodes are this machine under names of their own, each with a daemon. The daemons know each other by a key of munge
/// that only they have, and bind to 127.0.0.1 alone.
package final class SlurmCluster {
  private let folder: TemporaryFolder
  private let tool: TemporaryFolder
  private var daemons: [ServerProcess] = []
  private var sweeper: Sweeper?

  private var configuration: String { folder.path + "/slurm.conf" }

  /// What `srun` and `sbatch` need to find the controller.
  package var environment: [String: String] { ["SLURM_CONF": configuration] }

  /// Starts all daemons and waits until every node can take work.
  ///
  /// - Parameter folder: where the commands run.
  package init(nodes: Int, for folder: TemporaryFolder) throws {
    tool = folder
    self.folder = try TemporaryFolder()
    let ports = FreePort.reserve(nodes + 1)
    try write(ports: ports)
    sweeper = try Sweeper(of: "SLURM_CONF=" + configuration)
    try start("munged", munge, package: "munge", ports: [])
    try wait("munged", for: { FileManager.default.fileExists(atPath: self.path("munge/socket")) })
    try start("slurmctld", ["-D", "-f", configuration], package: "slurmctld", ports: [ports[0]])
    for number in 1...nodes {
      try start("slurmd", ["-D", "-f", configuration, "-N", "n\(number)"], package: "slurmd", ports: [ports[number]])
    }
    try wait("slurmctld") {
      try self.command("sinfo", ["--noheader", "--format=%D %t"]) == "\(nodes) idle\n"
    }
  }

  deinit { stop() }

  /// Ends the daemons, and whatever commands and tasks still run.
  package func stop() {
    // Each has a second to end by itself.
    DispatchQueue.concurrentPerform(iterations: daemons.count) { [daemons] in daemons[$0].stop() }
    daemons = []
    // After those that could start something.
    sweeper?.sweep()
    sweeper = nil
  }

  /// Submits a batch script and waits for its end.
  ///
  /// - Parameters:
  ///   - arguments: of `sbatch`.
  ///   - deadline: gives up after so many seconds, which fails the test.
  /// - Returns: the job's exit status.
  package func batch(
    _ arguments: [String], environment: [String: String] = [:], deadline: Double = 40
  ) throws -> Int32 {
    let job = try command("sbatch", ["--parsable"] + arguments, environment: environment)
      .trimmingCharacters(in: .newlines)
    let end = Date(timeIntervalSinceNow: deadline)
    var shown = ""
    while Date() < end {
      // `sbatch --wait` looks every ten seconds.
      shown = try command("scontrol", ["show", "job", job, "--oneliner"])
      let fields = Dictionary(
        shown.split(separator: " ").compactMap { field in
          field.firstIndex(of: "=").map { (String(field[..<$0]), String(field[field.index(after: $0)...])) }
        }, uniquingKeysWith: { first, _ in first })
      if ["COMPLETED", "FAILED"].contains(fields["JobState"] ?? ""),
        let status = fields["ExitCode"]?.split(separator: ":").first.flatMap({ Int32($0) })
      {
        return status
      }
      usleep(100_000)
    }
    throw TestFailure("job \(job) did not end within \(deadline) s: \(shown)")
  }

  /// Runs one of Slurm's commands, none of which takes long.
  ///
  /// - Returns: its output.
  /// - Throws: ``TestFailure`` with its messages where it ends with another status than 0.
  private func command(
    _ name: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/" + name)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: tool.path)
    process.environment = ["PATH": "/usr/bin:/bin", "HOME": tool.path]
      .merging(self.environment) { $1 }.merging(environment) { $1 }
    let file = path(UUID().uuidString + ".out")
    _ = FileManager.default.createFile(atPath: file, contents: nil)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(forWritingAtPath: file)
    process.standardError = process.standardOutput
    try process.launchUnblocked()
    process.waitUntilExit()
    let output = FileManager.default.contents(atPath: file).map { String(decoding: $0, as: UTF8.self) } ?? ""
    guard process.terminationStatus == 0 else {
      throw TestFailure("\(name) ended with \(process.terminationStatus): \(output)")
    }
    return output
  }

  // MARK: Daemons

  private func path(_ name: String) -> String { folder.path + "/" + name }

  private var munge: [String] {
    [
      "--foreground", "--force", "--key-file=" + path("munge/key"), "--socket=" + path("munge/socket"),
      "--pid-file=" + path("munge/pid"), "--log-file=" + path("munge/log"), "--seed-file=" + path("munge/seed"),
    ]
  }

  private func start(_ program: String, _ arguments: [String], package: String, ports: [UInt16]) throws {
    daemons.append(try ServerProcess(program, arguments, debianPackage: package, in: folder, ports: ports))
  }

  private func wait(_ program: String, for isReady: () throws -> Bool) throws {
    let deadline = Date(timeIntervalSinceNow: 20)
    while try !isReady() {
      guard Date() < deadline else {
        throw TestFailure("\(program) is not ready after 20 s: \(folder.read("slurmctld.log") ?? "")")
      }
      usleep(50_000)
    }
  }

  private func write(ports: [UInt16]) throws {
    for name in ["munge", "state"] {
      try FileManager.default.createDirectory(
        atPath: path(name), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }
    let key = Data((0..<128).map { _ in UInt8.random(in: .min ... .max) })
    guard
      FileManager.default.createFile(
        atPath: path("munge/key"), contents: key, attributes: [.posixPermissions: 0o600])
    else { throw TestFailure("cannot write \(path("munge/key"))") }
    let host = ProcessInfo.processInfo.hostName.prefix { $0 != "." }
    let user = NSUserName()
    let nodes = ports.indices.dropFirst().map { number in
      "NodeName=n\(number) NodeHostname=\(host) NodeAddr=127.0.0.1 Port=\(ports[number]) CPUs=4"
    }
    _ = try folder.write(
      """
      ClusterName=test
      SlurmctldHost=\(host)(127.0.0.1)
      SlurmctldPort=\(ports[0])
      CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
      SlurmUser=\(user)
      SlurmdUser=\(user)
      AuthType=auth/munge
      AuthInfo=socket=\(path("munge/socket"))
      CredType=cred/munge
      StateSaveLocation=\(path("state"))
      SlurmdSpoolDir=\(path("spool-%n"))
      SlurmctldPidFile=\(path("slurmctld.pid"))
      SlurmdPidFile=\(path("%n.pid"))
      SlurmctldLogFile=\(path("slurmctld.log"))
      SlurmdLogFile=\(path("%n.log"))
      ProctrackType=proctrack/linuxproc
      TaskPlugin=task/none
      SelectType=select/cons_tres
      SelectTypeParameters=CR_CPU
      SwitchType=switch/none
      MpiDefault=none
      JobAcctGatherType=jobacct_gather/none
      AccountingStorageType=accounting_storage/none
      ReturnToService=2
      SlurmdParameters=config_overrides
      KillWait=2
      \(nodes.joined(separator: "\n"))
      PartitionName=all Nodes=ALL Default=YES MaxTime=15 State=UP

      """, to: "slurm.conf")
  }
}

/// Ends all processes with a certain variable in their environment, when it is asked to or when this process ends.
///
/// `srun`, the steps' supervisors and the tasks are nobody's children when the test process is killed.
private final class Sweeper {
  private let process = Process()
  private let lifeline = Pipe()

  /// - Parameter variable: as `NAME=VALUE`.
  init(of variable: String) throws {
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    // It waits for its input's end: a signal may be blocked in processes that Foundation starts.
    let script = """
      read -r line
      grep -lszFx "$1" /proc/[0-9]*/environ | cut -d/ -f3 | xargs -r kill -KILL
      """
    process.arguments = ["-c", script, "sh", variable]
    process.standardInput = lifeline
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    // No other process may keep this pipe open.
    _ = fcntl(lifeline.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
    try process.launchUnblocked()
  }

  func sweep() {
    try? lifeline.fileHandleForWriting.close()
    process.waitUntilExit()
  }
}
