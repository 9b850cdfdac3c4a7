"""The weather: signed deliveries out of order with repeats, random kills, and freezes longer than a lease."""

import random
import signal
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import httpx2

from bench.storm.stage import SECRET, Process
from vedette.sandbox.sentry import payloads
from vedette.sandbox.sentry.settings import Project

PROJECT = Project(10, "checkout")
# Seconds for which a letter is posted again: longer than any run of kills, restarts and frozen writers.
PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Letter:
    """One signed delivery; `about` is what it must have a ticket for: the issue, or the event."""

    issue: int
    about: str
    body: bytes
    headers: dict[str, str]


@dataclass(slots=True)
class Sent:
    """What came back: the issues (or events) whose delivery was answered 202, and how many answers."""

    accepted: set[str] = field(default_factory=set)
    answers: int = 0
    refused: int = 0
    tries: int = 0


def letters(*, deliveries: int, issues: int, base: str, seed: int, events: int = 0) -> list[Letter]:
    """`deliveries` letters for `issues` issues: a fifth are repeats to the letter, the rest alerts; shuffled.

    With `events`, the alerts are about so many events, each told of several times, as Sentry does when it retries.
    """
    draw = random.Random(seed)
    fresh = deliveries * 4 // 5
    happened = [(f"{draw.getrandbits(128):032x}", time.time() - draw.random() * 600) for _ in range(events or fresh)]
    written = [
        _letter(1000 + number % len(happened) % issues, *happened[number % len(happened)], base=base, draw=draw)
        for number in range(fresh)
    ]
    if events:
        written = [replace(letter, about=happened[number % events][0]) for number, letter in enumerate(written)]
    written += [draw.choice(written) for _ in range(deliveries - fresh)]
    draw.shuffle(written)
    return written


def _letter(issue: int, event: str, at: float, *, base: str, draw: random.Random) -> Letter:
    subject = payloads.Subject(issue_id=issue, event_id=event, project=PROJECT, at=at, base=base, organization="acme")
    body = payloads.encode(payloads.event_alert(subject, rule="storm"))
    headers = payloads.headers("event_alert", body, secret=SECRET, at=at, request_id=f"{draw.getrandbits(128):032x}")
    return Letter(issue, str(issue), body, headers)


def post(url: str, written: Sequence[Letter], *, seconds: float, threads: int = 8) -> Sent:
    """Post all of them, spread over `seconds`; one that got no 202 is posted again until it does (bounded)."""
    sent, lock, began = Sent(), threading.Lock(), time.monotonic()

    def one(place: int, letter: Letter, client: httpx2.Client) -> None:
        due = began + seconds * place / max(len(written), 1)
        time.sleep(max(0.0, due - time.monotonic()))
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            status = _post(client, url, letter)
            with lock:
                sent.tries += 1
                if status == 202:
                    sent.answers += 1
                    sent.accepted.add(letter.about)
                    return
                if 400 <= status < 500:
                    sent.refused += 1
                    return
            time.sleep(0.1)

    with httpx2.Client(timeout=10.0) as client, ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(one, place, letter, client) for place, letter in enumerate(written)]:
            done.result()
    return sent


def _post(client: httpx2.Client, url: str, letter: Letter) -> int:
    try:
        return client.post(url, content=letter.body, headers=letter.headers).status_code
    except httpx2.HTTPError:
        return 0


class Chaos:
    """Kills a random process every `every` seconds and starts it again; freezes one for `freeze` seconds."""

    def __init__(self, targets: Sequence[Process], *, every: float, freeze: float, seed: int) -> None:
        self._targets, self._every, self._freeze = list(targets), every, freeze
        self._draw = random.Random(seed)
        self._stop = threading.Event()
        self._frozen: set[str] = set()
        self.kills = self.stops = 0
        self.came_back = 0
        self._threads = [threading.Thread(target=work) for work in (self._kill, self._halt, self._supervise)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        for target in self._targets:
            if not target.alive():
                target.start()

    def _kill(self) -> None:
        while not self._stop.wait(self._every):
            target = self._draw.choice([each for each in self._targets if each.name not in self._frozen])
            target.kill()
            target.start()
            self.kills += 1

    def _supervise(self) -> None:
        """As systemd does: a process that ended by itself is started again, a second later."""
        while not self._stop.wait(1.0):
            for target in self._targets:
                if target.running is not None and target.running.poll() not in (None, -signal.SIGKILL):
                    self.came_back += 1
                    target.start()

    def _halt(self) -> None:
        while not self._stop.wait(self._every / 2):
            target = self._draw.choice(self._targets)
            if target.name == "serve" or not target.alive():
                continue
            self._frozen.add(target.name)
            target.signal(signal.SIGSTOP)
            self.stops += 1
            self._stop.wait(self._freeze)
            target.signal(signal.SIGCONT)
            self._frozen.discard(target.name)
