"""Client: the calls that this integration makes, thin.

The law: no decision here, and no answer with `errors` is ever taken for data.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property

from vedette.errors import Refused, Unavailable, Uncertain
from vedette.integrations.linear import queries
from vedette.integrations.linear.config import Config
from vedette.integrations.linear.outcomes import Json, body_of, errors_of, failed_read, failed_write, words_of
from vedette.ports.http import Answer, Fence, Talker

MOST_AT_ONCE = 50


class _LinearTalker(Talker):
    """The talker, which leaves to the client what Linear says in `errors` under any of these statuses."""

    def judge(self, answer: Answer, *, method: str, path: str) -> Answer:
        if answer.status in (200, 400, 403) and errors_of(body_of(answer)):
            return answer
        return super().judge(answer, method=method, path=path)


class LinearClient:
    """Calls that tickets need. Reads raise the families of `vedette.errors`; writes may also be `Uncertain`."""

    def __init__(self, name: str, config: Config, *, timeout: timedelta) -> None:
        self.name = name
        self._path = config.path
        self._secrets = config.token.values
        token = config.token.reveal()
        self._talker = _LinearTalker(
            name,
            base_url=config.origin,
            headers={"Accept": "application/json", "Authorization": f"Bearer {token}" if config.oauth else token},
            timeout=timeout.total_seconds(),
        )

    def close(self) -> None:
        """Let the connections go."""
        self._talker.close()

    def ask(self, query: str, variables: Mapping[str, object] | None = None) -> Json:
        """The data of a query."""
        what = f"{self.name}: {_title(query)}"
        sent = {"query": query, "variables": dict(variables or {})}
        answer = self._talker.read(self._path, method="POST", json=sent)
        body = body_of(answer)
        errors = errors_of(body)
        if errors:
            raise failed_read(what, answer, errors, told=words_of(errors, secrets=self._secrets))
        data = (body or {}).get("data")
        if not isinstance(data, dict):
            raise Unavailable(f"{what} was answered without data")
        return data

    def change(self, query: str, variables: Mapping[str, object], *, fence: Fence) -> Json:
        """What a mutation did: the value of its one field, known to have succeeded."""
        what = f"{self.name}: {_title(query)}"
        sent = {"query": query, "variables": dict(variables)}
        answer = self._talker.write("POST", self._path, json=sent, fence=fence)
        body = body_of(answer) or {}
        errors = errors_of(body)
        if errors:
            raise failed_write(what, answer, body, told=words_of(errors, secrets=self._secrets))
        data = body.get("data")
        done = next(iter(data.values()), None) if isinstance(data, dict) else None
        if not isinstance(done, dict) or done.get("success") is not True:
            raise Uncertain(f"{what} was answered {answer.status} without saying that it was done")
        return done

    @cached_property
    def organization(self) -> str:
        """The id of the workspace, which never changes."""
        return str(self.ask(queries.ORGANIZATION)["organization"]["id"])

    def viewer(self) -> Json:
        """The account that the token belongs to, and its workspace."""
        return self.ask(queries.VIEWER)

    def issues(self, ids: Sequence[str]) -> list[Json]:
        """Issues by id, archived and trashed ones too; those that are not there, or not for us, are left out."""
        found: list[Json] = []
        for start in range(0, len(ids), MOST_AT_ONCE):
            batch = list(ids[start : start + MOST_AT_ONCE])
            found += self.ask(queries.ISSUES_BY_ID, {"ids": batch, "first": len(batch)})["issues"]["nodes"]
        return found

    def issue(self, id_or_key: str) -> Json:
        """One issue by id or by any identifier it ever had; raises `Refused` where there is none that we may see."""
        return dict(self.ask(queries.ISSUE_BY_KEY, {"id": id_or_key})["issue"])

    def workflow(self, id_or_key: str) -> Json:
        """One issue with the statuses of its team; raises `Refused` where there is none that we may see."""
        return dict(self.ask(queries.WORKFLOW, {"id": id_or_key})["issue"])

    def labelled(self, label: str, *, since: datetime) -> Iterator[Json]:
        """Issues with a label that changed since then, archived ones too."""
        wanted: dict[str, object] = {"label": label, "since": since.astimezone(UTC).isoformat(), "after": None}
        while True:
            page = self.ask(queries.LABELLED, wanted)["issues"]
            yield from page["nodes"]
            wanted["after"] = page["pageInfo"].get("endCursor")
            if not page["pageInfo"].get("hasNextPage") or not wanted["after"]:
                return

    def linked(self, url: str) -> list[Json]:
        """Issues that an address is attached to, with or without its last slash; each once."""
        found = self.ask(queries.LINKED, {"url": url, "bare": url.rstrip("/")})
        issues = [each["issue"] for name in ("exact", "bare") for each in found[name]["nodes"]]
        return list({str(each["id"]): each for each in issues}.values())

    def has_comment(self, comment_id: str) -> bool:
        """Whether a comment is there."""
        return bool(self.ask(queries.COMMENT_BY_ID, {"id": comment_id})["comments"]["nodes"])

    def team(self, key: str) -> Json | None:
        """A team with its statuses, or None where there is none that we may see."""
        found = self.ask(queries.TEAM, {"key": key})["teams"]["nodes"]
        return dict(found[0]) if found else None

    def team_keys(self) -> list[str]:
        """Keys of teams that we can see (the first hundred)."""
        return [str(each["key"]) for each in self.ask(queries.TEAM_KEYS)["teams"]["nodes"]]

    def labels(self, names: Sequence[str]) -> list[Json]:
        """Labels by name, in any case, of the workspace and of every team."""
        wanted = {"or": [{"name": {"eqIgnoreCase": each}} for each in names]}
        return list(self.ask(queries.LABELS, {"filter": wanted})["issueLabels"]["nodes"])

    def team_labels(self, key: str) -> list[str]:
        """Names of a team's labels (the first hundred)."""
        found = self.ask(queries.TEAM_LABELS, {"team": key})["teams"]["nodes"]
        return [str(label["name"]) for team in found for label in team["labels"]["nodes"]]

    def people(self, text: str) -> list[Json]:
        """Active accounts of that e-mail, display name or name, in any case."""
        either = [{field: {"eqIgnoreCase": text}} for field in ("email", "displayName", "name")]
        wanted = {"active": {"eq": True}, "or": either}
        return list(self.ask(queries.USERS, {"filter": wanted})["users"]["nodes"])

    def projects(self, name: str) -> list[Json]:
        """Projects of that name, in any case, with their teams."""
        return list(self.ask(queries.PROJECTS, {"name": name})["projects"]["nodes"])

    def create(self, fields: Json, *, fence: Fence) -> Json:
        """Create an issue; `Uncertain` where the answer does not say as what."""
        made = self.change(queries.CREATE, {"input": fields}, fence=fence).get("issue")
        if not isinstance(made, dict) or not made.get("id") or not made.get("identifier"):
            raise Uncertain(f"{self.name}: Create was answered without the issue that it made")
        return made

    def update(self, issue_id: str, fields: Json, *, fence: Fence) -> Json:
        """Change an issue; the issue as it is then."""
        return dict(self.change(queries.UPDATE, {"id": issue_id, "input": fields}, fence=fence).get("issue") or {})

    def unarchive(self, issue_id: str, *, fence: Fence) -> None:
        """Take an issue out of the archive or the trash."""
        self.change(queries.UNARCHIVE, {"id": issue_id}, fence=fence)

    def comment(self, fields: Json, *, fence: Fence) -> None:
        """Add a comment."""
        self.change(queries.COMMENT, {"input": fields}, fence=fence)

    def attach(self, fields: Json, *, fence: Fence) -> None:
        """Attach an address; Linear replaces the one of the same address on the same issue."""
        self.change(queries.ATTACH, {"input": fields}, fence=fence)

    def make_label(self, name: str, *, fence: Fence) -> str:
        """Make a label of the workspace; its id."""
        made = self.change(queries.LABEL, {"input": {"name": name}}, fence=fence)
        return str(made["issueLabel"]["id"])


def missing(refusal: Refused) -> bool:
    """Whether a refusal is about the input, and not about what we may do."""
    return refusal.status == 400


def _title(query: str) -> str:
    """The name that a document gives itself."""
    return query.split(None, 2)[1].partition("(")[0]
