"""The strings behind the stage: faults to come, transfers, deletions, the log, the state; no GitHub has these."""

from dataclasses import replace
from typing import Any

from vedette.sandbox.github.answers import Call, Refusal, json_answer
from vedette.sandbox.github.faults import Fault
from vedette.sandbox.github.settings import Config
from vedette.sandbox.github.shapes import Shapes, instant
from vedette.sandbox.github.state import Issue, State
from vedette.sandbox.stage import controls
from vedette.sandbox.stage.answers import Answer
from vedette.sandbox.stage.faults import Misfortune


class Controls(controls.Controls[Config, Fault, Shapes, Call]):
    """Handlers under `/_standin`; they need no credentials and suffer no faults."""

    fault = Fault

    def __init__(self, state: State, misfortune: Misfortune[Fault]) -> None:
        super().__init__(state, misfortune)
        self._state = state

    def move(self, _: Shapes, call: Call) -> Answer:
        """Transfer an issue to another repository, as a person would."""
        asked = call.record()
        target = self._state.named(str(asked.get("project", "")))
        if target is None:
            raise Refusal(400, f"No repository {asked.get('project')!r}.")
        return json_answer(summary(self._state, self._state.transfer(self._issue(asked), target)))

    def delete(self, _: Shapes, call: Call) -> Answer:
        """Delete an issue."""
        issue = self._issue(call.record())
        self._state.delete(issue)
        return json_answer({"key": self._state.key(issue)})

    def edit(self, _: Shapes, call: Call) -> Answer:
        """Change an issue's title, body or author, or lock it, as somebody else would."""
        asked = call.record()
        issue = self._issue(asked)
        changes = {name: asked[name] for name in ("title", "body", "author", "locked") if name in asked}
        return json_answer(summary(self._state, self._state.commit("edit", replace(issue, **changes))))

    def transition(self, _: Shapes, call: Call) -> Answer:
        """Open an issue, or close it with a reason."""
        asked = call.record()
        status = str(asked.get("status"))
        if status not in ("open", "completed", "not_planned", "duplicate"):
            raise Refusal(400, f"No status {status!r}: open, completed, not_planned, duplicate.")
        state = "open" if status == "open" else "closed"
        kept = self._state.close(self._issue(asked), state=state, reason="reopened" if state == "open" else status)
        return json_answer(summary(self._state, self._state.commit("transition", kept)))

    def say(self, _: Shapes, call: Call) -> Answer:
        """Comment on an issue as somebody else."""
        asked = call.record()
        issue = self._issue(asked)
        self._state.comment(issue, str(asked.get("body")), author=str(asked.get("author")))
        return json_answer(summary(self._state, issue))

    def pull(self, _: Shapes, call: Call) -> Answer:
        """Open a pull request, which takes a number of the issues' row."""
        repository = self._state.named(str(call.record().get("project", "")))
        if repository is None:
            raise Refusal(400, "No such repository.")
        made = self._state.create(repository, title="A pull request", author="lena-lead", is_pull=True)
        return json_answer({"key": self._state.key(made)})

    def issues(self, _: Shapes, __: Call) -> Answer:
        """Every issue in a few plain values."""
        return json_answer([summary(self._state, each) for each in listed(self._state)])

    def log(self, _: Shapes, call: Call) -> Answer:
        """The log's entries after a number."""
        return json_answer(self._state.log.after(call.whole("after", 0)))

    def state(self, _: Shapes, __: Call) -> Answer:
        """How quiet it is: `pending` late commits, faults still queued."""
        return json_answer(
            {
                "tickets": len(listed(self._state)),
                "log": len(self._state.log.entries),
                "pending": self.pending,
                "unindexed": 0,
                "queued": len(self._misfortune.queue),
                "revoked": self.revoked,
            }
        )

    def _issue(self, asked: dict[str, Any]) -> Issue:
        name, _, number = str(asked.get("key", "")).rpartition("#")
        repository = self._state.named(name)
        found = self._state.at((repository.id, int(number))) if repository and number.isdecimal() else None
        if found is None:
            raise Refusal(404, f"No issue {asked.get('key')!r}.")
        return found


def listed(state: State) -> list[Issue]:
    """Every issue, pull requests apart, oldest first."""
    return sorted((each for each in state.issues.values() if not each.is_pull), key=lambda each: each.serial)


def summary(state: State, issue: Issue) -> dict[str, Any]:
    """An issue in a few plain values."""
    return {
        "id": issue.id,
        "key": state.key(issue),
        "project": state.repositories[issue.repository].name,
        "summary": issue.title,
        "body": issue.body or "",
        "status": issue.state,
        "reason": issue.state_reason,
        "category": "done" if issue.state == "closed" else "new",
        "labels": list(issue.labels),
        "assignees": list(issue.assignees),
        "milestone": issue.milestone,
        "type": issue.type,
        "author": issue.author,
        "created": instant(issue.created),
        "comments": [each.body for each in state.comments[issue.id]],
        "former_keys": [f"{state.repositories[place].name}#{number}" for place, number in issue.former],
    }
