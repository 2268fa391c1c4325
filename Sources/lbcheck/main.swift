internal import Glibc
internal import Testbed

if let status = runTestbedRole(Array(CommandLine.arguments.dropFirst())) { exit(status) }
exit(Program.run(CommandLine.arguments).rawValue)
