"""The strings behind the stage: faults to come, moves, deletions, the log, the state; no Jira has these."""

import time
from typing import Any

from vedette.sandbox.jira.answers import Call, Refusal, json_answer
from vedette.sandbox.jira.faults import Fault
from vedette.sandbox.jira.settings import Config
from vedette.sandbox.jira.shapes import Shapes, instant
from vedette.sandbox.jira.state import State
from vedette.sandbox.jira.tickets import Ticket
from vedette.sandbox.stage import controls
from vedette.sandbox.stage.answers import Answer
from vedette.sandbox.stage.faults import Misfortune


class Controls(controls.Controls[Config, Fault, Shapes, Call]):
    """Handlers under `/_standin`; they need no credentials and suffer no faults."""

    fault = Fault

    def __init__(self, state: State, misfortune: Misfortune[Fault]) -> None:
        super().__init__(state, misfortune)
        self._state = state

    def consider(self, config: Config) -> None:
        """The face decides which paths there are."""
        if config.face is not self._state.config.face:
            raise ValueError("The face cannot change while the server runs: start another.")

    def move(self, _: Shapes, call: Call) -> Answer:
        asked = call.record()
        project = self._state.projects.get(str(asked.get("project", "")))
        if project is None:
            raise Refusal(400, f"No project {asked.get('project')!r}.")
        return json_answer(summary(self._state, self._state.move(self._ticket(asked), project)))

    def delete(self, _: Shapes, call: Call) -> Answer:
        ticket = self._ticket(call.record())
        self._state.delete(ticket)
        return json_answer({"key": ticket.key})

    def transition(self, _: Shapes, call: Call) -> Answer:
        """Put a ticket into a status by the status's name, whatever the workflow allows."""
        asked = call.record()
        ticket = self._ticket(asked)
        statuses = self._state.projects[ticket.project].workflow.statuses
        status = next((each for each in statuses if each.name == asked.get("status")), None)
        if status is None:
            raise Refusal(400, f"No status {asked.get('status')!r}: {', '.join(each.name for each in statuses)}.")
        return json_answer(summary(self._state, self._state.enter(ticket, status)))

    def issues(self, _: Shapes, __: Call) -> Answer:
        return json_answer([summary(self._state, each) for each in self._state.tickets.values()])

    def log(self, _: Shapes, call: Call) -> Answer:
        return json_answer(self._state.log.after(call.whole("after", 0)))

    def state(self, _: Shapes, __: Call) -> Answer:
        """How quiet it is: `pending` late commits, changes not yet `unindexed`, faults still queued."""
        self._state.index.catch_up(time.monotonic())
        return json_answer(
            {
                "tickets": len(self._state.tickets),
                "log": len(self._state.log.entries),
                "pending": self.pending,
                "unindexed": self._state.index.waiting,
                "queued": len(self._misfortune.queue),
                "revoked": self.revoked,
            }
        )

    def _ticket(self, asked: dict[str, Any]) -> Ticket:
        number = self._state.keys.get(str(asked.get("key", "")).upper(), -1)
        if number not in self._state.tickets:
            raise Refusal(404, f"No ticket {asked.get('key')!r}.")
        return self._state.tickets[number]


def summary(state: State, ticket: Ticket) -> dict[str, Any]:
    """A ticket in a few plain values, the same on both faces."""
    kept = state.attached[ticket.id]
    return {
        "id": ticket.id,
        "key": ticket.key,
        "project": ticket.project,
        "type": ticket.type,
        "summary": ticket.summary,
        "description": ticket.description,
        "status": ticket.status,
        "category": state.status(ticket).category.value,
        "resolution": ticket.resolution,
        "labels": list(ticket.labels),
        "components": list(ticket.components),
        "priority": ticket.priority,
        "assignee": ticket.assignee,
        "custom": ticket.custom,
        "created": instant(ticket.created),
        "comments": [comment.body for comment in kept.comments],
        "links": [link.payload for link in kept.links.values()],
        "properties": kept.properties,
        "former_keys": _former_keys(state, ticket),
    }


def _former_keys(state: State, ticket: Ticket) -> list[str]:
    if ticket.id not in state.moved:
        return []
    return [key for key, owner in state.keys.items() if owner == ticket.id and key != ticket.key]
