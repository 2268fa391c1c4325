internal import Glibc
internal import Testbed

StandardStreams.prepare()
do throws(UsageError) {
  let arguments = try ArgumentText.ofProcess()
  if let status = runTestbedRole(Array(arguments.dropFirst()), complain: Terminal.message) { exit(status) }
  exit(Terminal.settled(Program.run(arguments)).rawValue)
} catch {
  Program.complain(error)
  exit(Terminal.settled(.usage).rawValue)
}
