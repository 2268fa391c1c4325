"""Runs a command under a seccomp filter that forbids io_uring, as the default one of container engines does.

    without_io_uring.py COMMAND [ARGUMENT…]
"""

import ctypes
import errno
import os
import struct
import sys

PR_SET_NO_NEW_PRIVS = 38
PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2
IO_URING_SETUP = 425
ALLOW, ERRNO = 0x7FFF0000, 0x00050000

# Classic BPF: load the number of the system call; if it is io_uring_setup, answer EPERM, else allow.
program = b"".join(
    struct.pack("HBBI", *instruction)
    for instruction in [(0x20, 0, 0, 0), (0x15, 0, 1, IO_URING_SETUP), (0x06, 0, 0, ERRNO | errno.EPERM), (0x06, 0, 0, ALLOW)]
)
instructions = ctypes.create_string_buffer(program, len(program))
filter = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(instructions))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter, 0, 0) != 0:
    sys.exit(f"seccomp: {os.strerror(ctypes.get_errno())}")
os.execvp(sys.argv[1], sys.argv[1:])
