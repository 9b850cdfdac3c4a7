"""Mutations: what may be changed, under which conditions, and what is refused before anything is done."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from vedette.sandbox.linear.answers import Refusal, bad_input, not_found
from vedette.sandbox.linear.executing import View
from vedette.sandbox.linear.settings import Label, Team, WorkflowState
from vedette.sandbox.linear.state import Attachment, Issue, State
from vedette.sandbox.linear.views import Views

_UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_WEB = re.compile(r"https?://[^\s/]+")
LONGEST_TITLE = 255
_PLAIN = {"title": "title", "description": "description", "priority": "priority"}

Input = Mapping[str, Any]


class Mutations:
    """The root of every change to one state."""

    def __init__(self, state: State, views: Views) -> None:
        self._state = state
        self._views = views

    def root(self) -> View:
        return {
            "issueCreate": self._create,
            "issueUpdate": self._update,
            "issueUnarchive": self._unarchive,
            "commentCreate": self._comment,
            "attachmentCreate": self._attach,
            "issueLabelCreate": self._label,
        }

    def _done(self, name: str, view: View) -> View:
        return {"success": True, "lastSyncId": self._state.changes, name: view}

    def _new_id(self, kind: str, given: Input, known: Mapping[str, Any]) -> str:
        asked = given.get("id")
        if asked is None:
            return self._state.fresh_id()
        if not _UUID4.fullmatch(asked):
            raise bad_input("id must be a UUID.")
        # An id is taken for ever, whatever became of what bears it and whoever may see it.
        if asked in known:
            shown = f"Entity {kind} with id {asked} already exists."
            raise Refusal("INPUT_ERROR", f"conflict on insert of {kind}", shown=shown)
        return str(asked)

    def _create(self, *, input: Input) -> View:  # noqa: A002 - Linear's word
        team = self._state.team(input["teamId"])
        if team is None:
            raise not_found("Team")
        if not str(input.get("title") or "").strip():
            raise bad_input("title should not be empty.")
        values = self._values(input, team)
        first = next(each for each in team.states if each.name == team.first)
        status = self._status(input, team) or first
        issue_id = self._new_id("Issue", input, self._state.issues)
        ends = {"completed": time.time()} if status.type == "completed" else {}
        return self._done(
            "issue", self._views.issue(self._state.create(issue_id, team, state=status.id, **values, **ends))
        )

    def _values(self, given: Input, team: Team) -> dict[str, Any]:
        """Whatever create and update share, checked."""
        found = {ours: given[name] for name, ours in _PLAIN.items() if given.get(name) is not None}
        if len(found.get("title", "")) > LONGEST_TITLE:
            raise bad_input(f"title must be shorter than or equal to {LONGEST_TITLE} characters.")
        if found.get("priority", 0) not in range(5):
            raise bad_input("priority must not be greater than 4.")
        if "description" in found:
            # What comes back is Linear's own spelling of the Markdown, never the very bytes that were sent.
            found["description"] = "\n".join(line.rstrip() for line in found["description"].strip().split("\n"))
        if given.get("labelIds") is not None:
            found["labels"] = self._labels(given["labelIds"], team)
        return found | self._assigned(given) | self._in_project(given, team)

    def _assigned(self, given: Input) -> dict[str, str]:
        if given.get("assigneeId") is None:
            return {}
        person = self._state.people.get(given["assigneeId"])
        if person is None or not person.active:
            raise not_found("User: assigneeId")
        return {"assignee": person.id}

    def _in_project(self, given: Input, team: Team) -> dict[str, str]:
        if given.get("projectId") is None:
            return {}
        project = self._state.projects.get(given["projectId"])
        if project is None:
            raise not_found("Project")
        if team.key not in project.teams:
            raise Refusal("INVALID_INPUT", "Discrepancy between issue team and project teams.")
        return {"project": project.id}

    def _labels(self, ids: list[str], team: Team) -> tuple[str, ...]:
        for each in ids:
            label = self._state.labels.get(each)
            if label is None:
                raise not_found("IssueLabel: labelIds contained an entry that could not be found.")
            if label.team not in ("", team.key):
                raise Refusal("INVALID_INPUT", f"The label '{label.name}' is not associated with the same team.")
        return tuple(dict.fromkeys(ids))

    def _status(self, given: Input, team: Team) -> WorkflowState | None:
        if given.get("stateId") is None:
            return None
        found = next((each for each in team.states if each.id == given["stateId"]), None)
        if found is None:
            raise Refusal("INVALID_INPUT", "Discrepancy between issue state and state team.")
        return found

    def _issue(self, id_or_key: str) -> Issue:
        """An issue that can be changed: one in the archive or the trash cannot."""
        issue = self._state.find(id_or_key)
        if issue is None or issue.archived is not None:
            raise not_found("Issue")
        return issue

    def _update(self, *, id: str, input: Input) -> View:  # noqa: A002 - Linear's words
        issue = self._issue(id)
        team = self._state.teams[issue.team]
        values, status = self._values(input, team), self._status(input, team)
        labels = dict.fromkeys(
            [*values.get("labels", issue.labels), *self._labels(input.get("addedLabelIds") or [], team)]
        )
        values["labels"] = tuple(each for each in labels if each not in (input.get("removedLabelIds") or ()))
        if input.get("teamId"):
            wanted = self._state.team(input["teamId"])
            if wanted is None:
                raise not_found("Team")
            issue = self._state.move(issue, wanted) if wanted.key != issue.team else issue
        if status is not None:
            return self._done("issue", self._views.issue(self._state.enter(issue, status, **values)))
        return self._done("issue", self._views.issue(self._state.commit("edit", replace(issue, **values))))

    def _unarchive(self, *, id: str) -> View:  # noqa: A002 - Linear's word
        issue = self._state.find(id)
        if issue is None:
            raise not_found("Issue")
        kept = self._state.commit("unarchive", replace(issue, archived=None, trashed=False))
        return self._done("entity", self._views.issue(kept))

    def _comment(self, *, input: Input) -> View:  # noqa: A002 - Linear's word
        issue = self._issue(str(input.get("issueId") or ""))
        if not str(input.get("body") or "").strip():
            raise bad_input("body should not be empty.")
        comment_id = self._new_id("Comment", input, self._state.comments)
        return self._done("comment", self._views.comment(self._state.comment(comment_id, issue, input["body"])))

    def _attach(self, *, input: Input) -> View:  # noqa: A002 - Linear's word
        issue = self._issue(input["issueId"])
        if not _WEB.match(input["url"]):
            raise bad_input("url must be a URL address.")
        attachment = Attachment(
            id=self._new_id("Attachment", input, self._state.attachments),
            issue=issue.id,
            url=input["url"],
            title=input["title"],
            subtitle=input.get("subtitle"),
            metadata=dict(input.get("metadata") or {}),
            created=time.time(),
        )
        return self._done("attachment", self._views.attachment(self._state.attach(attachment, issue)))

    def _label(self, *, input: Input) -> View:  # noqa: A002 - Linear's word
        if not self._state.config.may_create_labels:
            raise Refusal("FORBIDDEN", "You do not have permission to create labels.")
        team = self._state.team(input["teamId"]) if input.get("teamId") else None
        scope = team.key if team else ""
        taken: Callable[[Label], bool] = lambda each: each.name.casefold() == input["name"].casefold()  # noqa: E731
        if any(taken(each) and (each.team == scope or not each.team) for each in self._state.labels.values()):
            raise Refusal("INVALID_INPUT", "A label with this name already exists.")
        label = Label(id=self._new_id("IssueLabel", input, self._state.labels), name=input["name"].strip(), team=scope)
        self._state.made_labels.append(label)
        return self._done("issueLabel", self._views.label(label))
