"""A request as handlers see it, and the answers and refusals they give; no socket is known here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from vedette.sandbox.stage.answers import Answer, Received, Refused

JSON = "application/json;charset=UTF-8"
UNPARSABLE = "There was an error parsing JSON. Check that your request body is valid."


class Refusal(Refused):
    """A 4xx in Jira's shape: general messages, and one sentence per field."""

    def __init__(self, status: int, *messages: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(status, messages, fields)
        self.status = status
        self.messages = messages
        self.fields = dict(fields or {})

    def answer(self) -> Answer:
        return json_answer({"errorMessages": list(self.messages), "errors": self.fields}, status=self.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Received):
    """One request, whose body is read as Jira would."""

    def json(self) -> Any:
        """Decode the body; raises the 400 that Jira gives for what is not JSON."""
        try:
            return msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            raise Refusal(400, UNPARSABLE) from None

    def record(self) -> dict[str, Any]:
        """Decode a body that must be an object."""
        decoded = self.json()
        if not isinstance(decoded, dict):
            raise Refusal(400, UNPARSABLE)
        return decoded

    def whole(self, name: str, default: int) -> int:
        """Read a whole number from the query string."""
        text = self.query.get(name, "")
        if not text:
            return default
        if not text.lstrip("-").isdigit():
            raise Refusal(400, f"The value '{text}' for '{name}' is not a whole number.")
        return int(text)


def json_answer(payload: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """Encode a payload the way both Jiras label it."""
    return Answer(status=status, body=msgspec.json.encode(payload), headers={"content-type": JSON, **(headers or {})})


NO_CONTENT = Answer(status=204)
