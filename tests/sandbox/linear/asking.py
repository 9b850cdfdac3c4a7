"""A plain HTTP client, for tests of the stand-in Linear: it adds the credentials, no more."""

from types import TracebackType
from typing import Any, Self

import httpx2

from vedette.sandbox.linear import LinearStandIn
from vedette.sandbox.linear.settings import credentials
from vedette.sandbox.sentry.hooks import tls

TIMEOUT = 10.0
PARTS = "id identifier title description state { name type } trashed archivedAt previousIdentifiers team { key }"
CREATE = f"mutation C($input: IssueCreateInput!) {{ issueCreate(input: $input) {{ success issue {{ {PARTS} }} }} }}"
UPDATE = (
    "mutation U($id: String!, $input: IssueUpdateInput!) "
    f"{{ issueUpdate(id: $id, input: $input) {{ success issue {{ {PARTS} }} }} }}"
)


class Asking:
    """Requests to one stand-in, as its bot."""

    def __init__(self, linear: LinearStandIn, *, timeout: float = TIMEOUT) -> None:
        self.linear = linear
        self.client = httpx2.Client(
            timeout=timeout, headers={"authorization": credentials(linear.config)}, verify=tls()
        )
        self.team = linear.config.teams[0].id

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    def post(self, query: str, **variables: Any) -> httpx2.Response:
        """The whole answer."""
        return self.client.post(self.linear.endpoint, json={"query": query, "variables": variables})

    def ask(self, query: str, **variables: Any) -> Any:
        """The data of an answer without errors."""
        answer = self.post(query, **variables).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def code(self, query: str, **variables: Any) -> str:
        """The code of a refusal."""
        return str(self.post(query, **variables).json()["errors"][0]["extensions"]["code"])

    def create(self, number: int = 1, **fields: Any) -> Any:
        """An issue of the first team, which names a Sentry issue."""
        title = f"boom https://acme.sentry.io/issues/{number}/"
        found = self.ask(CREATE, input={"teamId": self.team, "title": title, **fields})
        return found["issueCreate"]["issue"]

    def pull(self, string: str, **asked: Any) -> Any:
        """Pull a string behind the stage."""
        answer = self.client.post(f"{self.linear.url}/_standin/{string}", json=asked)
        answer.raise_for_status()
        return answer.json()
