"""Start a server's program with limits, so that it ends when its parent does.

`python -I -S launch.py MEGABYTES PROGRAM [ARGUMENT…]`; 0: as much memory as there is.
"""

import ctypes
import os
import resource
import sys

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _SIGKILL = 1, 38, 9
# Of one session, which lasts a minute at most.
_CPU_SECONDS, _DESCRIPTORS, _FILE_BYTES = 60, 512, 64 * 1024 * 1024


def main(megabytes: str, *command: str) -> None:
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    limits = {
        resource.RLIMIT_CPU: _CPU_SECONDS,
        resource.RLIMIT_NOFILE: _DESCRIPTORS,
        resource.RLIMIT_FSIZE: _FILE_BYTES,
        resource.RLIMIT_CORE: 0,
    }
    if int(megabytes):
        limits[resource.RLIMIT_AS] = int(megabytes) * 1024 * 1024
    for what, most in limits.items():
        resource.setrlimit(what, (most, most))
    os.execvp(command[0], command)  # noqa: S606 - the deployment's own list names it


if __name__ == "__main__":
    main(*sys.argv[1:])
