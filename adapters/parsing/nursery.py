"""The nursery: loads the readers once, then forks a confined child for each file.

`python -m adapters.parsing.nursery FD`: FD is a socket to the worker. The worker sends a job with
the end of a connection that the child will read its file from and answer on; the nursery tells how
each child ended and what it took. It never sees a file itself, and ends with its worker.
"""

import gc
import os
import select
import signal
import socket
import sys
from contextlib import suppress
from typing import Any

import orjson

from adapters.parsing import child
from adapters.parsing.confinement import be_first_to_go, die_with_parent, leave_network

_MESSAGE_BYTES = 4_096


class Nursery:
    """One thread, so that a fork copies no lock that somebody holds."""

    def __init__(self, worker: socket.socket) -> None:
        self._worker = worker
        self._children: dict[int, int] = {}
        """Job by process."""
        # A signal that a child ended wakes the poll through this pair.
        self._wake, self._woken = socket.socketpair()
        for end in (self._wake, self._woken):
            end.setblocking(False)  # noqa: FBT003 - the library's own manner

    def serve(self) -> None:
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._woken.fileno(), warn_on_full_buffer=False)
        self._tell({"isolated": leave_network()})
        poll = select.poll()
        poll.register(self._worker, select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        while True:
            ready = {fd for fd, _ in poll.poll()}
            if self._wake.fileno() in ready:
                with suppress(BlockingIOError):
                    self._wake.recv(_MESSAGE_BYTES)
                self._bury()
            if self._worker.fileno() in ready and not self._hear():
                return

    def _hear(self) -> bool:
        said, connections, _, _ = socket.recv_fds(self._worker, _MESSAGE_BYTES, 1)
        if not said:
            return False
        message = orjson.loads(said)
        if "end" in message:
            for pid, job in self._children.items():
                if job == message["end"]:
                    _kill(pid)
        else:
            self._fork(message, connections[0])
        return True

    def _fork(self, message: dict[str, Any], connection: int) -> None:
        child.load(message["readers"])
        # What is loaded is never collected: a collection would copy every page of it.
        gc.freeze()
        pid = os.fork()
        if pid:
            os.close(connection)
            self._children[pid] = message["job"]
            return
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            die_with_parent()
            for descriptor in (self._worker, self._wake, self._woken):
                descriptor.close()
            status = child.run(connection, message)
        finally:
            os._exit(status)

    def _bury(self) -> None:
        """Report everyone who has ended, with whatever they started."""
        for pid, job in list(self._children.items()):
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
            _kill(pid)
            _, status, took = os.wait4(pid, 0)
            del self._children[pid]
            self._tell(
                {
                    "job": job,
                    "code": os.waitstatus_to_exitcode(status),
                    "memory": took.ru_maxrss * 1024,
                    "cpu": took.ru_utime + took.ru_stime,
                }
            )

    def _tell(self, message: dict[str, Any]) -> None:
        with suppress(BrokenPipeError, ConnectionResetError):
            self._worker.send(orjson.dumps(message))


def _kill(pid: int) -> None:
    for kill in (os.killpg, os.kill):
        with suppress(ProcessLookupError):
            kill(pid, signal.SIGKILL)


def main() -> None:
    be_first_to_go()
    with socket.socket(fileno=int(sys.argv[1])) as worker:
        Nursery(worker).serve()


if __name__ == "__main__":
    main()
