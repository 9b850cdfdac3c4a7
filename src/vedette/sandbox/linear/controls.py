"""The strings behind the stage: faults to come, moves, deletions, the log, the state; no Linear has these."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from vedette.sandbox.linear.answers import json_answer
from vedette.sandbox.linear.desk import Desk
from vedette.sandbox.linear.faults import Fault
from vedette.sandbox.linear.state import Issue, State
from vedette.sandbox.linear.views import instant
from vedette.sandbox.stage.answers import Answer
from vedette.sandbox.stage.settings import amended
from vedette.sandbox.stage.wire import Whole

Handler = Callable[[Any], Any]


class Wrong(Exception):
    """A string that leads nowhere."""


class Controls:
    """Handlers under `/_standin`; they need no credentials and suffer no faults."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._state = desk.state

    def endpoint(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """An endpoint that hands the decoded body, or the query of a GET, to a handler and answers what it returns."""

        async def answer(request: Request) -> Response:
            return Whole(self._answered(handler, request, await request.body()))

        return answer

    def _answered(self, handler: Handler, request: Request, body: bytes) -> Answer:
        try:
            asked = msgspec.json.decode(body) if body else dict(request.query_params)
            return json_answer(handler(asked))
        except (Wrong, ValueError, msgspec.MsgspecError) as wrong:
            return json_answer({"error": str(wrong)}, status=400)

    def faults(self, asked: Any) -> Any:
        """Queue one fault or a list of them."""
        listed = msgspec.convert(asked if isinstance(asked, list) else [asked], type=list[Fault])
        self._desk.misfortune.queue.extend(listed)
        return {"queued": len(self._desk.misfortune.queue)}

    def clear(self, _: Any) -> Any:
        """Forget the faults that are still queued."""
        self._desk.misfortune.queue.clear()
        return {"queued": 0}

    def configure(self, changes: Any) -> Any:
        """Change keys of the configuration; `revoked` refuses every caller until it is set to false."""
        revoked = bool(changes.pop("revoked", self._desk.revoked))
        config = amended(self._state.config, changes)
        self._desk.misfortune.aim(config.rates)
        self._desk.revoked = revoked
        self._state.configure(config)
        return self.state({})

    def move(self, asked: Any) -> Any:
        team = self._state.teams.get(str(asked.get("project", "")))
        if team is None:
            raise Wrong(f"No team {asked.get('project')!r}.")
        return summary(self._state, self._state.move(self._issue(asked), team))

    def trash(self, asked: Any) -> Any:
        """What "delete" does in Linear: the trash for 30 days."""
        return summary(self._state, self._state.archive(self._issue(asked), trashed=True))

    def archive(self, asked: Any) -> Any:
        return summary(self._state, self._state.archive(self._issue(asked), trashed=False))

    def destroy(self, asked: Any) -> Any:
        issue = self._issue(asked)
        self._state.destroy(issue)
        return {"key": issue.identifier}

    def transition(self, asked: Any) -> Any:
        """Put an issue into a status by the status's name."""
        issue = self._issue(asked)
        states = self._state.teams[issue.team].states
        status = next((each for each in states if each.name == asked.get("status")), None)
        if status is None:
            raise Wrong(f"No status {asked.get('status')!r}: {', '.join(each.name for each in states)}.")
        return summary(self._state, self._state.enter(issue, status))

    def issues(self, _: Any) -> Any:
        return [summary(self._state, each) for each in self._state.issues.values()]

    def log(self, asked: Any) -> Any:
        return self._state.log.after(int(asked.get("after", 0)))

    def state(self, _: Any) -> Any:
        """How quiet it is: `pending` late commits, faults still queued."""
        return {
            "tickets": len(self._state.issues),
            "log": len(self._state.log.entries),
            "pending": self._desk.pending,
            "unindexed": 0,
            "queued": len(self._desk.misfortune.queue),
            "revoked": self._desk.revoked,
        }

    def _issue(self, asked: Any) -> Issue:
        found = self._state.issues.get(self._state.keys.get(str(asked.get("key", "")).upper(), ""))
        if found is None:
            raise Wrong(f"No issue {asked.get('key')!r}.")
        return found


def summary(state: State, issue: Issue) -> dict[str, Any]:
    """An issue in a few plain values."""
    status = state.status(issue)
    assignee, project = state.people.get(issue.assignee), state.projects.get(issue.project)
    return {
        "id": issue.id,
        "key": issue.identifier,
        "project": issue.team,
        "summary": issue.title,
        "description": issue.description,
        "status": status.name,
        "type": status.type,
        "labels": [state.labels[each].name for each in issue.labels],
        "priority": issue.priority,
        "assignee": assignee.email if assignee else "",
        "section": project.name if project else "",
        "created": instant(issue.created),
        "archived": issue.archived is not None,
        "trashed": issue.trashed,
        "comments": [each.body for each in state.remarks(issue)],
        "links": [{"url": each.url, "title": each.title} for each in state.attached(issue)],
        "former_keys": list(issue.former),
    }
