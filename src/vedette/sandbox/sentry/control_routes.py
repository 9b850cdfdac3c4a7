"""Control routes under /_standin: what a test does that no client of Sentry could; no token is asked for."""

from typing import Any, TypeVar

import msgspec
from starlette.responses import Response

from vedette.sandbox.sentry import answers, dates, pouring, seeding
from vedette.sandbox.sentry.desk import Ask
from vedette.sandbox.sentry.faults import Orders
from vedette.sandbox.sentry.pouring import Drop, Outcome, Pour
from vedette.sandbox.sentry.records import Issue
from vedette.sandbox.sentry.seeding import Seed
from vedette.sandbox.sentry.settings import Hook
from vedette.sandbox.sentry.shifting import Shift

Body = TypeVar("Body")


class Change(msgspec.Struct):
    """The body of `POST /_standin/resolve`: which issues get which status, with or without webhooks."""

    ids: list[int]
    status: str = "resolved"
    hooks: bool = True


class Alarm(msgspec.Struct):
    """The body of `POST /_standin/alert`: rules fire for these issues, all in one GlitchTip alert."""

    ids: list[int]
    rules: list[str] = msgspec.field(default_factory=lambda: ["A new issue is created"])


class Cut(msgspec.Struct):
    """The body of `POST /_standin/unmerge`."""

    id: int
    hashes: list[str]


def _body(ask: Ask, kind: type[Body]) -> Body:
    try:
        return msgspec.json.decode(ask.raw or b"{}", type=kind)
    except msgspec.DecodeError as broken:
        raise answers.refuse(400, f"{ask.request.url.path}: {broken}") from broken


def _issue(ask: Ask, number: int) -> Issue:
    found = ask.memory.issue(number)
    if found is None:
        raise answers.refuse(404, f"no issue {number}")
    return found


def seed(ask: Ask) -> Response:
    """POST issues: a list of seeds; answers id and short id of each, in order. Fires no webhook."""
    made = []
    for wanted in _body(ask, list[Seed]):
        try:
            made.append(seeding.plant(ask.memory, wanted, now=ask.world.clock()))
        except KeyError as unknown:
            raise answers.refuse(400, f"no project {wanted.project!r}") from unknown
    return answers.reply([{"id": str(issue.id), "shortId": issue.short_id} for issue in made], 201)


def change_status(ask: Ask) -> Response:
    """POST resolve: as if a person had clicked."""
    wanted, world = _body(ask, Change), ask.world
    for number in wanted.ids:
        issue = _issue(ask, number)
        world.memory.change_status(issue, wanted.status, at=world.clock())
        if wanted.hooks:
            world.notices.status_changed(issue, world.view(), actor=ask.caller)
    return answers.empty(204)


def alert(ask: Ask) -> Response:
    """POST alert: rules fire for the latest occurrence of each issue."""
    wanted, memory = _body(ask, Alarm), ask.memory
    occurrences = [memory.occurrences[_issue(ask, number).occurrences[-1]] for number in wanted.ids]
    if occurrences:
        ask.world.notices.alert(occurrences, ask.world.view(), rules=wanted.rules)
    return answers.empty(204)


def unmerge(ask: Ask) -> Response:
    """POST unmerge: tear hashes off an issue; answers the new issue's id, or null."""
    wanted = _body(ask, Cut)
    torn = ask.memory.unmerge(_issue(ask, wanted.id), wanted.hashes)
    return answers.reply({"id": str(torn.id) if torn else None})


def pour(ask: Ask) -> Response:
    """POST arrivals: a list of `pouring.Pour`; answers how many occurrences that were."""
    try:
        many = pouring.pour(ask.memory, _body(ask, list[Pour]), now=ask.world.clock())
    except KeyError as unknown:
        raise answers.refuse(400, f"no issue {unknown}") from unknown
    return answers.reply({"poured": many}, 201)


def drop(ask: Ask) -> Response:
    """DELETE arrivals: a list of `pouring.Drop`."""
    try:
        pouring.drop(ask.memory, _body(ask, list[Drop]))
    except KeyError as unknown:
        raise answers.refuse(400, f"no issue {unknown}") from unknown
    return answers.empty(204)


def outcomes(ask: Ask) -> Response:
    """POST outcomes: a list of `pouring.Outcome`, events that were dropped or filtered."""
    for each in _body(ask, list[Outcome]):
        hour = int(dates.parse(each.at, ask.world.clock())) // 3600 * 3600
        ask.memory.dropped[each.project, hour, each.outcome, each.reason] += each.quantity
    return answers.empty(204)


def shifts(ask: Ask) -> Response:
    """POST shifts: what changes between answers from now on; an empty list is an end to it."""
    ask.world.shifts[:] = _body(ask, list[Shift])
    return answers.empty(204)


def faults(ask: Ask) -> Response:
    """POST faults: add, set limits, or clear; answers what is in force."""
    ask.world.switchboard.obey(_body(ask, Orders))
    return show_faults(ask)


def show_faults(ask: Ask) -> Response:
    """GET faults: what is in force, with how many hits each has left."""
    board = ask.world.switchboard
    body: dict[str, Any] = {"faults": board.faults, "rate_limits": board.limits, "concurrency": board.concurrency}
    for name in ("hollow_pages", "denied", "skew", "one_project", "dateless"):
        body[name] = getattr(board, name)
    return answers.reply(body)


def subscribe(ask: Ask) -> Response:
    """POST hooks: tell one more address, the fields being those of `settings.Hook`."""
    ask.world.notices.hooks.append(_body(ask, Hook))
    return answers.empty(204)


def hooks(ask: Ask) -> Response:
    """GET hooks: every webhook attempt, with status and latency."""
    return answers.reply(ask.world.sender.as_json())
