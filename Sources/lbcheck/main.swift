internal import Glibc

SignalWatch.holdBackReports()
StandardStreams.prepare()
exit(Program.main())
