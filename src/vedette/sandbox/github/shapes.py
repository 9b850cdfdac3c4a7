"""Shapes: what is remembered → the JSON that GitHub answers."""

import base64
import hashlib
from datetime import UTC, datetime
from typing import Any

from vedette.sandbox.github.settings import Profile, Repository
from vedette.sandbox.github.state import Comment, Issue, State

_RIGHTS = ("pull", "triage", "push", "maintain", "admin")
_HELD = {"read": 1, "triage": 2, "write": 3, "maintain": 4, "admin": 5}


class Shapes:
    """Answers of one stand-in; `url` is where its interface and its pages are."""

    def __init__(self, state: State, *, url: str) -> None:
        self.state = state
        self.url = url
        self.anonymous = False  # whether the call that is answered bears no token

    def user(self, login: str) -> dict[str, Any]:
        """An account; a bot's login ends in `[bot]`."""
        base = f"{self.url}/users/{login}"
        linked = ("followers", "gists", "subscriptions", "events", "following", "starred")
        return {
            "login": login,
            "id": _number(login),
            "node_id": _node("User", login),
            "avatar_url": f"{self.url}/avatars/{login}",
            "gravatar_id": "",
            "url": base,
            "html_url": f"{self.url}/{login}",
            **{f"{each}_url": f"{base}/{each}" for each in linked},
            "organizations_url": f"{base}/orgs",
            "repos_url": f"{base}/repos",
            "received_events_url": f"{base}/received_events",
            "type": "Bot" if login.endswith("[bot]") else "User",
            "site_admin": False,
        }

    def profile(self, profile: Profile) -> dict[str, Any]:
        """An account as its page tells of it; GitHub shows no address to callers without a token."""
        unsaid = ("company", "location", "hireable", "bio", "twitter_username")
        counted = ("public_repos", "public_gists", "followers", "following")
        return {
            **self.user(profile.login),
            "type": profile.type,
            "user_view_type": "public",
            "name": profile.login.replace("-", " ").title(),
            "blog": "",
            "email": None if self.anonymous else profile.email,
            **dict.fromkeys(unsaid),
            **dict.fromkeys(counted, 0),
            "created_at": instant(0),
            "updated_at": instant(0),
        }

    def label(self, repository: Repository, name: str) -> dict[str, Any]:
        """A label."""
        return {
            "id": _number(f"{repository.id} {name}"),
            "node_id": _node("Label", f"{repository.id} {name}"),
            "url": f"{self.url}/repos/{repository.name}/labels/{name}",
            "name": name,
            "color": "ededed",
            "default": name == "bug",
            "description": None,
        }

    def milestone(self, repository: Repository, title: str) -> dict[str, Any]:
        """A milestone; it is numbered by its place among the repository's."""
        number = repository.milestones.index(title) + 1
        base = f"{self.url}/repos/{repository.name}/milestones/{number}"
        return {
            "url": base,
            "html_url": f"{self.url}/{repository.name}/milestone/{number}",
            "labels_url": f"{base}/labels",
            "id": _number(f"{repository.id} milestone {title}"),
            "node_id": _node("Milestone", f"{repository.id} {title}"),
            "number": number,
            "title": title,
            "description": None,
            "creator": self.user(self.state.bot),
            "open_issues": 0,
            "closed_issues": 0,
            "state": "open",
            "created_at": instant(0),
            "updated_at": instant(0),
            "due_on": None,
            "closed_at": None,
        }

    def repository(self, repository: Repository) -> dict[str, Any]:
        """A repository, as much of it as an issue tracker needs; an App's installation has permissions elsewhere."""
        owner, _, name = repository.name.partition("/")
        held = 0 if self.state.config.app else _HELD[repository.role]
        return {
            "id": repository.id,
            "node_id": _node("Repository", repository.name),
            "name": name,
            "full_name": repository.name,
            "private": True,
            "owner": self.user(owner),
            "html_url": f"{self.url}/{repository.name}",
            "url": f"{self.url}/repos/{repository.name}",
            "has_issues": repository.has_issues,
            "archived": repository.archived,
            "permissions": {right: place < held for place, right in enumerate(_RIGHTS)},
        }

    def address(self, issue: Issue) -> str:
        """An issue's address in the interface."""
        return f"{self.url}/repos/{self.state.repositories[issue.repository].name}/issues/{issue.number}"

    def page(self, issue: Issue) -> str:
        """An issue's address for people."""
        return f"{self.url}/{self.state.repositories[issue.repository].name}/issues/{issue.number}"

    def issue(self, issue: Issue) -> dict[str, Any]:
        """An issue, or what a list of issues says of a pull request."""
        repository, base = self.state.repositories[issue.repository], self.address(issue)
        assignees = [self.user(each) for each in issue.assignees]
        shape = {
            "url": base,
            "repository_url": f"{self.url}/repos/{repository.name}",
            "labels_url": f"{base}/labels{{/name}}",
            "comments_url": f"{base}/comments",
            "events_url": f"{base}/events",
            "html_url": self.page(issue),
            "id": issue.id,
            "node_id": _node("Issue", str(issue.id)),
            "number": issue.number,
            "title": issue.title,
            "user": self.user(issue.author),
            "labels": [self.label(repository, each) for each in issue.labels],
            "state": issue.state,
            "state_reason": issue.state_reason,
            "locked": issue.locked,
            "assignee": assignees[0] if assignees else None,
            "assignees": assignees,
            "milestone": self.milestone(repository, issue.milestone) if issue.milestone else None,
            "comments": len(self.state.comments[issue.id]),
            "created_at": instant(issue.created),
            "updated_at": instant(issue.updated),
            "closed_at": None if issue.closed is None else instant(issue.closed),
            "author_association": "COLLABORATOR",
            "active_lock_reason": None,
            "body": issue.body,
            "closed_by": None,
            "timeline_url": f"{base}/timeline",
            "performed_via_github_app": None,
        }
        pull = {"pull_request": {"url": base, "html_url": None, "diff_url": None, "patch_url": None}}
        typed = {"type": _type(issue.type)} if repository.types else {}
        return shape | typed | (pull if issue.is_pull else {})

    def comment(self, issue: Issue, comment: Comment) -> dict[str, Any]:
        """A comment."""
        repository = self.state.repositories[issue.repository].name
        return {
            "url": f"{self.url}/repos/{repository}/issues/comments/{comment.id}",
            "html_url": f"{self.page(issue)}#issuecomment-{comment.id}",
            "issue_url": self.address(issue),
            "id": comment.id,
            "node_id": _node("IssueComment", str(comment.id)),
            "user": self.user(comment.author),
            "created_at": instant(comment.created),
            "updated_at": instant(comment.created),
            "author_association": "COLLABORATOR",
            "body": comment.body,
            "performed_via_github_app": None,
        }


def instant(seconds: float) -> str:
    """A moment as GitHub writes it, to the second."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _type(name: str) -> dict[str, Any] | None:
    return (
        {"id": _number(name), "node_id": _node("IssueType", name), "name": name, "description": None} if name else None
    )


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])


def _node(kind: str, text: str) -> str:
    return base64.b64encode(f"{kind}:{text}".encode()).decode()
