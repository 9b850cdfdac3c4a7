"""Handlers of what hangs on a ticket: transitions, comments, remote links, entity properties."""

from typing import Any

from vedette.sandbox.jira.answers import NO_CONTENT, Call, Refusal, json_answer
from vedette.sandbox.jira.documents import body_fault
from vedette.sandbox.jira.issues import found
from vedette.sandbox.jira.settings import Status, Transition
from vedette.sandbox.jira.shapes import Shapes
from vedette.sandbox.jira.tickets import Ticket
from vedette.sandbox.stage.answers import Answer

LONGEST_GLOBAL_ID = 255
LARGEST_PROPERTY = 32_768


def _ways(shapes: Shapes, ticket: Ticket) -> list[tuple[Transition, Status]]:
    """The transitions open to a ticket now, each with the status it enters."""
    workflow = shapes.state.projects[ticket.project].workflow
    statuses = {status.name: status for status in workflow.statuses}
    return [
        (each, statuses[each.to])
        for each in workflow.transitions
        if each.to != ticket.status and (not each.sources or ticket.status in each.sources)
    ]


def transitions(shapes: Shapes, call: Call) -> Answer:
    ticket = found(shapes, call)
    only = call.query.get("transitionId")
    listed = [shapes.transition(*way) for way in _ways(shapes, ticket) if only in (None, way[0].id)]
    return json_answer({"expand": "transitions", "transitions": listed})


def transit(shapes: Shapes, call: Call) -> Answer:
    ticket = found(shapes, call)
    body = call.record()
    wanted = body.get("transition")
    number = wanted.get("id") if isinstance(wanted, dict) else None
    if not number:
        raise Refusal(400, "Missing 'transition' identifier")
    for transition, status in _ways(shapes, ticket):
        if transition.id == str(number):
            shapes.state.enter(ticket, status)
            return NO_CONTENT
    raise Refusal(
        400,
        f"It seems that you have tried to perform an illegal workflow operation (transition {number} "
        f"from '{ticket.status}').",
    )


def comments(shapes: Shapes, call: Call) -> Answer:
    ticket = found(shapes, call)
    kept = shapes.state.attached[ticket.id].comments
    if call.query.get("orderBy", "").startswith("-"):
        kept = kept[::-1]
    start, size = call.whole("startAt", 0), call.whole("maxResults", 100 if shapes.cloud else 1_048_576)
    shown = [shapes.comment(ticket, each) for each in kept[start : start + size]]
    return json_answer({"startAt": start, "maxResults": size, "total": len(kept), "comments": shown})


def comment(shapes: Shapes, call: Call) -> Answer:
    ticket = found(shapes, call)
    body = call.record()
    text = body.get("body")
    if text in (None, ""):
        raise Refusal(400, fields={"comment": "Comment body can not be empty!"})
    fault = body_fault(text, as_document=shapes.cloud)
    if fault:
        raise Refusal(400, fields={"comment": fault})
    properties = tuple(each for each in body.get("properties") or () if isinstance(each, dict))
    made = shapes.state.comment(ticket, text, properties)
    return json_answer(shapes.comment(ticket, made), status=201)


def links(shapes: Shapes, call: Call) -> Answer:
    ticket = found(shapes, call)
    kept = shapes.state.attached[ticket.id].links
    only = call.query.get("globalId")
    if only is None:
        return json_answer([shapes.remote(ticket, each) for each in kept.values()])
    if only not in kept:
        raise Refusal(404, "A remote issue link with the given global id could not be found.")
    return json_answer(shapes.remote(ticket, kept[only]))


def link(shapes: Shapes, call: Call) -> Answer:
    ticket = found(shapes, call)
    payload = call.record()
    target = payload.get("object")
    if not isinstance(target, dict):
        raise Refusal(400, fields={"object": "'object' is required."})
    missing = {name: f"'{name}' is required." for name in ("url", "title") if not target.get(name)}
    if missing:
        raise Refusal(400, fields=missing)
    if len(str(payload.get("globalId") or "")) > LONGEST_GLOBAL_ID:
        raise Refusal(400, fields={"globalId": "The globalId is longer than 255 characters."})
    kept, new = shapes.state.link(ticket, payload)
    shape = {"id": kept.id, "self": f"{shapes.base}/issue/{ticket.key}/remotelink/{kept.id}"}
    return json_answer(shape, status=201 if new else 200)


def unlink(shapes: Shapes, call: Call) -> Answer:
    ticket = found(shapes, call)
    if shapes.state.attached[ticket.id].links.pop(call.query.get("globalId", ""), None) is None:
        raise Refusal(404, "A remote issue link with the given global id could not be found.")
    return NO_CONTENT


def properties(shapes: Shapes, call: Call) -> Answer:
    ticket = found(shapes, call)
    listed = [
        {"self": f"{shapes.base}/issue/{ticket.id}/properties/{key}", "key": key}
        for key in shapes.state.attached[ticket.id].properties
    ]
    return json_answer({"keys": listed})


def _key(call: Call) -> str:
    key = call.parts["property"]
    if len(key) > 255:
        raise Refusal(400, "The property key must be at most 255 characters.")
    return key


def get_property(shapes: Shapes, call: Call) -> Answer:
    kept: dict[str, Any] = shapes.state.attached[found(shapes, call).id].properties
    key = _key(call)
    if key not in kept:
        raise Refusal(404, f"The property with key '{key}' does not exist.")
    return json_answer({"key": key, "value": kept[key]})


def put_property(shapes: Shapes, call: Call) -> Answer:
    ticket = found(shapes, call)
    if len(call.body) > LARGEST_PROPERTY:
        raise Refusal(400, "The property value must be at most 32768 bytes.")
    new = shapes.state.set_property(ticket, _key(call), call.json())
    return json_answer({}, status=201 if new else 200)


def delete_property(shapes: Shapes, call: Call) -> Answer:
    key = _key(call)
    if not shapes.state.drop_property(found(shapes, call), key):
        raise Refusal(404, f"The property with key '{key}' does not exist.")
    return NO_CONTENT
