"""Become a program that can do nothing but read, compute and write to what it was given.

`python -I -S confine.py MEMORY SECONDS PROGRAM [ARGUMENT…]`, with these few modules of the standard
library alone: it runs before every program that a model wrote, and `re` or `enum`, which most
others load, would take as long again. With `--layers` in
place of a program it says which of its walls this kernel has. Each wall holds without the others.
"""

import ctypes
import os
import resource
import struct
import sys

_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 1, 22, 24, 38
_CLONE_NEWUTS, _CLONE_NEWIPC, _CLONE_NEWUSER, _CLONE_NEWNET = (
    *(0x04000000, 0x08000000, 0x10000000, 0x40000000),
)
_SIGKILL = 9
_LAST_CAPABILITY = 63
_DESCRIPTORS = 16
_NICENESS = 5
# What the loader and the program read; of the file system nothing else is there for them.
_READABLE = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache")

_libc = ctypes.CDLL(None, use_errno=True)

# Landlock: the same numbers on all machines.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_BY_VERSION = (0, 13, 14, 15, 15, 16, 16, 16)
"""How many kinds of access to files each version of Landlock can refuse."""
_EXECUTE, _READ_FILE = 1 << 0, 1 << 2
_TCP = 0b11
_SCOPES = 0b11

# Seccomp. What a program needs that computes: memory, its streams, signals, the clock, its end.
# Nothing that opens a socket, makes a process, or touches another.
_SECCOMP_FILTER = 2
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050001, 0x80000000
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_X32 = 0x40000000
_MACHINES: dict[str, tuple[int, tuple[int, ...], tuple[int, ...]]] = {
    "x86_64": (
        0xC000003E,
        (
            *(0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 19, 20, 21, 24, 25, 28, 35),
            *(39, 59, 60, 63, 79, 89, 96, 97, 98, 99, 102, 104, 107, 108, 131, 158, 186, 201, 202),
            *(204, 218, 219, 228, 229, 230, 231, 257, 262, 267, 271, 273, 318, 332, 334, 439),
        ),
        (234, 302),
    ),
    "aarch64": (
        0xC00000B7,
        (
            *(17, 48, 56, 57, 62, 63, 64, 65, 66, 67, 72, 73, 78, 79, 80, 93, 94, 96, 98, 99, 101),
            *(113, 114, 115, 123, 124, 128, 132, 134, 135, 139, 153, 160, 163, 165, 169, 172, 174),
            *(175, 176, 177, 178, 179, 214, 215, 216, 221, 222, 226, 233, 278, 291, 293, 439),
        ),
        (131, 261),
    ),
}
"""The machine's name to the kernel; calls; and calls that may only be about the process itself:
signals to a thread, and limits."""


def main(arguments: list[str]) -> None:
    memory, seconds, program = int(arguments[0]), int(arguments[1]), arguments[2:]
    walls = {
        "memory": _be_first_to_go,
        "network": _leave_network,
        "capabilities": _drop_capabilities,
        "limits": lambda: _limit(memory, seconds),
        "privileges": lambda: _prctl(_PR_SET_NO_NEW_PRIVS, 1),
        "files": lambda: _leave_files(program[0]),
        "calls": _leave_calls,
    }
    _libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL)
    os.nice(_NICENESS)
    stands = {}
    for name, wall in walls.items():
        try:
            stands[name] = wall()
        except OSError:
            stands[name] = False
    if program == ["--layers"]:
        os.write(1, "".join(f"{name} {int(stood)}\n" for name, stood in stands.items()).encode())
        return
    if not stands["limits"] or not stands["privileges"]:
        # These are everywhere: without them something is wrong, and nothing runs.
        os._exit(126)
    try:
        os.execve(program[0], program, {})  # noqa: S606 - what our caller named
    except OSError:
        os._exit(127)


def _be_first_to_go() -> bool:
    """When the machine runs out of memory, this goes and not its worker."""
    file = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
    try:
        return os.write(file, b"1000") == 4
    finally:
        os.close(file)


def _prctl(option: int, *values: int) -> bool:
    return int(_libc.prctl(option, *(*values, 0, 0, 0, 0)[:4])) == 0


def _leave_network() -> bool:
    """An empty network, not even loopback; of its own, too, message queues and the host's name."""
    alone = _CLONE_NEWNET | _CLONE_NEWIPC | _CLONE_NEWUTS
    return any(_libc.unshare(flags) == 0 for flags in (alone, _CLONE_NEWUSER | alone))


def _drop_capabilities() -> bool:
    """Not even root keeps one through the next exec; an ordinary user has none to drop."""
    for capability in range(_LAST_CAPABILITY + 1):
        _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    file = os.open("/proc/self/status", os.O_RDONLY)
    try:
        status = os.read(file, 8_192).decode()
    finally:
        os.close(file)
    bounding = status.partition("CapBnd:")[2].split()[0]
    effective = status.partition("CapEff:")[2].split()[0]
    return int(bounding, 16) == 0 or int(effective, 16) == 0


def _limit(memory: int, seconds: int) -> bool:
    for limit, soft, hard in (
        (resource.RLIMIT_AS, memory, memory),
        # A second after SIGXCPU the kernel kills: nothing can catch that.
        (resource.RLIMIT_CPU, seconds, seconds + 1),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_NOFILE, _DESCRIPTORS, _DESCRIPTORS),
        (resource.RLIMIT_MEMLOCK, 0, 0),
    ):
        resource.setrlimit(limit, (soft, hard))
    return True


def _leave_files(program: str) -> bool:
    """Landlock: read the libraries, run the program, and find nothing else."""
    version = _libc.syscall(_CREATE_RULESET, None, 0, 1)
    if version < 1:
        return False
    files = (1 << _BY_VERSION[min(version, len(_BY_VERSION) - 1)]) - 1
    rules = [files]
    if version >= 4:
        rules.append(_TCP)
    if version >= 6:
        rules.append(_SCOPES)
    told = struct.pack(f"<{len(rules)}Q", *rules)
    ruleset = _libc.syscall(_CREATE_RULESET, told, len(told), 0)
    if ruleset < 0:
        return False
    for path in (*_READABLE, program):
        try:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue  # not on this machine
        beneath = struct.pack("<Qi", _EXECUTE | _READ_FILE, place)
        _libc.syscall(_ADD_RULE, ruleset, 1, beneath, 0)
        os.close(place)
    restricted = int(_libc.syscall(_RESTRICT_SELF, ruleset, 0)) == 0
    os.close(ruleset)
    return restricted


def _leave_calls() -> bool:
    """Seccomp: whatever is not on the list is refused. Last: it would refuse the rest of this."""
    machine = _MACHINES.get(os.uname().machine)
    if machine is None:
        return False
    lines = _judging(*machine)
    code = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *line) for line in lines))
    program = struct.pack("HP", len(lines), ctypes.addressof(code))
    return int(_libc.prctl(_PR_SET_SECCOMP, _SECCOMP_FILTER, program, 0, 0)) == 0


def _judging(
    name: int, calls: tuple[int, ...], own: tuple[int, ...]
) -> list[tuple[int, int, int, int]]:
    """The kernel's little program that judges each call: what to do, how many lines to pass over
    when it is so and when it is not, and with which number. The last two refuse and allow."""
    plain = 5
    end = plain + 5 * len(own) + len(calls)
    lines = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, name), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, 0)]
    lines.append((_AT_LEAST, end - plain, 0, _X32))
    for call in own:
        # Its first argument, the lower half: none, or this process, which exec does not change.
        lines += [(_EQUAL, 0, 4, call), (_LOAD, 0, 0, 16)]
        lines.append((_EQUAL, end - len(lines), 0, 0))
        lines.append((_EQUAL, end - len(lines), 0, os.getpid()))
        lines.append((_RETURN, 0, 0, _REFUSE))
    for call in calls:
        lines.append((_EQUAL, end - len(lines), 0, call))
    return [*lines, (_RETURN, 0, 0, _REFUSE), (_RETURN, 0, 0, _ALLOW)]


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (OSError, ValueError):
        # 1 is what a program with a mistake in it ends with.
        os._exit(126)
