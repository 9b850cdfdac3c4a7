"""Monitor run: the door by which an outside cron has a window counted, and hears how each part of it went.

The law: without a good key nothing is told; there is one run at a time, and who asks for the run under way joins it.
"""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from vedette.errors import Rejected, VedetteError
from vedette.flows import running
from vedette.flows.context import Context, log
from vedette.flows.run_data import RunStatus, run_data, status_of
from vedette.flows.tally import Tally
from vedette.model.secret import Secret
from vedette.ports.signatures import token_matches
from vedette.web.asked import Asked, asked_for
from vedette.web.hooks import Gone, Receive, Scope, Send, send_json, whole_body

PATH = "/monitor/run"
SOURCE = "monitor"
#: The first is ours; the second is what the callers of an older monitor send.
KEY_HEADERS = (b"x-vedette-key", b"x-wsm_auth_key")
# Hosted crons give up after thirty seconds.
ANSWER_WITHIN_S = 25.0
_MOST_BODY = 64 * 1024  # callers that send one are not turned away for it; it is not read
_KEPT = 100
_MOST_WAITING = 8
_SINKS_WITHIN = timedelta(seconds=20)
_STATUSES = {RunStatus.OK: 200, RunStatus.PARTIAL: 207, RunStatus.FAILED: 503}

#: Counts the window, and tells how each part went; called in a thread.
Runner = Callable[[Context, Asked], "Outcome"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run: the status of the answer, and the answer."""

    status: int
    told: dict[str, Any]


def run_now(context: Context, asked: Asked) -> Outcome:
    """Count the window, see the sinks served by the workers, and tell of both."""
    report = running.run(
        context,
        window=None if asked.owed else asked.window,
        names=asked.filters or None,
        debug=asked.debug,
        patience=_SINKS_WITHIN,
    )
    status = status_of(report)
    log.info("run_done", window=str(report.window), status=status.value, debug=report.debug)
    return Outcome(_STATUSES[status], run_data(report))


@dataclass(slots=True)
class _Run:
    asked: Asked
    task: "asyncio.Task[Outcome]"
    id: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def address(self) -> str:
        return f"{PATH}/{self.id}"


class RunDoor:
    """Answers `POST /monitor/run`, `GET /monitor/run/ID` and, where the settings say so, `POST /`."""

    def __init__(
        self, context: Callable[[], Context], *, tally: Tally, run: Runner = run_now, within: float = ANSWER_WITHIN_S
    ) -> None:
        self._context = context
        self._tally = tally
        self._runner = run
        self._within = within
        self._runs: OrderedDict[str, _Run] = OrderedDict()
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Answer the request; False, and no answer, where it is not for this door."""
        path, context = scope["path"].rstrip("/"), self._context()
        settings = context.settings.monitor
        at_root = path == "" and settings.root
        if not at_root and path != PATH and not path.startswith(f"{PATH}/"):
            return False
        try:
            self._admit(scope, settings.key)
            if path.startswith(f"{PATH}/"):
                await self._ask(path.removeprefix(f"{PATH}/"), scope, send)
            else:
                await self._start(context, scope, receive, send)
        except Gone:
            pass
        except Rejected as refusal:
            allow = ((b"allow", b"GET" if path.startswith(f"{PATH}/") else b"POST"),) if refusal.status == 405 else ()
            await send_json(send, refusal.status, {"error": str(refusal)}, *allow)
        return True

    def _admit(self, scope: Scope, key: Secret | None) -> None:
        """Raises `Rejected` for who has no good key."""
        if key is None:
            raise Rejected("this door is shut until monitor.key is set", reason="no_key_set", status=404)
        given = [value.decode("latin-1") for name, value in scope["headers"] if name in KEY_HEADERS]
        if not any([token_matches(each, key) for each in given]):  # noqa: C419 - every one, in constant time
            reason = "wrong_key" if given else "no_key"
            self._tally.refused(SOURCE, reason)
            log.info("run_refused", source=SOURCE, reason=reason, peer=(scope.get("client") or ("",))[0])
            raise Rejected("not authenticated", reason=reason, status=403)

    async def _start(self, context: Context, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            raise Rejected("a run is asked for with POST", reason="method", status=405)
        await whole_body(receive, limit=_MOST_BODY)
        query = scope["query_string"].decode("latin-1")
        asked, asynchronous = asked_for(query, settings=context.settings.monitor, now=context.clock())
        run = self._joined(context, asked)
        if run is None:
            await send_json(send, 503, {"error": "too many runs wait already; ask again"}, (b"retry-after", b"30"))
            return
        if not asynchronous:
            await asyncio.wait([run.task], timeout=self._within)
        await _answer(run, send)

    async def _ask(self, number: str, scope: Scope, send: Send) -> None:
        if scope["method"] != "GET":
            raise Rejected("a run is looked at with GET", reason="method", status=405)
        run = self._runs.get(number)
        if run is None:
            raise Rejected("there is no such run in this process (any more)", reason="no_such_run", status=404)
        await _answer(run, send)

    def _joined(self, context: Context, asked: Asked) -> _Run | None:
        """The run under way that does the same, else a new one; None where too many wait."""
        waiting = [run for run in self._runs.values() if not run.task.done()]
        for run in waiting:
            if run.asked == asked:
                return run
        if len(waiting) >= _MOST_WAITING:
            return None
        run = _Run(asked, asyncio.create_task(self._in_turn(context, asked)))
        self._runs[run.id] = run
        while len(self._runs) > _KEPT:
            self._runs.popitem(last=False)
        return run

    async def _in_turn(self, context: Context, asked: Asked) -> Outcome:
        async with self._turn:
            try:
                return await asyncio.to_thread(self._runner, context, asked)
            except VedetteError as problem:
                log.warning("run_failed", window=str(asked.window), problem=str(problem))
                return Outcome(503, {"status": "failed", "error": str(problem)})
            except Exception:  # noqa: BLE001 - the caller must hear "again", and no stack
                log.exception("run_bug")
                return Outcome(503, {"status": "failed", "error": "a bug; see the log"})


async def _answer(run: _Run, send: Send) -> None:
    if run.task.done():
        outcome = run.task.result()
        await send_json(send, outcome.status, {"run": run.id, **outcome.told})
    else:
        told = {"run": run.id, "status": "running", "ask": run.address}
        await send_json(send, 202, told, (b"location", run.address.encode()))
