"""A plain HTTP client of either face, for tests of the stand-in Jira: it adds prefix and credentials, no more."""

from types import TracebackType
from typing import Any, Self

import httpx2

from vedette.sandbox.jira import Face, JiraStandIn
from vedette.sandbox.jira.settings import Config, credentials
from vedette.sandbox.sentry.hooks import tls

TIMEOUT = 10.0


def document(text: str) -> dict[str, Any]:
    """The smallest Atlassian document with some words."""
    return {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}],
    }


class Asking:
    """Requests to one stand-in, as its bot."""

    def __init__(self, url: str, config: Config, *, timeout: float = TIMEOUT) -> None:
        self.url = url
        self.config = config
        self.cloud = config.face is Face.CLOUD
        self.base = url + ("/rest/api/3" if self.cloud else "/rest/api/2")
        self.client = httpx2.Client(timeout=timeout, headers={"authorization": credentials(config)}, verify=tls())

    @classmethod
    def of(cls, jira: JiraStandIn, *, timeout: float = TIMEOUT) -> Self:
        return cls(jira.url, jira.config, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    def ask(self, method: str, path: str, **rest: Any) -> httpx2.Response:
        return self.client.request(method, self.base + path, **rest)

    def ok(self, method: str, path: str, **rest: Any) -> httpx2.Response:
        answer = self.ask(method, path, **rest)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer

    def words(self, text: str) -> Any:
        """A body in the face's own kind of text."""
        return document(text) if self.cloud else text

    def assignee(self, username: str) -> dict[str, str]:
        person = next(each for each in self.config.people if each.username == username)
        return {"accountId": person.account_id} if self.cloud else {"name": username}

    def creating(self, **fields: Any) -> httpx2.Response:
        """Ask for a ticket in PAY (unless `project` says otherwise) and return the answer as it is."""
        named = {"project": {"key": "PAY"}, "issuetype": {"name": "Bug"}, "summary": "Boom", **fields}
        return self.ask("POST", "/issue", json={"fields": named})

    def create(self, **fields: Any) -> str:
        """Create a ticket and return its key."""
        answer = self.creating(**fields)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["key"])

    def search(self, jql: str, *, fields: str = "status") -> list[str]:
        """The keys that a search finds."""
        answer = self.searching(jql, fields=fields)
        assert answer.status_code == 200, answer.text
        return [issue["key"] for issue in answer.json()["issues"]]

    def searching(self, jql: str, **params: Any) -> httpx2.Response:
        return self.ask("GET", "/search/jql" if self.cloud else "/search", params={"jql": jql, **params})

    def control(self, action: str, **body: Any) -> Any:
        """Pull a string behind the stage."""
        answer = httpx2.post(f"{self.url}/_standin/{action}", json=body, timeout=TIMEOUT, verify=tls())
        assert answer.status_code == 200, answer.text
        return answer.json()
