internal import Glibc
internal import Testbed

StandardStreams.prepare()
let arguments = Array(CommandLine.arguments.dropFirst())
if let status = runTestbedRole(arguments, complain: Terminal.message) { exit(status) }
exit(Terminal.settled(Program.run(CommandLine.arguments)).rawValue)
