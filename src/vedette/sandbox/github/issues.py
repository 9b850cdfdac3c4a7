"""Handlers of issues: create, read, list, edit, and what hangs on them."""

import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from vedette.sandbox.github.answers import Call, Refusal, invalid, json_answer, missing
from vedette.sandbox.github.settings import Repository
from vedette.sandbox.github.shapes import Shapes
from vedette.sandbox.github.state import Issue, State
from vedette.sandbox.github.wire import spent
from vedette.sandbox.stage.answers import Answer

LONGEST_TITLE, LONGEST_BODY, LONGEST_LABEL = 256, 65_536, 50
_CREATE = {"title", "body", "assignee", "assignees", "labels", "milestone", "type"}
_EDIT = _CREATE | {"state", "state_reason"}
_REASONS = ("completed", "not_planned", "duplicate", "reopened", None)


def repository_of(shapes: Shapes, call: Call) -> Repository:
    """The repository that a path names, or the 404 that hides whether it exists."""
    found = shapes.state.named(f"{call.parts['owner']}/{call.parts['repo']}")
    if found is None or not found.visible:
        raise missing()
    return found


def with_issues(shapes: Shapes, call: Call) -> Repository:
    """The repository, where its issues are switched on."""
    found = repository_of(shapes, call)
    if not found.has_issues:
        raise Refusal(410, "Issues has been disabled in this repository.")
    return found


def issue_of(shapes: Shapes, call: Call) -> Issue:
    """The issue that a path names; a 301 to where it was transferred, a 410 where it was deleted."""
    repository, state = with_issues(shapes, call), shapes.state
    text = call.parts["number"]
    place = (repository.id, int(text) if text.isdecimal() else 0)
    if place in state.moved:
        repository_id, number = state.moved[place]
        if not state.repositories[repository_id].visible:
            raise missing()
        target = f"{shapes.url}/repositories/{repository_id}/issues/{number}"
        # A write is redirected so that its method stays; https://docs.github.com/en/rest/using-the-rest-api.
        raise Refusal(301 if call.method == "GET" else 307, "Moved Permanently", headers={"location": target})
    if place in state.deleted:
        raise Refusal(410, "This issue was deleted")
    found = state.at(place)
    if found is None:
        raise missing()
    return found


def create(shapes: Shapes, call: Call) -> Answer:
    repository, body = with_issues(shapes, call), call.record()
    if repository.archived:
        raise Refusal(403, "Repository was archived so is read-only.")
    changes = _read(shapes.state, repository, body, known=_CREATE)
    if not changes.get("title"):
        raise Refusal(422, 'Invalid request.\n\n"title" wasn\'t supplied.')
    made = shapes.state.create(repository, title=changes["title"], author=shapes.state.bot)
    kept = shapes.state.commit("create", replace(made, **changes))
    shape = shapes.issue(kept)
    return json_answer(shape, status=201, headers={"location": shape["url"]})


def read(shapes: Shapes, call: Call) -> Answer:
    return json_answer(shapes.issue(issue_of(shapes, call)))


def read_by_id(shapes: Shapes, call: Call) -> Answer:
    """The address that redirects lead to, where the repository is named by its id."""
    repository = shapes.state.repositories.get(int(call.parts["id"]))
    if repository is None or not repository.visible:
        raise missing()
    owner, _, name = repository.name.partition("/")
    named = replace(call, parts={"owner": owner, "repo": name, "number": call.parts["number"]})
    return read(shapes, named)


def edit(shapes: Shapes, call: Call) -> Answer:
    issue, body = issue_of(shapes, call), call.record()
    state, repository = shapes.state, shapes.state.repositories[issue.repository]
    changes = _read(state, repository, body, known=_EDIT)
    wanted, reason = body.get("state", issue.state), body.get("state_reason")
    if wanted not in ("open", "closed"):
        raise invalid("state", "invalid", wanted)
    if reason not in _REASONS:
        raise invalid("state_reason", "invalid", reason)
    kept = replace(issue, **changes)
    # A reason is ignored unless the state changes.
    if wanted != issue.state:
        why = "reopened" if wanted == "open" else reason or "completed"
        kept = state.close(kept, state=wanted, reason=why)
        return json_answer(shapes.issue(state.commit("transition", kept)))
    return json_answer(shapes.issue(state.commit("edit", kept)))


def listing(shapes: Shapes, call: Call) -> Answer:
    """Issues and pull requests of a repository."""
    repository = with_issues(shapes, call)
    found = [each for each in shapes.state.issues.values() if each.repository == repository.id]
    return paged(shapes, call, [shapes.issue(each) for each in _chosen(call, found)])


def created(shapes: Shapes, call: Call) -> Answer:
    """Issues over all repositories that have to do with the account."""
    if call.query.get("filter") != "created" or shapes.state.config.app is not None:
        raise missing()
    visible = {each.id for each in shapes.state.repositories.values() if each.visible}
    found = [
        each for each in shapes.state.issues.values() if each.repository in visible and each.author == shapes.state.bot
    ]
    repositories = shapes.state.repositories
    shaped = [
        shapes.issue(each) | {"repository": shapes.repository(repositories[each.repository])}
        for each in _chosen(call, found)
    ]
    return paged(shapes, call, shaped)


def _chosen(call: Call, found: Iterable[Issue]) -> list[Issue]:
    """What a list's query asks for, in its order."""
    asked = call.query
    wanted = {name for name in asked.get("labels", "").casefold().split(",") if name}
    since = datetime.fromisoformat(asked["since"]).timestamp() if asked.get("since") else 0.0
    state, creator = asked.get("state", "open"), asked.get("creator", "")
    kept = [
        each
        for each in found
        if state in ("all", each.state)
        and (not creator or each.author.casefold() == creator.casefold())
        and wanted <= {label.casefold() for label in each.labels}
        and int(each.updated) >= since
    ]
    by_update = asked.get("sort") == "updated"
    newest_first = asked.get("direction", "desc") != "asc"
    return sorted(
        kept, key=lambda each: (each.updated if by_update else each.created, each.number), reverse=newest_first
    )


def paged(shapes: Shapes, call: Call, rows: list[dict[str, Any]], *, name: str = "") -> Answer:
    """One page of a list, with the `Link` that leads to the next; below `name` where the list is wrapped."""
    size = min(max(call.whole("per_page", 30), 1), 100)
    page = max(call.whole("page", 1), 1)
    shown = rows[(page - 1) * size : page * size]
    link = f'<{shapes.url}{call.path}?page={page + 1}>; rel="next"' if len(rows) > page * size else ""
    payload = {"total_count": len(rows), name: shown} if name else shown
    return json_answer(payload, headers={"link": link} if link else None)


def comments(shapes: Shapes, call: Call) -> Answer:
    issue = issue_of(shapes, call)
    return paged(shapes, call, [shapes.comment(issue, each) for each in shapes.state.comments[issue.id]])


def comment(shapes: Shapes, call: Call) -> Answer:
    issue, body = issue_of(shapes, call), call.record()
    text = body.get("body")
    if not isinstance(text, str) or not text.strip() or set(body) - {"body"}:
        raise Refusal(
            422, "Validation Failed", errors=({"resource": "IssueComment", "field": "body", "code": "missing"},)
        )
    _refuse_long("body", text, LONGEST_BODY)
    if issue.locked and not _may_push(shapes.state, shapes.state.repositories[issue.repository]):
        raise Refusal(403, "Unable to create comment because issue is locked.")
    made = shapes.state.comment(issue, text, author=shapes.state.bot)
    return json_answer(shapes.comment(issue, made), status=201)


def add_labels(shapes: Shapes, call: Call) -> Answer:
    issue, body = issue_of(shapes, call), call.record()
    repository = shapes.state.repositories[issue.repository]
    if repository.role == "read" and shapes.state.config.app is None:
        raise Refusal(403, "You do not have permission to add labels to this issue.")
    kept = _labels(shapes.state, repository, body.get("labels"))
    changed = replace(issue, labels=tuple(dict.fromkeys((*issue.labels, *kept))))
    done = shapes.state.commit("edit", changed)
    return json_answer([shapes.label(repository, each) for each in done.labels])


def search(shapes: Shapes, call: Call) -> Answer:
    """The search index: thirty calls a minute, and blind for what changed lately. Nobody should need it."""
    state, now = shapes.state, time.time()
    recent = [each for each in state.searched if each > now - 60]
    if len(recent) >= state.config.searches_per_minute:
        raise spent(limit=state.config.searches_per_minute, resource="search", ends=recent[0] + 60)
    state.searched = [*recent, now]
    words = [each for each in call.query.get("q", "").casefold().split() if ":" not in each]
    blind = now - state.config.index_lag * state.config.time_scale
    found = [
        {**shapes.issue(each), "score": 1.0}
        for each in state.issues.values()
        if each.updated <= blind and all(word.strip('"') in f"{each.title} {each.body}".casefold() for word in words)
    ]
    told = {"total_count": len(found), "incomplete_results": False, "search_type": "lexical"}
    return json_answer(told | {"items": found[:30]})


def _read(state: State, repository: Repository, body: dict[str, Any], *, known: set[str]) -> dict[str, Any]:
    """What a create or an edit changes; raises the 422 of the first wrong field."""
    if unknown := sorted(set(body) - known):
        raise Refusal(422, f'Invalid request.\n\n"{unknown[0]}" is not a permitted key.')
    changes: dict[str, Any] = {}
    for name, longest in (("title", LONGEST_TITLE), ("body", LONGEST_BODY)):
        if name in body:
            changes[name] = _text(name, body[name], longest)
    if "labels" in body:
        changes["labels"] = _labels(state, repository, body["labels"])
    if "assignees" in body:
        changes["assignees"] = _assignees(repository, body["assignees"], app=state.config.app is not None)
    if body.get("milestone") is not None:
        found = _milestone(repository, body["milestone"])
        changes |= {"milestone": found} if _may_push(state, repository) else {}
    if body.get("type") is not None:
        changes |= {"type": _type(repository, body["type"])} if _may_push(state, repository) else {}
    return changes


def _may_push(state: State, repository: Repository) -> bool:
    return state.config.app is not None or repository.role in ("write", "maintain", "admin")


def _text(name: str, value: Any, longest: int) -> Any:
    if value is not None and not isinstance(value, str):
        raise Refusal(422, f"Invalid request.\n\nFor '{name}', {value!r} is not a string.")
    if name == "title" and not (value or "").strip():
        raise invalid("title", "missing_field")
    _refuse_long(name, value or "", longest)
    return value


def _refuse_long(name: str, text: str, longest: int) -> None:
    if len(text) > longest:
        raise invalid(name, "custom", message=f"{name} is too long (maximum is {longest} characters)")


def _labels(state: State, repository: Repository, wanted: Any) -> tuple[str, ...]:
    """Labels as they are kept: none without the right to triage; unknown ones are made with the right to push."""
    if not isinstance(wanted, list) or not all(isinstance(each, str) for each in wanted):
        raise Refusal(422, "Invalid request.\n\nFor 'labels', an array of strings was expected.")
    for each in wanted:
        if not each.strip() or len(each) > LONGEST_LABEL:
            raise Refusal(422, "Validation Failed", errors=({"resource": "Label", "code": "invalid", "field": "name"},))
    if repository.role == "read" and state.config.app is None:
        return ()
    known = {each.casefold(): each for each in state.labels[repository.id]}
    if _may_push(state, repository):
        for each in wanted:
            if each.casefold() not in known:
                known[each.casefold()] = each
                state.labels[repository.id].append(each)
    return tuple(dict.fromkeys(known[each.casefold()] for each in wanted if each.casefold() in known))


def _assignees(repository: Repository, wanted: Any, *, app: bool) -> tuple[str, ...]:
    if not isinstance(wanted, list):
        raise Refusal(422, "Invalid request.\n\nFor 'assignees', an array was expected.")
    if repository.role == "read" and not app:
        return ()
    known = {each.casefold(): each for each in repository.people}
    for each in wanted:
        if str(each).casefold() not in known:
            raise invalid("assignees", "invalid", each)
    return tuple(known[str(each).casefold()] for each in wanted)


def _milestone(repository: Repository, number: Any) -> str:
    if not isinstance(number, int) or not 1 <= number <= len(repository.milestones):
        raise invalid("milestone", "invalid", number)
    return repository.milestones[number - 1]


def _type(repository: Repository, name: Any) -> str:
    found = next((each for each in repository.types if each.casefold() == str(name).casefold()), None)
    if found is None:
        raise invalid("type", "invalid", name)
    return found
