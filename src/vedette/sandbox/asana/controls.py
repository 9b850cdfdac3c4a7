"""The strings behind the stage: faults to come, moves, deletions, the log, the state; no Asana has these."""

import time
from typing import Any

from vedette.sandbox.asana.answers import Call, Refusal, json_answer
from vedette.sandbox.asana.faults import Fault
from vedette.sandbox.asana.settings import Config
from vedette.sandbox.asana.shapes import Shapes, instant
from vedette.sandbox.asana.state import DONE, OPEN, State, Task
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
        """Move a task to another project, as a person would who drags it there."""
        asked = call.record()
        project = self._state.projects.get(str(asked.get("project", "")))
        if project is None:
            raise Refusal(400, f"No project {asked.get('project')!r}.")
        place = (project.gid, project.sections[0].gid)
        return json_answer(summary(self._state, self._state.change(self._task(asked), op="move", places=(place,))))

    def delete(self, _: Shapes, call: Call) -> Answer:
        """Delete a task."""
        task = self._task(call.record())
        self._state.delete(task)
        return json_answer({"key": task.gid})

    def complete(self, _: Shapes, call: Call) -> Answer:
        """Complete a task, or take that back with `completed: false`."""
        asked = call.record()
        at = time.time() if asked.get("completed", True) else None
        return json_answer(summary(self._state, self._state.change(self._task(asked), completed_at=at)))

    def tasks(self, _: Shapes, __: Call) -> Answer:
        """Every task in a few plain values."""
        return json_answer([summary(self._state, each) for each in self._state.tasks.values()])

    def log(self, _: Shapes, call: Call) -> Answer:
        """The log's entries after a number."""
        return json_answer(self._state.log.after(call.whole("after", 0)))

    def state(self, _: Shapes, __: Call) -> Answer:
        """How quiet it is: `pending` late commits, faults still queued."""
        return json_answer(
            {
                "tickets": len(self._state.tasks),
                "log": len(self._state.log.entries),
                "pending": self.pending,
                "unindexed": 0,
                "queued": len(self._misfortune.queue),
                "revoked": self.revoked,
            }
        )

    def _task(self, asked: dict[str, Any]) -> Task:
        number = str(asked.get("key", ""))
        if not number.isdecimal() or int(number) not in self._state.tasks:
            raise Refusal(404, f"No task {number!r}.")
        return self._state.tasks[int(number)]


def summary(state: State, task: Task) -> dict[str, Any]:
    """A task in a few plain values."""
    return {
        "id": task.id,
        "key": task.gid,
        "projects": [project for project, _ in task.places],
        "sections": [state.sections[section][0].name for _, section in task.places],
        "summary": task.name,
        "html_notes": task.html_notes,
        "category": OPEN if task.completed_at is None else DONE,
        "tags": [state.tags[gid].name for gid in task.tags],
        "assignee": task.assignee,
        "due_on": task.due_on,
        "values": task.values,
        "external": task.external,
        "created": instant(task.created),
        "comments": [story.html_text for story in state.stories[task.id] if story.comment],
    }
