"""Handlers of the tickets themselves: create, read, edit, delete, bulk fetch, search."""

import base64
import hashlib
import time
from collections.abc import Iterable
from typing import Any

from vedette.sandbox.jira.answers import NO_CONTENT, Call, Refusal, json_answer
from vedette.sandbox.jira.jql import parse
from vedette.sandbox.jira.lexing import JqlError
from vedette.sandbox.jira.matching import Search, bounded
from vedette.sandbox.jira.settings import Transition
from vedette.sandbox.jira.shapes import Shapes
from vedette.sandbox.jira.tickets import Ticket
from vedette.sandbox.jira.validation import read_create, read_edit
from vedette.sandbox.stage.answers import Answer

MISSING = "Issue does not exist or you do not have permission to see it."
UNBOUNDED = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
GONE = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. "
    "A full migration guideline is available."
)
BULK_MOST = 100
PAGE, PAGE_MOST, PAGE_MOST_WITH_FIELDS = 50, 5000, 100
RECONCILE_MOST = 50


def found(shapes: Shapes, call: Call) -> Ticket:
    """The ticket a path names, or the 404 that hides whether it exists."""
    ticket = shapes.state.find(call.parts["issue"])
    if ticket is None:
        raise Refusal(404, MISSING)
    return ticket


def names(value: Any) -> list[str]:
    """A list of names given as a JSON array or as one comma-separated text."""
    if isinstance(value, str):
        return [name.strip() for name in value.split(",") if name.strip()]
    if value is not None and not isinstance(value, list):
        raise Refusal(400, "Can not deserialize a list of names.")
    return [str(name) for name in value or ()]


def _block(body: dict[str, Any], name: str) -> dict[str, Any]:
    block = body.get(name) or {}
    if not isinstance(block, dict):
        raise Refusal(400, f"Can not deserialize '{name}': an object was expected.")
    return block


def _properties(body: dict[str, Any]) -> list[dict[str, Any]]:
    listed = body.get("properties") or []
    sound = isinstance(listed, list) and all(isinstance(each, dict) and each.get("key") for each in listed)
    if not sound:
        raise Refusal(400, "Can not deserialize 'properties': a list of key and value was expected.")
    return list(listed)


def create(shapes: Shapes, call: Call) -> Answer:
    body = call.record()
    state, properties = shapes.state, _properties(body)
    project, values = read_create(state, _block(body, "fields"))
    transition = _first_transition(project.workflow.transitions, body.get("transition"))
    ticket = state.create(project, **values)
    for each in properties:
        state.set_property(ticket, each["key"], each.get("value"))
    if transition is not None:
        entered = next(status for status in project.workflow.statuses if status.name == transition.to)
        ticket = state.enter(ticket, entered)
    shape = {"id": str(ticket.id), "key": ticket.key, "self": f"{shapes.base}/issue/{ticket.id}"}
    return json_answer(shape, status=201)


def _first_transition(known: Iterable[Transition], wanted: Any) -> Transition | None:
    if not wanted:
        return None
    number = str(wanted.get("id", "")) if isinstance(wanted, dict) else ""
    for transition in known:
        if transition.id == number:
            return transition
    raise Refusal(400, f"It seems that you have tried to perform an illegal workflow operation ({number}).")


def read(shapes: Shapes, call: Call) -> Answer:
    ticket = found(shapes, call)
    wanted = names(call.query.get("fields")) or ["*all"]
    return json_answer(shapes.ticket(ticket, wanted=wanted, properties=names(call.query.get("properties"))))


def edit(shapes: Shapes, call: Call) -> Answer:
    ticket = found(shapes, call)
    body = call.record()
    properties = _properties(body)
    values = read_edit(shapes.state, ticket, _block(body, "fields"), _block(body, "update"))
    shapes.state.change(ticket, **values)
    for each in properties:
        shapes.state.set_property(ticket, each["key"], each.get("value"))
    return NO_CONTENT


def delete(shapes: Shapes, call: Call) -> Answer:
    shapes.state.delete(found(shapes, call))
    return NO_CONTENT


def bulk_fetch(shapes: Shapes, call: Call) -> Answer:
    body = call.record()
    wanted = body.get("issueIdsOrKeys")
    if not isinstance(wanted, list) or not wanted:
        raise Refusal(400, "issueIdsOrKeys must not be empty.")
    if len(wanted) > BULK_MOST:
        raise Refusal(400, f"The number of issues must not exceed {BULK_MOST}.")
    fields, properties = names(body.get("fields")) or ["*navigable"], names(body.get("properties"))
    shown: dict[int, dict[str, Any]] = {}
    errors = []
    for each in map(str, wanted):
        ticket = shapes.state.find(each)
        if ticket is None:
            errors.append({"id": each, "errorMessage": MISSING})
        else:
            shown[ticket.id] = shapes.ticket(ticket, wanted=fields, properties=properties)
    return json_answer({"issues": list(shown.values()), "issueErrors": errors})


def _run(shapes: Shapes, jql: str, *, restricted: bool) -> list[Ticket]:
    shapes.state.index.catch_up(time.monotonic())
    try:
        query = parse(jql)
        if restricted and not bounded(query):
            raise Refusal(400, UNBOUNDED)
        return Search(shapes.state, query, now=time.time()).run()
    except JqlError as wrong:
        raise Refusal(400, str(wrong)) from None


def _asked(call: Call, *, lists: tuple[str, ...]) -> dict[str, Any]:
    """A search's parameters, from the body of a POST or the query of a GET."""
    if call.method == "POST":
        return call.record()
    asked: dict[str, Any] = dict(call.query)
    for name in lists:
        if name in asked:
            asked[name] = names(asked[name])
    for name in ("maxResults", "startAt"):
        if name in asked:
            asked[name] = call.whole(name, 0)
    return asked


def _number(asked: dict[str, Any], name: str, default: int) -> int:
    value = asked.get(name, default)
    if not isinstance(value, int) or value < 0:
        raise Refusal(400, f"'{name}' must be a whole number and not negative.")
    return value


def search_cloud(shapes: Shapes, call: Call) -> Answer:
    asked = _asked(call, lists=("fields", "properties", "reconcileIssues"))
    jql, fields = str(asked.get("jql") or ""), names(asked.get("fields")) or ["id"]
    _reconcile(shapes, asked.get("reconcileIssues") or [])
    most = PAGE_MOST if set(fields) <= {"id", "key"} else PAGE_MOST_WITH_FIELDS
    size = min(_number(asked, "maxResults", PAGE) or PAGE, most)
    start = _start(asked.get("nextPageToken"), jql)
    hits = _run(shapes, jql, restricted=True)
    shown = hits[start : start + size]
    properties = names(asked.get("properties"))
    page: dict[str, Any] = {
        "issues": [shapes.ticket(each, wanted=fields, properties=properties) for each in shown],
        "isLast": start + size >= len(hits),
    }
    if not page["isLast"]:
        page["nextPageToken"] = _token(start + size, jql)
    return json_answer(page)


def _reconcile(shapes: Shapes, wanted: list[Any]) -> None:
    if not isinstance(wanted, list) or len(wanted) > RECONCILE_MOST:
        raise Refusal(400, f"reconcileIssues takes at most {RECONCILE_MOST} issue ids.")
    if not all(str(each).isdecimal() for each in wanted):
        raise Refusal(400, "reconcileIssues takes issue ids, not keys.")
    tickets = shapes.state.tickets
    shapes.state.index.reconcile((int(each), tickets.get(int(each))) for each in wanted)


def _fingerprint(jql: str) -> str:
    return hashlib.sha256(jql.encode()).hexdigest()[:12]


def _token(start: int, jql: str) -> str:
    return base64.urlsafe_b64encode(f"{start}:{_fingerprint(jql)}".encode()).decode()


def _start(token: Any, jql: str) -> int:
    if not token:
        return 0
    try:
        start, _, fingerprint = base64.urlsafe_b64decode(str(token)).decode().partition(":")
        place = int(start)
    except ValueError:
        raise Refusal(400, "The nextPageToken is invalid.") from None
    if fingerprint != _fingerprint(jql):
        raise Refusal(400, "The nextPageToken belongs to another query.")
    return place


def search_datacenter(shapes: Shapes, call: Call) -> Answer:
    asked = _asked(call, lists=("fields",))
    size = min(_number(asked, "maxResults", PAGE), 1000)
    start = _number(asked, "startAt", 0)
    hits = _run(shapes, str(asked.get("jql") or ""), restricted=False)
    fields = names(asked.get("fields")) or ["*navigable"]
    return json_answer(
        {
            "expand": "schema,names",
            "startAt": start,
            "maxResults": size,
            "total": len(hits),
            "issues": [shapes.ticket(each, wanted=fields) for each in hits[start : start + size]],
        }
    )


def search_removed(shapes: Shapes, call: Call) -> Answer:  # noqa: ARG001 - every handler is called alike
    raise Refusal(410, GONE)


def approximate_count(shapes: Shapes, call: Call) -> Answer:
    return json_answer({"count": len(_run(shapes, str(call.record().get("jql") or ""), restricted=True))})
