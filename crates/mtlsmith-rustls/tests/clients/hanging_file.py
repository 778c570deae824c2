"""Takes a lease on a file: whoever opens it now waits, as on a disk that does not answer, until this program's input ends."""
import fcntl
import os
import signal
import sys

signal.signal(signal.SIGIO, signal.SIG_IGN)
file = os.open(sys.argv[1], os.O_RDWR)
fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
print("hangs", flush=True)
sys.stdin.read()
