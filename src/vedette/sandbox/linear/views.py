"""Views: what the stand-in's nouns look like to a query."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from vedette.sandbox.linear.answers import not_found
from vedette.sandbox.linear.executing import View
from vedette.sandbox.linear.filtering import page
from vedette.sandbox.linear.settings import Label, Person, Project, Team, WorkflowState
from vedette.sandbox.linear.state import Attachment, Comment, Issue, State

PRIORITIES = ("No priority", "Urgent", "High", "Medium", "Low")


def instant(seconds: float | None) -> str | None:
    """A moment as Linear writes it."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Views:
    """Views of one state; `url` is the stand-in's address."""

    def __init__(self, state: State, *, url: str) -> None:
        self._state = state
        self._url = url

    def query(self) -> View:
        """The root of every reading."""
        state = self._state
        return {
            "issue": self._issue_by,
            "issues": self._paged(self.issue, lambda: [each for each in state.issues.values() if self._seen(each)]),
            "comments": self._paged(self.comment, state.comments.values),
            "attachmentsForURL": self._attachments_for,
            "teams": self._paged(self.team, lambda: [each for each in state.config.teams if each.visible]),
            "users": self._paged(self.person, lambda: state.config.people),
            "issueLabels": self._paged(self.label, lambda: list(state.labels.values())),
            "projects": self._paged(self.project, lambda: state.config.projects),
            "viewer": self.person(state.people[state.config.bot]) if state.config.bot else None,
            "organization": self._organization(),
        }

    def _seen(self, issue: Issue) -> bool:
        return self._state.teams[issue.team].visible

    def _paged(self, view: Callable[[Any], View], listed: Callable[[], Iterable[Any]]) -> Callable[..., View]:
        def connection(**asked: Any) -> View:
            return page([view(each) for each in listed()], most=self._state.config.most_per_page, **asked)

        return connection

    def _issue_by(self, *, id: str) -> View:  # noqa: A002 - Linear's word
        issue = self._state.find(id)
        if issue is None:
            raise not_found("Issue")
        return self.issue(issue)

    def _attachments_for(self, *, url: str, **asked: Any) -> View:
        found = [each for each in self._state.attachments.values() if each.url == url and self._standing(each)]
        views: Sequence[View] = [self.attachment(each) for each in found]
        return page(views, most=self._state.config.most_per_page, **asked)

    def _standing(self, attachment: Attachment) -> bool:
        return self._state.find(attachment.issue) is not None

    def _organization(self) -> View:
        name = self._state.config.organization
        return {"id": self._state.organization_id, "name": name.title(), "urlKey": name}

    def issue(self, issue: Issue) -> View:
        state = self._state
        assignee, project = state.people.get(issue.assignee), state.projects.get(issue.project)
        return {
            "id": issue.id,
            "identifier": issue.identifier,
            "number": issue.number,
            "url": f"{self._url}/issue/{issue.identifier}",
            "title": issue.title,
            "description": issue.description or None,
            "priority": issue.priority,
            "priorityLabel": PRIORITIES[issue.priority],
            "labelIds": list(issue.labels),
            "previousIdentifiers": list(issue.former),
            "createdAt": instant(issue.created),
            "updatedAt": instant(issue.updated),
            "completedAt": instant(issue.completed),
            "canceledAt": instant(issue.canceled),
            "archivedAt": instant(issue.archived),
            "trashed": issue.trashed or None,
            "state": self.status(state.status(issue)),
            "team": self.team(state.teams[issue.team]),
            "project": self.project(project) if project else None,
            "assignee": self.person(assignee) if assignee else None,
            "labels": self._paged(self.label, lambda: [state.labels[each] for each in issue.labels]),
            "comments": self._paged(self.comment, lambda: state.remarks(issue)),
            "attachments": self._paged(self.attachment, lambda: state.attached(issue)),
        }

    def status(self, status: WorkflowState) -> View:
        return {"id": status.id, "name": status.name, "type": status.type, "position": status.position}

    def label(self, label: Label) -> View:
        team = self._state.teams.get(label.team)
        view = {"id": label.id, "name": label.name, "isGroup": False}
        return {**view, "team": self.team(team) if team else None}

    def team(self, team: Team) -> View:
        state = self._state
        return {
            "id": team.id,
            "key": team.key,
            "name": team.name,
            "states": self._paged(self.status, lambda: team.states),
            "labels": self._paged(
                self.label, lambda: [each for each in state.labels.values() if each.team in ("", team.key)]
            ),
            "members": self._paged(self.person, lambda: [state.people[each] for each in team.members]),
            "projects": self._paged(
                self.project, lambda: [each for each in state.config.projects if team.key in each.teams]
            ),
        }

    def project(self, project: Project) -> View:
        teams = partial(map, self._state.teams.__getitem__)
        return {
            "id": project.id,
            "name": project.name,
            "url": f"{self._url}/project/{project.id}",
            "teams": self._paged(self.team, lambda: teams(project.teams)),
        }

    def person(self, person: Person) -> View:
        return {
            "id": person.id,
            "name": person.name,
            "displayName": person.display_name,
            "email": person.email,
            "active": person.active,
            "organization": self._organization(),
        }

    def comment(self, comment: Comment) -> View:
        issue = self._state.issues[comment.issue]
        return {
            "id": comment.id,
            "body": comment.body,
            "url": f"{self._url}/issue/{issue.identifier}#comment-{comment.id[:8]}",
            "createdAt": instant(comment.created),
            "issue": self.issue(issue),
            "user": self.person(self._state.people[self._state.config.bot]) if self._state.config.bot else None,
        }

    def attachment(self, attachment: Attachment) -> View:
        return {
            "id": attachment.id,
            "url": attachment.url,
            "title": attachment.title,
            "subtitle": attachment.subtitle,
            "metadata": attachment.metadata,
            "createdAt": instant(attachment.created),
            "issue": self.issue(self._state.issues[attachment.issue]),
        }
