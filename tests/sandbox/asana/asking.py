"""A plain HTTP client, for tests of the stand-in Asana: it adds prefix and credentials, no more."""

from types import TracebackType
from typing import Any, Self

import httpx2

from vedette.sandbox.asana import AsanaStandIn
from vedette.sandbox.sentry.hooks import tls

TIMEOUT = 10.0


class Asking:
    """Requests to one stand-in, as its bot."""

    def __init__(self, url: str, token: str, *, timeout: float = TIMEOUT) -> None:
        self.url = url
        self.base = f"{url}/api/1.0"
        self.client = httpx2.Client(timeout=timeout, headers={"authorization": f"Bearer {token}"}, verify=tls())

    @classmethod
    def of(cls, asana: AsanaStandIn, *, timeout: float = TIMEOUT) -> Self:
        return cls(asana.url, asana.config.token, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    def ask(self, method: str, path: str, **rest: Any) -> httpx2.Response:
        return self.client.request(method, self.base + path, **rest)

    def ok(self, method: str, path: str, **rest: Any) -> Any:
        """The answer's data; AssertionError where it is a refusal."""
        answer = self.ask(method, path, **rest)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()["data"]

    def creating(self, **data: Any) -> httpx2.Response:
        """Ask for a task in 12001 (unless `projects` says otherwise) and return the answer as it is."""
        return self.ask("POST", "/tasks", json={"data": {"name": "Boom", "projects": ["12001"], **data}})

    def create(self, **data: Any) -> str:
        """Create a task and return its gid."""
        answer = self.creating(**data)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["gid"])

    def refusal(self, **data: Any) -> tuple[int, str]:
        """Status and message of a create that must be refused."""
        answer = self.creating(**data)
        assert answer.status_code >= 400, answer.text
        return answer.status_code, str(answer.json()["errors"][0]["message"])

    def control(self, action: str, **body: Any) -> Any:
        """Pull a string behind the stage."""
        answer = httpx2.post(f"{self.url}/_standin/{action}", json=body, timeout=TIMEOUT, verify=tls())
        assert answer.status_code == 200, answer.text
        return answer.json()
