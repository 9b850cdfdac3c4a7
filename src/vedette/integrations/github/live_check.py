"""Live check: asks GitHub whether everything that the routes name exists, and says what was probably meant."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import partial

from vedette.errors import VedetteError
from vedette.integrations.github.client import GitHubClient, Json
from vedette.integrations.github.drafting import Drafting, milestone_of, unheld
from vedette.integrations.github.statuses import Statuses
from vedette.model.ownership import Finding
from vedette.model.tickets import Route

_RIGHTS = ("triage", "push", "maintain", "admin")


class LiveCheck:
    """The questions of `check --live` to one GitHub."""

    def __init__(self, client: GitHubClient, drafting: Drafting, statuses: Statuses) -> None:
        self._client = client
        self._drafting = drafting
        self._statuses = statuses

    def check(self, routes: Sequence[tuple[str, Route]]) -> Iterator[Finding]:
        """Findings for the credentials, then for each route; what cannot be asked is a finding too."""
        name = self._client.name
        try:
            login = self._client.login()
            granted = self._client.permissions() if self._client.is_app else {"issues": "write"}
        except VedetteError as problem:
            yield Finding(name, ok=False, message=str(problem), cure="check url, and token or App")
            return
        yield Finding(name, ok=True, message=f"signed in as {login or 'a token without an account'}")
        if granted.get("issues") != "write":
            cure = "grant the App `Issues: read and write`, and accept the change at the installation"
            yield Finding(f"{name}: permission issues", ok=False, message="the App may not write issues", cure=cure)
        for where, route in routes:
            yield from _guarded(f"{where}: {route.project}", partial(self._route, where, route))

    def _route(self, where: str, route: Route) -> Iterator[Finding]:
        repository = self._client.repository(route.project)
        if repository is None:
            known = [str(each.get("full_name")) for each in self._client.repositories()]
            yield _unknown(where, "repository", route.project, known)
            return
        yield Finding(f"{where}: repository {route.project}", ok=True, message="exists and can be seen")
        yield from _open_for_issues(where, route, repository)
        yield from self._rights(where, route, repository)
        yield from self._assignee(where, route)
        yield from self._milestone(where, route)
        yield from self._status(where, route)
        for key in unheld(route):
            told = "GitHub Issues has no place for it; tickets are cut without"
            yield Finding(f"{where}: {key}", ok=False, message=told, cure=f"remove `{key}:`, or use labels")

    def _rights(self, where: str, route: Route, repository: Json) -> Iterator[Finding]:
        if self._client.is_app:
            return
        held: Mapping[str, object] = repository.get("permissions") or {}
        subject = f"{where}: rights in {route.project}"
        if any(held.get(each) for each in _RIGHTS):
            yield Finding(subject, ok=True, message="labels and assignees are kept")
            yield from self._labels(where, route, may_make=bool(held.get("push")))
            return
        told = "GitHub drops labels and assignees of this account's issues, and says nothing"
        yield Finding(subject, ok=False, message=told, cure=f"give the bot the role Triage or Write in {route.project}")

    def _labels(self, where: str, route: Route, *, may_make: bool) -> Iterator[Finding]:
        for each in self._drafting.labels(route):
            subject = f"{where}: label {each}"
            if self._client.label(route.project, each) is not None:
                yield Finding(subject, ok=True, message="exists")
            elif may_make:
                yield Finding(subject, ok=True, message="will be made with the first ticket")
            else:
                cure = f"make the label in {route.project}, or give the bot the role Write"
                yield Finding(subject, ok=False, message="does not exist, and the bot may not make it", cure=cure)

    def _assignee(self, where: str, route: Route) -> Iterator[Finding]:
        if not route.assignee:
            return
        subject = f"{where}: assignee {route.assignee}"
        if self._client.may_be_assigned(route.project, route.assignee):
            yield Finding(subject, ok=True, message=f"can be assigned in {route.project}")
            return
        cure = "give a login (not an e-mail address) of somebody with access; until then tickets are cut unassigned"
        yield Finding(subject, ok=False, message=f"nobody of that login can be assigned in {route.project}", cure=cure)

    def _milestone(self, where: str, route: Route) -> Iterator[Finding]:
        title = milestone_of(route)
        if not title:
            return
        known = [str(each.get("title")) for each in self._client.milestones(route.project)]
        if title.casefold() in map(str.casefold, known):
            yield Finding(f"{where}: milestone {title}", ok=True, message="exists and is open")
        else:
            yield _unknown(where, "milestone", title, known)

    def _status(self, where: str, route: Route) -> Iterator[Finding]:
        if not route.status:
            return
        if self._statuses.meant(route.status):
            yield Finding(f"{where}: status {route.status}", ok=True, message="is known")
        else:
            yield _unknown(where, "status", route.status, self._statuses.known)


def _guarded(subject: str, ask: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    try:
        yield from ask()
    except VedetteError as problem:
        yield Finding(subject, ok=False, message=str(problem), cure="mend what it says, or try again later")


def _open_for_issues(where: str, route: Route, repository: Json) -> Iterator[Finding]:
    subject = f"{where}: issues of {route.project}"
    if repository.get("has_issues") is False:
        cure = "switch them on in the repository's settings, under Features"
        yield Finding(subject, ok=False, message="are switched off", cure=cure)
    elif repository.get("archived"):
        yield Finding(subject, ok=False, message="the repository is archived", cure="name another one, or unarchive it")
    else:
        yield Finding(subject, ok=True, message="are switched on")


def _unknown(where: str, what: str, name: str, known: Sequence[str]) -> Finding:
    folded = {each.casefold(): each for each in known}
    close = get_close_matches(name.casefold(), list(folded), n=1, cutoff=0.5)
    cure = f"did you mean {folded[close[0]]}?" if close else f"known are: {', '.join(known[:10]) or 'none'}"
    return Finding(f"{where}: {what} {name}", ok=False, message="does not exist, or the bot may not see it", cure=cure)
