"""Issue routes: one issue, many at once, and what hangs on them."""

from typing import Any

from starlette.responses import Response

from vedette.sandbox.sentry import answers, dates, event_shapes, paging, part_shapes, shapes
from vedette.sandbox.sentry.desk import Ask
from vedette.sandbox.sentry.records import Issue
from vedette.sandbox.sentry.settings import Dialect, Person, Team

_STATUSES = {"resolved", "unresolved", "ignored", "resolvedInNextRelease", "muted", "reprocessing"}
_PLAIN_STATUS = {"resolvedInNextRelease": "resolved", "muted": "ignored"}
_PRIORITIES = {"low", "medium", "high"}


def detail(ask: Ask) -> Response:
    """GET one issue: lifetime counts."""
    expand = frozenset(ask.args("expand"))
    return answers.reply(shapes.detailed(ask.issue(), ask.world.view(expand=expand)))


def change(ask: Ask) -> Response:
    """PUT one issue: answers the list's shape, without activity or tags."""
    issue = ask.issue()
    _apply(ask, issue, ask.json())
    return answers.reply(shapes.issue(issue, ask.world.view()))


def remove(ask: Ask) -> Response:
    """DELETE one issue: Sentry forgets it at once; GlitchTip still shows it to a GET right after."""
    issue = ask.issue()
    if ask.dialect is Dialect.GLITCHTIP:
        issue.status = "pending_deletion"
        return answers.empty(204)
    ask.memory.forget(issue)
    return answers.empty(202)


def bulk_change(ask: Ask) -> Response:
    """PUT many: only the changed fields come back; 204 and no body when no id matched."""
    issues = _chosen(ask)
    if not issues:
        return answers.empty(204)
    wanted = ask.json()
    if wanted.get("merge"):
        return _merged(ask, issues)
    answer: dict[str, Any] = {}
    for issue in issues:
        answer = _apply(ask, issue, wanted)
    return answers.reply(answer)


def bulk_remove(ask: Ask) -> Response:
    """DELETE many."""
    for issue in _chosen(ask):
        ask.memory.forget(issue)
    return answers.empty(204)


def _chosen(ask: Ask) -> list[Issue]:
    project = ask.project() if "project" in ask.request.path_params else None
    found = [ask.memory.issue(number) for number in ask.args("id")]
    return [issue for issue in found if issue is not None and project in {None, issue.project}]


def _merged(ask: Ask, issues: list[Issue]) -> Response:
    """The most frequent issue is the parent."""
    ordered = sorted(set_of(issues), key=lambda issue: (-issue.times_seen, issue.id))
    if len(ordered) < 2:
        raise answers.refuse(400, "Only issues of the same project can be merged.")
    parent, *children = ordered
    ask.memory.merge(parent, children)
    body = {"merge": {"parent": str(parent.id), "children": [str(child.id) for child in children]}}
    return answers.reply(body)


def set_of(issues: list[Issue]) -> list[Issue]:
    """Each issue once, in the order given."""
    return list({issue.id: issue for issue in issues}.values())


def _apply(ask: Ask, issue: Issue, wanted: dict[str, Any]) -> dict[str, Any]:
    """Make the changes; everything is checked before anything is changed."""
    if ask.dialect is Dialect.GLITCHTIP and "assignedTo" in wanted:
        raise answers.refuse(500, "Internal Error")
    assignee = _actor(ask, issue, wanted["assignedTo"]) if "assignedTo" in wanted else issue.assignee
    _check(wanted)
    changed: dict[str, Any] = {}
    if "status" in wanted:
        changed |= _set_status(ask, issue, wanted["status"], wanted.get("statusDetails") or {})
    if "assignedTo" in wanted:
        changed["assignedTo"] = _assign(ask, issue, assignee)
    if "hasSeen" in wanted:
        issue.has_seen = changed["hasSeen"] = bool(wanted["hasSeen"])
    if "isBookmarked" in wanted:
        issue.bookmarked = changed["isBookmarked"] = bool(wanted["isBookmarked"])
    if "priority" in wanted:
        issue.priority = changed["priority"] = wanted["priority"]
    return changed


def _check(wanted: dict[str, Any]) -> None:
    for field, choices in (("status", _STATUSES), ("priority", _PRIORITIES)):
        if field in wanted and wanted[field] not in choices:
            raise answers.refuse(400, {field: [f'"{wanted[field]}" is not a valid choice.']})


def _set_status(ask: Ask, issue: Issue, status: str, details: dict[str, Any]) -> dict[str, Any]:
    if ask.dialect is Dialect.GLITCHTIP and status == "resolvedInNextRelease":
        raise answers.invalid(["body", "status"], "Input should be 'resolved', 'unresolved' or 'ignored'")
    plain, now = _PLAIN_STATUS.get(status, status), ask.world.clock()
    moved = plain != issue.status
    if moved:
        ask.memory.change_status(issue, plain, at=now, substatus="ongoing" if plain == "unresolved" else None)
    issue.status_details = _details(issue, status, details, now)
    if moved:
        ask.world.notices.status_changed(issue, ask.world.view(), actor=ask.caller)
    changed: dict[str, Any] = {"status": plain, "statusDetails": issue.status_details}
    return changed | ({"inbox": None} if plain == "resolved" else {})


def _details(issue: Issue, status: str, details: dict[str, Any], now: float) -> dict[str, Any]:
    if status == "resolvedInNextRelease" or details.get("inNextRelease"):
        releases = list(issue.tags.get("release", ()))
        return {"inRelease": releases[-1]} if releases else {"inNextRelease": True}
    if "inRelease" in details:
        return {"inRelease": details["inRelease"]}
    if details.get("ignoreDuration"):
        return {"ignoreUntil": dates.micro(now + 60 * int(details["ignoreDuration"]))}
    return {}


def _assign(ask: Ask, issue: Issue, assignee: Person | Team | None) -> dict[str, Any] | None:
    moved = assignee != issue.assignee
    issue.assignee = assignee
    if moved and assignee is not None:
        data = {"assignee": str(assignee.id), "assigneeType": "team" if isinstance(assignee, Team) else "user"}
        ask.memory.note_activity(issue, "assigned", data, at=ask.world.clock())
        ask.world.notices.assigned(issue, ask.world.view(), actor=ask.caller)
    return shapes.actor(assignee)


def _actor(ask: Ask, issue: Issue, text: str | None) -> Person | Team | None:
    """An address, `user:ID` or `team:ID`; nothing unassigns."""
    if not text:
        return None
    kind, _, number = text.partition(":")
    if kind == "team":
        return _team(ask, issue, number)
    for member in ask.world.roster.listed():
        person = member.person
        if person and (text.lower() == person.email.lower() or text == f"user:{person.id}"):
            return person
    message = "Could not parse actor. Format should be `type:id` where type is `team` or `user`."
    raise answers.refuse(400, {"assignedTo": ["Unknown actor input" if _old(ask) else message]})


def _team(ask: Ask, issue: Issue, number: str) -> Team:
    team = ask.world.roster.team(number)
    if team is not None and number == str(team.id) and team.slug in issue.project.teams:
        return Team(team.id, team.slug)
    old = "Cannot assign to a team without access to the project"
    raise answers.refuse(400, {"assignedTo": [old if _old(ask) else "Team does not exist"]})


def _old(ask: Ask) -> bool:
    return ask.dialect is Dialect.SENTRY9


def hashes(ask: Ask) -> Response:
    """GET hashes: each with its latest event."""
    issue, view = ask.issue(), ask.world.view()
    rows = []
    for digest in issue.hashes:
        alike = [ask.memory.occurrences[event] for event in issue.occurrences]
        latest = [event for event in alike if digest in event.data["hashes"]][-1:]
        shown = event_shapes.detailed(latest[0], view, siblings=issue.occurrences) if latest else None
        rows.append({"id": digest, "latestEvent": shown, "mergedBySeer": False, "seerMatchDistance": None})
    return offset_page(ask, rows)


def unmerge(ask: Ask) -> Response:
    """DELETE hashes?id=…: they become an issue of their own, as Sentry's unmerge does."""
    ask.memory.unmerge(ask.issue(), ask.args("id"))
    return answers.empty(202)


def tags(ask: Ask) -> Response:
    """GET tags: every tag with its top values."""
    issue = ask.issue()
    return answers.reply(
        [shapes.tag(key, issue) | {"topValues": _values(ask, issue, key)} for key in sorted(issue.tags)]
    )


def tag(ask: Ask) -> Response:
    """GET one tag."""
    issue, key = ask.issue(), ask.path("key")
    if key not in issue.tags:
        raise answers.not_found(ask.dialect)
    extra = {"uniqueValues": len(issue.tags[key]), "topValues": _values(ask, issue, key)}
    return answers.reply(shapes.tag(key, issue) | extra)


def tag_values(ask: Ask) -> Response:
    """GET the values of one tag."""
    return offset_page(ask, _values(ask, ask.issue(), ask.path("key")))


def _values(ask: Ask, issue: Issue, key: str) -> list[dict[str, Any]]:
    view = ask.world.view()
    common = issue.tags[key].most_common(1000) if key in issue.tags else []
    return [shapes.tag_value(key, value, seen, found=issue, view=view) for value, seen in common]


def comments(ask: Ask) -> Response:
    """GET notes, newest first."""
    view = ask.world.view()
    return offset_page(ask, [part_shapes.comment(comment, view) for comment in reversed(ask.issue().comments)])


def add_comment(ask: Ask) -> Response:
    """POST a note; the same words by the same person within the hour are refused."""
    issue, text = ask.issue(), _comment_text(ask)
    comment = ask.memory.comment(issue, ask.caller, text, at=ask.world.clock())
    if comment is None:
        said = '{"detail": "You have already posted that comment."}'
        # Until 2026 the body was a JSON string that holds the JSON object.
        raise (
            answers.Refusal(answers.reply(said, 400))
            if _old(ask)
            else answers.refuse(400, "You have already posted that comment.")
        )
    ask.world.notices.commented(issue, comment)
    return answers.reply(part_shapes.comment(comment, ask.world.view()), 201)


def _comment_text(ask: Ask) -> str:
    body = ask.json()
    if ask.dialect is Dialect.GLITCHTIP:
        data = body.get("data")
        if not isinstance(data, dict) or not data.get("text"):
            raise answers.invalid(["body", "payload", "data"], "Field required")
        return str(data["text"])
    if not body.get("text"):
        raise answers.refuse(400, {"text": ["This field is required."]})
    return str(body["text"])


def external_issues(ask: Ask) -> Response:
    """GET the tickets that are tied to an issue."""
    return answers.reply([shapes.external(link) for link in ask.issue().links])


def offset_page(ask: Ask, rows: list[Any]) -> Response:
    """A list paged by position."""
    page, links = cut(ask, rows)
    return answers.reply(page, 200, {"Link": links})


def cut(ask: Ask, rows: list[Any], *, hollow: bool = False) -> tuple[list[Any], str]:
    """The rows of the page that was asked for, and its Link header; `hollow` promises one page more than there is."""
    try:
        page = paging.by_offset(rows, cursor=ask.arg("cursor"), limit=ask.limit("per_page"))
    except paging.BadCursor as bad:
        raise answers.refuse(400, "Invalid cursor parameter.") from bad
    following = (page.following[0], page.following[1] or (hollow and bool(page.rows)))
    links = answers.link(ask.url_without_cursor(), previous=page.previous, following=following, dialect=ask.dialect)
    return page.rows, links
