"""What a child may not do, set before it sees its file."""

import ctypes
import os
import resource
import signal
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
# Parsing nested markup recurses; Python frames cost memory here and no C stack.
_RECURSION = 20_000
# Its connection, a few files of libraries, and the pipes of a text recogniser.
_NICENESS = 5
_DESCRIPTORS = 64
# A second after SIGXCPU the kernel kills: nothing can catch that.
_GRACE_SECONDS = 1


def die_with_parent() -> None:
    """A killed worker leaves nobody behind."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def leave_network() -> bool:
    """Into an empty network namespace: not even loopback. False where the kernel forbids it; then
    what keeps a file off the network is that no reader of ours opens a connection."""
    libc = ctypes.CDLL(None, use_errno=True)
    return any(
        libc.unshare(flags) == 0 for flags in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET)
    )


def be_first_to_go() -> None:
    """When the machine runs out of memory, a file goes and not its worker."""
    Path("/proc/self/oom_score_adj").write_text("1000")


def confine(memory: int, cpu_seconds: int) -> None:
    """Limits that the kernel keeps. `memory` is what the file may add to the libraries that are
    loaded already. File size 0: it may write nothing but its connection."""
    ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    loaded = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    for limit, soft, hard in (
        (resource.RLIMIT_AS, loaded + memory, loaded + memory),
        (resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + _GRACE_SECONDS),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_NOFILE, _DESCRIPTORS, _DESCRIPTORS),
    ):
        resource.setrlimit(limit, (soft, hard))
    # Behind its worker, whose heartbeats would come too late beside as many files as cores.
    os.nice(_NICENESS)
    sys.setrecursionlimit(_RECURSION)
