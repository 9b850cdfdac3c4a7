"""Desk: what every handler is given: the world it answers from, and one request read tolerantly."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from vedette.sandbox.sentry import answers, dates, query
from vedette.sandbox.sentry.faults import Switchboard
from vedette.sandbox.sentry.hooks import Sender
from vedette.sandbox.sentry.memory import Memory
from vedette.sandbox.sentry.notices import Notices
from vedette.sandbox.sentry.query import Window
from vedette.sandbox.sentry.records import Exchange, Issue
from vedette.sandbox.sentry.roster import Roster
from vedette.sandbox.sentry.settings import Dialect, Person, Project, StandInConfig
from vedette.sandbox.sentry.shifting import Shift
from vedette.sandbox.sentry.view import View

_PERIOD = re.compile(r"(\d+)([smhdw])")


class World:
    """One stand-in's whole state."""

    def __init__(self, config: StandInConfig, *, clock: Callable[[], float] = time.time) -> None:
        self.config = config
        self._clock = clock
        self.memory = Memory(config)
        self.roster = Roster(config)
        self.sender = Sender()
        self.notices = Notices(config, self.sender)
        self.switchboard = Switchboard(config)
        self.shifts: list[Shift] = []
        self.dice = Random(config.dice)
        #: What was said over the wire, when recording was asked for.
        self.exchanges: list[Exchange] | None = None
        #: Where it can be reached; known once it listens.
        self.url = ""

    def clock(self) -> float:
        """The server's own time."""
        return self._clock() + self.switchboard.skew

    def view(self, window: Window | None = None, *, stats: str = "", expand: frozenset[str] = frozenset()) -> View:
        """How to show issues now."""
        return View(self.url, self.config, self.clock(), window or Window(), stats, expand)


@dataclass(slots=True)
class Ask:
    """One request."""

    world: World
    request: Request
    raw: bytes
    token: str

    @property
    def dialect(self) -> Dialect:
        """Whose answers are imitated."""
        return self.world.config.dialect

    @property
    def memory(self) -> Memory:
        """The rows."""
        return self.world.memory

    @property
    def caller(self) -> Person:
        """Whoever holds the token."""
        holder = self.world.roster.holder()
        return self.world.config.people[0] if holder is None or holder.person is None else holder.person

    def path(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def arg(self, name: str, default: str = "") -> str:
        """A query argument."""
        return self.request.query_params.get(name, default)

    def args(self, name: str) -> list[str]:
        """A query argument that may repeat."""
        return self.request.query_params.getlist(name)

    def json(self) -> dict[str, Any]:
        """The body as an object; 400 when it is none."""
        try:
            return msgspec.json.decode(self.raw or b"{}", type=dict[str, Any])
        except msgspec.DecodeError as broken:
            raise answers.refuse(400, f"JSON parse error - {broken}") from broken

    def issue(self) -> Issue:
        """The issue of the path; 404 when there is none, or the organisation is another."""
        found = self.memory.issue(self.path("issue"))
        if found is None:
            raise answers.not_found(self.dialect)
        return found

    def project(self) -> Project:
        """The project of the path, or 404."""
        found = self.memory.project(self.path("project"))
        if found is None:
            raise answers.not_found(self.dialect)
        return found

    def projects(self) -> set[int]:
        """The projects that `project=` names, by id or slug; all when none or -1 is named."""
        named = self.args("project")
        if not named or "-1" in named:
            return {project.id for project in self.memory.projects.values()}
        found = [self.memory.project(name) for name in named]
        if None in found:
            raise answers.forbidden(self.dialect)
        return {project.id for project in found if project is not None}

    def window(self) -> Window:
        """statsPeriod, or start and end; 400 in Sentry's words when they make no sense."""
        environments = frozenset(self.args("environment"))
        period, now = self.arg("statsPeriod"), self.world.clock()
        if period:
            found = _PERIOD.fullmatch(period)
            if found is None:
                raise answers.refuse(400, f"Invalid statsPeriod: '{period}'")
            return Window(now - int(found[1]) * query.SECONDS[found[2]], now + 1e-6, environments)
        start, end = self.arg("start"), self.arg("end")
        if bool(start) is not bool(end):
            raise answers.refuse(400, "start and end are both required")
        if not start:
            return Window(environments=environments)
        window = Window(self._instant(start, "start"), self._instant(end, "end"), environments)
        if (window.start or 0.0) > (window.end or 0.0):
            raise answers.refuse(400, "start must be before end")
        return window

    def _instant(self, text: str, name: str) -> float:
        at = dates.parse(text, float("nan"))
        if at != at:  # noqa: PLR0124 - only NaN differs from itself
            raise answers.refuse(400, f"{text} is not a valid ISO8601 date query ({name})")
        return at

    def limit(self, name: str = "limit", most: int = 100) -> int:
        """How many rows; a `limit` past the most is accepted and cut down, as 23.7.1 did, a `per_page` refused."""
        text = self.arg(name, str(most))
        if not text.isdecimal() or int(text) == 0 or (name == "per_page" and int(text) > most):
            raise answers.refuse(400, f"Invalid {name} value. Must be between 1 and {most}.")
        return min(int(text), most)

    def url_without_cursor(self) -> str:
        """This request's address, for page links."""
        return str(self.request.url.remove_query_params("cursor"))


Handler = Callable[[Ask], Response]
