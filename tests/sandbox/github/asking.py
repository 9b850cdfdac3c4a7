"""A plain HTTP client, for tests of the stand-in GitHub: it adds credentials, no more."""

from types import TracebackType
from typing import Any, Self

import httpx2

from vedette.sandbox.github import GitHubStandIn
from vedette.sandbox.sentry.hooks import tls

TIMEOUT = 10.0
WORKBENCH = "/repos/acme/workbench"


class Asking:
    """Requests to one stand-in, as its bot."""

    def __init__(self, url: str, token: str, *, timeout: float = TIMEOUT) -> None:
        self.url = url
        self.client = httpx2.Client(timeout=timeout, headers={"authorization": f"Bearer {token}"}, verify=tls())

    @classmethod
    def of(cls, github: GitHubStandIn, *, timeout: float = TIMEOUT) -> Self:
        return cls(github.url, github.config.token, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    def ask(self, method: str, path: str, **rest: Any) -> httpx2.Response:
        return self.client.request(method, self.url + path, **rest)

    def ok(self, method: str, path: str, **rest: Any) -> Any:
        """The answer, decoded; AssertionError where it is a refusal."""
        answer = self.ask(method, path, **rest)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def creating(self, **fields: Any) -> httpx2.Response:
        """Ask for an issue in the workbench and return the answer as it is."""
        return self.ask("POST", f"{WORKBENCH}/issues", json={"title": "Boom", **fields})

    def create(self, **fields: Any) -> dict[str, Any]:
        """Create an issue."""
        answer = self.creating(**fields)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def control(self, action: str, **body: Any) -> Any:
        """Pull a string behind the stage."""
        answer = httpx2.post(f"{self.url}/_standin/{action}", json=body, timeout=TIMEOUT, verify=tls())
        assert answer.status_code == 200, answer.text
        return answer.json()

    def rights(self, **changes: Any) -> None:
        """Change what the bot may do in the workbench."""
        keys = {
            "id": 501,
            "name": "acme/workbench",
            "labels": ["bug"],
            "people": ["lena-lead"],
            "milestones": ["Autumn"],
        }
        self.control("config", repositories=[{**keys, "types": ["Bug"], **changes}])
