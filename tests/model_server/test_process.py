"""The server as a process: an inherited socket, default waits, a clean stop."""

import asyncio
import json
import signal
import socket
import sys
from pathlib import Path

import httpx2

from local.model.server import listening_socket
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]


def test_who_reads_its_address_may_call_before_it_is_up() -> None:
    with (
        listening_socket("127.0.0.1", 0) as listener,
        socket.create_connection(listener.getsockname(), timeout=20) as called,
    ):
        assert called.getpeername() == listener.getsockname()


async def test_it_serves_on_an_inherited_socket_and_stops_when_asked() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "local.model", "--fd", str(listener.fileno())),
            *("--ttft-ms", "1", "--gap-ms", "1"),
            cwd=ROOT,
            pass_fds=[listener.fileno()],
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with httpx2.AsyncClient(base_url=base_url, timeout=20) as http:
            body = {"model": "m", "input": "@offline tokens=3"}
            answered = await http.post("/v1/responses", json=body)
            assert answered.json()["output"][0]["content"][0]["text"] == "w0 w1 w2 "
            endless = {"model": "m", "input": "@offline tokens=50000 gap_ms=50", "background": True}
            assert (await http.post("/v1/responses", json=endless)).status_code == 200
        process.send_signal(signal.SIGTERM)
        printed, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 0
    lines = [json.loads(line) for line in printed.splitlines()]
    assert [line["event"] for line in lines] == ["model.listening", "model.stopped"]
