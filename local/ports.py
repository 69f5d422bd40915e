"""Free TCP ports, the same ones from run to run where they are still free."""

import json
import random
import socket
from collections.abc import Iterable, Iterator

from local.errors import StackError
from local.paths import Folder, write_private

HOST = "127.0.0.1"
# Seconds that a quiet connection is kept. Whoever closes first must be the client, or a request
# that is on its way meets a closed door: httpx keeps one 5 s, uvicorn as long unless told, nginx
# and the balancers of clouds 60.
KEEP = 75
# Below the range that the kernel hands to outgoing connections: while a server is down, a client
# that retries its port could otherwise be given that very port, connect to itself and keep it.
CHOICE = range(20_000, 32_000)
ATTEMPTS = 200


class NoFreePortError(StackError):
    """No port could be bound in `ATTEMPTS` tries."""


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port whose old connections are in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _fresh() -> Iterator[int]:
    for port in random.sample(CHOICE, ATTEMPTS):
        if is_free(port):
            yield port
    raise NoFreePortError(f"No free port between {CHOICE.start} and {CHOICE.stop}.")


def choose(folder: Folder, names: Iterable[str], wanted: dict[str, int]) -> dict[str, int]:
    """A port for each name: the wanted one, else the last run's if it is free, else a new one."""
    path = folder.root / "ports.json"
    last: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
    fresh = _fresh()
    ports: dict[str, int] = {}
    for name in names:
        usual = last.get(name)
        if name in wanted:
            ports[name] = wanted[name]
        elif usual is not None and usual not in ports.values() and is_free(usual):
            ports[name] = usual
        else:
            ports[name] = next(port for port in fresh if port not in ports.values())
    write_private(path, json.dumps(last | ports))
    return ports


class PortTakenError(StackError):
    """Another program listens on the port that was asked for."""


def listening(port: int) -> socket.socket:
    """A listening socket that outlives the processes that accept on it."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Connections inherit it. uvicorn takes a socket that it is handed for a Unix one and leaves it
    # off: each answer on a kept connection then waits some 44 ms for the client's delayed ACK.
    held.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        held.bind((HOST, port))
    except OSError as error:
        held.close()
        raise PortTakenError(f"Port {port} is taken: {error.strerror}.") from error
    # Clients that arrive while every edge is down wait here; 1,024 is more than a chaos run opens.
    held.listen(1024)
    return held
