"""Runs a command, and prints last how much memory it took at most, in KB."""

import resource
import subprocess
import sys

status = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
