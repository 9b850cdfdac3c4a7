"""Patience: readings of one server, each in its turn, a limit that is met in the middle waited out; calls only.

What reads many pages would never end if every limit began it anew. The list of a project's events allows sixty calls a
minute (https://github.com/getsentry/sentry/pull/64847), so that a wait may last one.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from vedette.errors import RateLimited
from vedette.integrations.sentry.lists import Params
from vedette.integrations.sentry.talker import SentryTalker, wait_of
from vedette.integrations.sentry.untrusted import number
from vedette.ports.http import Answer

_TRIES = 5
_USUAL_WAIT = 1.0
_LONGEST_REST = 65.0
_NAP = 15.0


@dataclass(slots=True)
class Reader:
    """Reads from one server; `pace` is called before each reading, and `calls` counts them."""

    talker: SentryTalker
    pace: Callable[[], None]
    sleep: Callable[[float], None] = time.sleep
    calls: int = 0
    _rest: float = 0.0

    def read(self, path: str, params: Params) -> tuple[Any, str]:
        """The answer's JSON and its Link header. Raises the families of `vedette.errors`; nothing comes back half."""
        body, answer = self.ask(path, params)
        return body, answer.headers.get("link", "")

    def ask(self, path: str, params: Params) -> tuple[Any, Answer]:
        """As `read`, with the whole answer."""
        left = _TRIES
        while True:
            self._wait()
            self.pace()
            self.calls += 1
            try:
                body, answer = self.talker.fetch(path, **params)
            except RateLimited as limited:
                left -= 1
                wait = _USUAL_WAIT if limited.wait is None else limited.wait
                if left == 0 or wait > _LONGEST_REST:
                    raise
                self._rest = wait
            else:
                self._rest = _rest_after(answer)
                return body, answer

    def _wait(self) -> None:
        """Rest as long as the server asked for, a quarter of a minute at a time: a turn also keeps a job's lease."""
        rest, self._rest = self._rest, 0.0
        while rest > _NAP:
            self.sleep(_NAP)
            self.pace()
            rest -= _NAP
        if rest:
            self.sleep(rest)


def _rest_after(answer: Answer) -> float:
    """Where the server says that this was the last call of its time, the next one waits for the time after.

    A time that is longer than patience is not waited for: the refusal that follows says how long it is.
    """
    if number(answer.headers.get("x-sentry-rate-limit-remaining")) != 0:
        return 0.0
    wait = wait_of(answer, now=time.time()) or 0.0
    return wait if wait <= _LONGEST_REST else 0.0
