"""Looking: what an address of the monitor asks to see, and the addresses of what stands beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlencode

from starlette.exceptions import HTTPException

from vedette.rules.charting import Against, Range

_YEARS = range(2000, 2200)


class Compare(StrEnum):
    """What a chart is compared with."""

    YESTERDAY = "yesterday"
    LAST_WEEK = "last_week"
    BOTH = "both"
    NONE = "none"

    @property
    def against(self) -> tuple[Against, ...]:
        """The earlier times."""
        return tuple(Against) if self is Compare.BOTH else tuple(each for each in Against if each == self.value)


class Issues(StrEnum):
    """Over what the errors of the table are counted."""

    WINDOW = "window"
    RANGE = "range"


@dataclass(frozen=True, slots=True)
class Look:
    """What is asked for. `end`: of the range, None = now; `window`: the start of the table's, None = the newest."""

    range: Range = Range.DAY
    compare: Compare = Compare.YESTERDAY
    issues: Issues = Issues.WINDOW
    end: datetime | None = None
    window: datetime | None = None

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> "Look":
        """What the query of an address says; HTTPException 400 with the cure where it cannot be read."""
        return cls(
            range=_word(asked, "range", Range.DAY),
            compare=_word(asked, "compare", Compare.YESTERDAY),
            issues=_word(asked, "issues", Issues.WINDOW),
            end=_moment(asked, "end"),
            window=_moment(asked, "window"),
        )

    def query(self, **changes: Any) -> str:
        """The query of this look, or of one beside it; what is usual is left out."""
        asked, usual = replace(self, **changes), Look()
        said = {name: getattr(asked, name) for name in ("range", "compare", "issues", "end", "window")}
        told = {name: _written(value) for name, value in said.items() if value != getattr(usual, name)}
        return f"?{urlencode(told)}" if told else ""


def filter_path(instance: str, name: str) -> str:
    """The page about a filter."""
    return f"/monitor/{quote(instance, safe='')}/{quote(name, safe='')}"


def _written(value: Any) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else str(value)


def _word(asked: Mapping[str, str], name: str, usual: Any) -> Any:
    said, kind = asked.get(name, usual.value), type(usual)
    try:
        return kind(said)
    except ValueError:
        words = ", ".join(each.value for each in kind)
        raise HTTPException(400, f"{name}={said[:40]} is not known; write one of {words}.") from None


def _moment(asked: Mapping[str, str], name: str) -> datetime | None:
    said = asked.get(name, "")
    if not said:
        return None
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or at.year not in _YEARS:
        raise HTTPException(400, f"{name}={said[:40]} is no time; write one as 2026-11-21T10:35:00Z.")
    return at.astimezone(UTC)
