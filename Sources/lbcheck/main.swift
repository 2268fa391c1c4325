internal import Glibc

StandardStreams.prepare()
exit(Program.main())
