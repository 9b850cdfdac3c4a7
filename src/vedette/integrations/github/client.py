"""Client: the calls that this integration makes, thin.

The law: no decision here, and no search: GitHub's search index lags and allows thirty calls a minute, while lists and
single reads come from the database. A redirect is followed for reads only, and never to another host.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import msgspec

from vedette.errors import Refused, Unavailable, Uncertain
from vedette.integrations.github.config import Config
from vedette.integrations.github.outcomes import Moved, Stranger
from vedette.integrations.github.signing import SignIn
from vedette.ports.http import Answer, Fence, Params, Talker

MOST_AT_ONCE = 100
_HOPS = 3

Json = dict[str, Any]
T = TypeVar("T")


def _now() -> datetime:
    return datetime.now(UTC)


class GitHubClient:
    """GitHub's calls that tickets need. Reads raise the families of `vedette.errors`; writes `Uncertain` too."""

    def __init__(self, name: str, config: Config, *, timeout: timedelta, now: Callable[[], datetime] = _now) -> None:
        self.name = name
        self.is_app = config.is_app
        self._base = urlsplit(config.url)
        self._sign_in = SignIn(name, config, timeout=timeout.total_seconds(), now=now)
        self._login: str | None = None

    def close(self) -> None:
        """Let the connections go."""
        self._sign_in.close()

    def login(self) -> str:
        """The login that our issues bear as their author; "" for a token that belongs to no account."""
        if self._login is None:
            self._login = self._bot() if self.is_app else self._user()
        return self._login

    def _user(self) -> str:
        try:
            return str(self.get("/user").get("login") or "")
        except Refused as refusal:
            # A workflow's token may ask for issues, but not who it is.
            if refusal.status not in (403, 404):
                raise
            return ""

    def _bot(self) -> str:
        talker = self._sign_in.as_app()
        try:
            return f"{_data(talker.read('/app'))['slug']}[bot]"
        finally:
            talker.close()

    def permissions(self) -> Mapping[str, str]:
        """What an App's installation was granted."""
        return self._sign_in.permissions()

    def get(self, path: str, params: Params | None = None) -> Any:
        """A read, decoded."""
        return _data(self._call(lambda talker: talker.read(path, params=params)))

    def _call(self, work: Callable[[Talker], Answer]) -> Answer:
        try:
            return work(self._sign_in.talker())
        except Stranger:
            if not self.is_app:
                raise
        # An installation's token may end early; a 401 proves that nothing was done, so that once more is safe.
        self._sign_in.forget()
        return work(self._sign_in.talker())

    def _write(self, method: str, path: str, body: Any, *, fence: Fence) -> Answer:
        return self._call(lambda talker: talker.write(method, path, json=body, fence=fence))

    def issue(self, repository: str, number: int) -> Json | None:
        """One issue, followed to where it was transferred; None where there is none that we may see."""
        path = f"{_repository(repository)}/issues/{number}"
        for _ in range(_HOPS):
            try:
                return dict(self.get(path))
            except Moved as moved:
                path = self._within(moved)
            except Refused as refusal:
                if refusal.status not in (404, 410):
                    raise
                return None
        raise Unavailable(f"{self.name}: GET {path} was moved again and again")

    def _within(self, moved: Moved) -> str:
        """The path of a redirect; raises the redirect itself where it leads to another host."""
        target = urlsplit(moved.location)
        same = (target.scheme, target.netloc) in ((self._base.scheme, self._base.netloc), ("", ""))
        prefix = f"{self._base.path}/"
        if not same or not target.path.startswith(prefix):
            raise moved
        return target.path.removeprefix(self._base.path)

    def issues(self, repository: str, **query: str) -> Iterator[Json]:
        """Issues and pull requests of a repository, page by page."""
        yield from self._pages(f"{_repository(repository)}/issues", query)

    def created(self, **query: str) -> Iterator[Json]:
        """Issues that the token's account made, over all repositories."""
        yield from self._pages("/issues", {"filter": "created", **query})

    def comments(self, repository: str, number: int) -> Iterator[Json]:
        """Comments of an issue, oldest first."""
        yield from self._pages(f"{_repository(repository)}/issues/{number}/comments", {})

    def installed(self) -> Iterator[Json]:
        """Repositories that the App was installed on."""
        yield from self._pages("/installation/repositories", {}, name="repositories")

    def repositories(self) -> Iterator[Json]:
        """The first hundred repositories that the credentials reach, for a "did you mean"."""
        if self.is_app:
            yield from self.installed()
            return
        yield from self.get("/user/repos", {"per_page": MOST_AT_ONCE, "sort": "updated"})

    def _pages(self, path: str, query: Mapping[str, str], *, name: str = "") -> Iterator[Json]:
        """Page by number: a next page that `Link` names is one by number too, and this one stays on our host."""
        page = 1
        while True:
            params: Params = {**query, "per_page": MOST_AT_ONCE, "page": page}
            told = self._call(lambda talker, params=params: talker.read(path, params=params))  # type: ignore[misc]
            found = _data(told)
            yield from (found.get(name) or () if name else found)
            if 'rel="next"' not in told.headers.get("link", ""):
                return
            page += 1

    def repository(self, name: str) -> Json | None:
        """A repository, or None where there is none that we may see."""
        return or_none(lambda: dict(self.get(_repository(name))))

    def label(self, repository: str, name: str) -> Json | None:
        """A label of a repository, or None."""
        return or_none(lambda: dict(self.get(f"{_repository(repository)}/labels/{quote(name, safe='')}")))

    def milestones(self, repository: str) -> Iterator[Json]:
        """Open milestones of a repository."""
        yield from self._pages(f"{_repository(repository)}/milestones", {"state": "open"})

    def may_be_assigned(self, repository: str, login: str) -> bool:
        """Whether issues of a repository can be assigned to a person: 204, or 404."""
        path = f"{_repository(repository)}/assignees/{quote(login, safe='')}"
        return or_none(lambda: self._call(lambda talker: talker.read(path))) is not None

    def create(self, repository: str, body: Json, *, fence: Fence) -> Json:
        """Create an issue."""
        answer = self._write("POST", f"{_repository(repository)}/issues", body, fence=fence)
        try:
            made = answer.json()
        except msgspec.DecodeError:
            made = None
        if not isinstance(made, dict) or not made.get("number"):
            # A 201 says that it was done; without its number only a look can say as what.
            raise Uncertain(f"{self.name}: POST issues answered {answer.status} without the number of what it made")
        return made

    def edit(self, repository: str, number: int, body: Json, *, fence: Fence) -> None:
        """Edit an issue."""
        self._write("PATCH", f"{_repository(repository)}/issues/{number}", body, fence=fence)

    def add_labels(self, repository: str, number: int, labels: list[str], *, fence: Fence) -> None:
        """Add labels to an issue; without the right to push they are not made."""
        self._write("POST", f"{_repository(repository)}/issues/{number}/labels", {"labels": labels}, fence=fence)

    def comment(self, repository: str, number: int, text: str, *, fence: Fence) -> None:
        """Add a comment."""
        self._write("POST", f"{_repository(repository)}/issues/{number}/comments", {"body": text}, fence=fence)


def or_none(call: Callable[[], T]) -> T | None:
    """The call's result, or None where GitHub says 404, which hides whether it is missing or not for us."""
    try:
        return call()
    except Refused as refusal:
        if refusal.status != 404:
            raise
        return None


def _repository(name: str) -> str:
    owner, _, repository = name.partition("/")
    if not owner or not repository or "/" in repository or {owner, repository} & {".", ".."}:
        raise Refused(f"{name!r} names no repository: write `project: owner/repository`", status=404)
    return f"/repos/{quote(owner, safe='')}/{quote(repository, safe='')}"


def _data(answer: Answer) -> Any:
    try:
        return answer.json()
    except msgspec.DecodeError:
        raise Unavailable(f"GitHub: {answer.url} was answered by something that is not JSON") from None
