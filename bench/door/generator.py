"""Generator: signed webhooks in an open loop, in a process of its own; latency counts from the scheduled moment.

Arrivals are random (exponential gaps, one seed), so that bursts are part of the measure. Bodies are signed before the
clock starts; each delivery is made a new one by its Request-ID, which the signature does not cover. A sender that finds
every connection taken waits, and his waiting counts.
"""

import asyncio
import gc
import json
import os
import random
import signal
import sys
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec
import uvloop

from vedette.sandbox.sentry import payloads
from vedette.sandbox.sentry.settings import Project

PROJECT: Final = Project(10, "checkout")
FIRST_ISSUE: Final = 1000


class Plan(msgspec.Struct, kw_only=True):
    """What to send; one JSON object on standard input."""

    port: int
    secret: str
    rate: float  # deliveries a second
    seconds: float
    seed: int
    connections: int = 64
    issues: int = 200
    size: int = 24_000
    base: str = "https://sentry.example.test"
    accepted: str = ""  # file for the request ids that were answered 202, one a line
    patience: float = 10.0  # seconds to wait for the last answers
    kill: int = 0  # process to end with SIGKILL under load
    kill_after: float = 1.0  # seconds


@dataclass(slots=True)
class Results:
    """What came back."""

    latencies: list[float] = field(default_factory=list)  # seconds, of answers 202
    statuses: Counter[str] = field(default_factory=Counter)
    accepted: list[bytes] = field(default_factory=list)


class Line(asyncio.Protocol):
    """One connection with at most one request under way."""

    def __init__(self, load: "Load") -> None:
        self._load = load
        self._heard = b""
        self._sent: tuple[bytes, float] | None = None
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._load.free(self)

    def send(self, parts: list[bytes], *, request_id: bytes, due: float) -> None:
        self._sent = (request_id, due)
        self._transport.writelines(parts)

    def data_received(self, data: bytes) -> None:
        heard = self._heard + data if self._heard else data
        end = heard.find(b"\r\n\r\n")
        if end < 0 or len(heard) < end + 4 + _length(heard):
            self._heard = heard
            return
        self._heard = b""
        sent, self._sent = self._sent, None
        assert sent is not None
        self._load.answered(heard[9:12].decode(), request_id=sent[0], due=sent[1])
        self._load.free(self)

    def connection_lost(self, _: Exception | None) -> None:
        self._load.lost(self, under_way=self._sent is not None)


class Load:
    """The open loop over a set of connections."""

    def __init__(self, plan: Plan) -> None:
        self.results = Results()
        self._plan = plan
        self._letters = _letters(plan)
        self._free: deque[Line] = deque()
        self._late: deque[tuple[int, float]] = deque()  # scheduled, and every connection was taken
        self._left = 0
        self._gone = 0
        self._draw = random.Random(plan.seed)

    async def run(self) -> float:
        """Send everything; the seconds that it took until the last answer."""
        loop = asyncio.get_running_loop()
        for _ in range(self._plan.connections):
            await loop.create_connection(lambda: Line(self), "127.0.0.1", self._plan.port)
        dues = self._schedule()
        self._left = len(dues)
        began = time.perf_counter()
        if self._plan.kill:
            loop.call_later(self._plan.kill_after, os.kill, self._plan.kill, signal.SIGKILL)
        for number, offset in enumerate(dues):
            due = began + offset
            while (wait := due - time.perf_counter()) > 0:  # noqa: ASYNC110 - the schedule is the point
                await asyncio.sleep(wait)
            self._send(number, due)
            if number % 16 == 0:
                await asyncio.sleep(0)
        await self._last_answers()
        return time.perf_counter() - began

    def free(self, line: Line) -> None:
        if self._late:
            number, due = self._late.popleft()
            self._write(line, number, due)
        else:
            self._free.append(line)

    def answered(self, status: str, *, request_id: bytes, due: float) -> None:
        self._left -= 1
        self.results.statuses[status] += 1
        if status == "202":
            self.results.latencies.append(time.perf_counter() - due)
            self.results.accepted.append(request_id)

    def lost(self, line: Line, *, under_way: bool) -> None:
        self._gone += 1
        if under_way:
            self._left -= 1
            self.results.statuses["lost"] += 1
        if line in self._free:
            self._free.remove(line)

    def _send(self, number: int, due: float) -> None:
        if self._free:
            self._write(self._free.popleft(), number, due)
        else:
            self._late.append((number, due))

    def _write(self, line: Line, number: int, due: float) -> None:
        head, body = self._letters[number % len(self._letters)]
        request_id = b"%016x%016x" % (self._plan.seed, number)
        line.send([head, request_id, b"\r\n\r\n", body], request_id=request_id, due=due)

    def _schedule(self) -> list[float]:
        dues, at = [], 0.0
        while (at := at + self._draw.expovariate(self._plan.rate)) < self._plan.seconds:
            dues.append(at)
        return dues

    async def _last_answers(self) -> None:
        deadline = time.perf_counter() + self._plan.patience
        while self._left and time.perf_counter() < deadline and self._gone < self._plan.connections:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def _letters(plan: Plan) -> list[tuple[bytes, bytes]]:
    """Head up to the request id, and body, of one alert per issue."""
    return [_letter(plan, FIRST_ISSUE + number) for number in range(plan.issues)]


def _letter(plan: Plan, issue: int) -> tuple[bytes, bytes]:
    draw = random.Random(issue)
    # The padding repeats itself; these do not, so that zstd finds about a fifth, as in real deliveries.
    tags = {f"trace.{number:02d}": f"{draw.getrandbits(400):0100x}" for number in range(50)}
    subject = payloads.Subject(
        issue_id=issue, project=PROJECT, at=time.time(), base=plan.base, tags=tags, size=plan.size
    )
    body = payloads.encode(payloads.event_alert(subject, rule="load"))
    signed = payloads.headers("event_alert", body, secret=plan.secret, at=time.time(), request_id="x")
    kept = {name: value for name, value in signed.items() if name.lower() not in {"request-id", "content-length"}}
    lines = [
        f"{name}: {value}" for name, value in {"Host": "127.0.0.1", **kept, "Content-Length": str(len(body))}.items()
    ]
    return ("\r\n".join(["POST /hooks/sentry HTTP/1.1", *lines, "Request-ID: "])).encode(), body


def _length(heard: bytes) -> int:
    place = heard.lower().find(b"content-length: ")
    return int(heard[place + 16 : heard.find(b"\r\n", place)]) if place >= 0 else 0


def quantile(values: list[float], share: float) -> float:
    """The smallest value that at least `share` of them do not exceed, in milliseconds."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 2) if ordered else float("inf")


def main() -> None:
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    load = Load(plan)
    gc.collect()
    gc.disable()
    took = uvloop.run(load.run())
    results = load.results
    if plan.accepted:
        Path(plan.accepted).write_bytes(b"\n".join(results.accepted))
    told = {
        "p50_ms": quantile(results.latencies, 0.50),
        "p99_ms": quantile(results.latencies, 0.99),
        "max_ms": quantile(results.latencies, 1.0),
        "per_s": round(len(results.latencies) / took, 1),
        "statuses": dict(results.statuses),
        "cpu_share": round(time.process_time() / took, 2),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
