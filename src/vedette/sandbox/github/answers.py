"""A request as handlers see it, and the answers and refusals they give; no socket is known here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from vedette.sandbox.stage.answers import Answer, Received, Refused

JSON = "application/json; charset=utf-8"
DOCUMENTATION = "https://docs.github.com/rest"


class Refusal(Refused):
    """A 4xx or 5xx in GitHub's shape: one message, and an object per wrong field."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        errors: tuple[dict[str, Any], ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, message, errors)
        self.status, self.message, self.errors, self.headers = status, message, errors, headers

    def answer(self) -> Answer:
        told = {"message": self.message, "documentation_url": DOCUMENTATION, "status": str(self.status)}
        listed = {"errors": list(self.errors)} if self.errors else {}
        return json_answer({**told, **listed}, status=self.status, headers=self.headers)


def missing() -> Refusal:
    """The 404 that also hides what is private."""
    return Refusal(404, "Not Found")


def invalid(field: str, code: str, value: Any = None, *, message: str = "") -> Refusal:
    """The 422 of one wrong field of an issue."""
    error = {"resource": "Issue", "code": code, "field": field}
    error |= {"value": value} if value is not None else {}
    return Refusal(422, "Validation Failed", errors=(error | ({"message": message} if message else {}),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Received):
    """One request, whose body is read as GitHub would."""

    def record(self) -> dict[str, Any]:
        """Decode a body that must be an object."""
        try:
            decoded = msgspec.json.decode(self.body or b"{}")
        except msgspec.DecodeError:
            raise Refusal(400, "Problems parsing JSON") from None
        if not isinstance(decoded, dict):
            raise Refusal(400, "Body should be a JSON object")
        return decoded

    def json(self) -> Any:
        """Decode any body."""
        try:
            return msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            raise Refusal(400, "Problems parsing JSON") from None

    def whole(self, name: str, default: int) -> int:
        """Read a whole number from the query string; GitHub takes its default for what is none."""
        text = self.query.get(name, "")
        return int(text) if text.isdecimal() else default


def json_answer(payload: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """Encode a payload the way GitHub labels it."""
    return Answer(status=status, body=msgspec.json.encode(payload), headers={"content-type": JSON, **(headers or {})})
