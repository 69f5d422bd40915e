"""Run as a program: put up the walls of `confine.py` around this process, then try each of them
from inside, as if the interpreter had been broken and ran a stranger's machine code. Writes what
succeeded, as JSON."""

# ruff: noqa: PTH101, PTH102, PTH104, PTH108, PTH208, PTH211, S103, S606 - the plain calls are tried

import ctypes
import fcntl
import importlib.util
import json
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable

spec = importlib.util.spec_from_file_location("confine", sys.argv[1])
assert spec is not None
assert spec.loader is not None
confine = importlib.util.module_from_spec(spec)
spec.loader.exec_module(confine)

SECRET, TARGET, PORT, PARENT = sys.argv[2], sys.argv[3], int(sys.argv[4]), os.getppid()
libc = ctypes.CDLL(None, use_errno=True)
LOCAL = ("127.0.0.1", PORT)


def call(number: int, *values: int) -> None:
    if libc.syscall(number, *values) < 0:
        raise OSError(ctypes.get_errno(), "refused")


def raw_fork() -> None:
    pid = libc.fork()
    if pid == 0:
        os._exit(0)
    if pid < 0:
        raise OSError("refused")


def much() -> None:
    bytearray(2 * 1024**3)


# Numbers of calls on x86_64 that Python has no function for.
ATTEMPTS: dict[str, Callable[[], object]] = {
    "read a file": lambda: os.open(SECRET, os.O_RDONLY),
    "read the users": lambda: os.open("/etc/passwd", os.O_RDONLY),
    "write a file": lambda: os.open(TARGET, os.O_WRONLY | os.O_CREAT),
    "list a folder": lambda: os.listdir("/"),
    "make a folder": lambda: os.mkdir(TARGET),
    "remove a file": lambda: os.unlink(SECRET),
    "link a file": lambda: os.symlink(SECRET, TARGET),
    "rename a file": lambda: os.rename(SECRET, TARGET),
    "change a mode": lambda: os.chmod(SECRET, 0o777),
    "read another's memory": lambda: os.open(f"/proc/{PARENT}/mem", os.O_RDONLY),
    "read another's environment": lambda: os.open(f"/proc/{PARENT}/environ", os.O_RDONLY),
    "a TCP socket": lambda: socket.create_connection(LOCAL, timeout=1),
    "a UDP socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", LOCAL),
    "a raw socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1),
    "a netlink socket": lambda: socket.socket(16, socket.SOCK_RAW, 0),
    "a unix socket": lambda: socket.socket(socket.AF_UNIX).connect("\0abstract"),
    "a pair of sockets": socket.socketpair,
    "fork": os.fork,
    "fork by the library": raw_fork,
    "vfork": lambda: call(58),
    "clone": lambda: call(56, 17, 0, 0, 0, 0),
    "clone3": lambda: call(435, 0, 0),
    "a shell": lambda: os.execve("/bin/sh", ["sh", "-c", f"touch {TARGET}"], {}),
    "itself again": lambda: os.execve(sys.executable, ["python"], {}),
    "a program out of memory": lambda: os.memfd_create("x"),
    "execveat": lambda: call(322, 0, 0, 0, 0, 0),
    "kill the parent": lambda: os.kill(PARENT, signal.SIGURG),
    "kill everybody": lambda: os.kill(-1, signal.SIGURG),
    "a signal to its thread": lambda: call(234, PARENT, PARENT, signal.SIGURG),
    "another's limits": lambda: call(302, PARENT, 7, 0, 0),
    "signals when a pipe fills": lambda: fcntl.fcntl(1, fcntl.F_SETOWN, PARENT),
    "a terminal's keys": lambda: fcntl.ioctl(0, 0x5412, b"x"),
    "trace the parent": lambda: call(101, 16, PARENT, 0, 0),
    "another's memory, written": lambda: call(311, PARENT, 0, 0, 0, 0, 0),
    "another's descriptor": lambda: call(434, PARENT, 0),
    "a new namespace": lambda: call(272, 0x10000000),
    "an older namespace": lambda: call(308, 0, 0),
    "a mount": lambda: call(165, 0, 0, 0, 0, 0),
    "another root": lambda: os.chroot("/"),
    "another user": lambda: call(105, 0),
    "a loaded module": lambda: call(313, 0, 0, 0),
    "a BPF program": lambda: call(321, 0, 0, 0),
    "io_uring": lambda: call(425, 8, 0),
    "a keyring": lambda: call(250, 0, 0, 0),
    "performance counters": lambda: call(298, 0, 0, -1, -1, 0),
    "userfaultfd": lambda: call(323, 0),
    "the clock, set": lambda: call(227, 0, 0),
    "a reboot": lambda: call(169, 0, 0, 0, 0),
    "a host's name": lambda: socket.sethostname("x"),
    "more memory": lambda: resource.setrlimit(resource.RLIMIT_AS, (-1, -1)),
    "much memory": much,
    "more files": lambda: [os.dup(1) for _ in range(64)],
}


def tried(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except (OSError, MemoryError, ValueError):
        return False
    return True


confine._leave_network()
confine._drop_capabilities()
confine._limit(512 * 1024**2, 10)
confine._prctl(38, 1)
confine._leave_files("/bin/true")
confine._leave_calls()
succeeded = {name: tried(attempt) for name, attempt in ATTEMPTS.items()}
os.write(1, json.dumps(succeeded).encode())
