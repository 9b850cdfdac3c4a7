"""Failures, grouped by what to do about them; the worker has one ladder of `except` for all of them.

    VedetteError
    ├── Rejected        the sender is wrong: answer 4xx, count it, page nobody
    ├── Unavailable     passes by itself: retry with back-off, then dead letter
    │   └── Uncertain   a write was sent and its outcome is unknown: look before doing it again
    ├── RateLimited     snooze; the attempt is not counted
    ├── Unauthorised    pause the destination, keep its jobs, tell the operators
    ├── Refused         dead letter at once, with the vendor's own words
    ├── ConfigError     print every problem with file:line:column and the cure; exit 2
    └── UnsafePlan      print the numbers, name the flag; exit 3

Messages say what, where and the cure; never a token, never a query string.
"""

from collections.abc import Mapping
from dataclasses import dataclass


class VedetteError(Exception):
    """Whatever Vedette itself raises. `destination` is the vendor to blame, where that is not the job's own."""

    destination: str = ""


class Rejected(VedetteError):
    """A delivery that is not accepted; `reason` is also the metric's label, `status` the HTTP answer."""

    def __init__(self, message: str, *, reason: str, status: int) -> None:
        super().__init__(message)
        self.reason = reason
        self.status = status


class Unavailable(VedetteError):
    """The other side is down or slow (5xx, 408, 409, a brown-out's 410, no connection); `wait`: seconds it named."""

    def __init__(self, message: str, *, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class Uncertain(Unavailable):
    """A write left this process and no whole answer came back: it may have been done."""


class RateLimited(VedetteError):
    """The vendor asks for patience; `wait` in seconds, None where it did not say how long."""

    def __init__(self, message: str, *, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class Unauthorised(VedetteError):
    """The credentials are not good (any more)."""


class Refused(VedetteError):
    """The vendor will not do this, today or tomorrow; `fields` are its own words per field."""

    def __init__(self, message: str, *, status: int = 0, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.fields = dict(fields or {})


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in the settings, where it stands, and the cure."""

    file: str
    line: int
    column: int
    message: str
    cure: str = ""

    def __str__(self) -> str:
        cure = f"; {self.cure}" if self.cure else ""
        return f"{self.file}:{self.line}:{self.column}: {self.message}{cure}"


class ConfigError(VedetteError):
    """Settings that cannot be used; holds every problem, not the first."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class UnsafePlan(VedetteError):
    """More would change than the guard allows."""
