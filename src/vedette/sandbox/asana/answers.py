"""A request as handlers see it, and the answers and refusals they give; no socket is known here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from vedette.sandbox.stage.answers import Answer, Received, Refused

JSON = "application/json; charset=UTF-8"
HELP = "For more information on API status codes and how to handle them, read the docs on errors."
PHRASE = "6 sad squid snuggle softly"


class Refusal(Refused):
    """A 4xx or 5xx in Asana's shape; only a 5xx has a phrase for the support desk."""

    def __init__(self, status: int, *messages: str) -> None:
        super().__init__(status, messages)
        self.status = status
        self.messages = messages

    def answer(self, *, headers: Mapping[str, str] | None = None) -> Answer:
        phrase = {"phrase": PHRASE} if self.status >= 500 else {}
        errors = [{"message": each, "help": HELP, **phrase} for each in self.messages]
        return json_answer({"errors": errors}, status=self.status, headers=headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Received):
    """One request, whose body is read as Asana would."""

    def json(self) -> Any:
        """Decode the body; raises the 400 that Asana gives for what is not JSON."""
        try:
            return msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            raise Refusal(400, "Could not parse request data, invalid JSON") from None

    def record(self) -> dict[str, Any]:
        """Decode a body that must be an object."""
        decoded = self.json()
        if not isinstance(decoded, dict):
            raise Refusal(400, "Could not parse request data, expected an object")
        return decoded

    def data(self) -> dict[str, Any]:
        """The object under `data`, in which every request of Asana's lies."""
        body = self.record()
        data = body.get("data")
        if set(body) - {"data", "options"} or not isinstance(data, dict):
            raise Refusal(400, "Missing `data` key in request body: everything goes into it, and nothing beside it")
        return data

    def whole(self, name: str, default: int) -> int:
        """Read a whole number from the query string."""
        text = self.query.get(name, "")
        if not text:
            return default
        if not text.lstrip("-").isdigit():
            raise Refusal(400, f"{name}: Not a valid integer: {text}")
        return int(text)

    def wanted(self) -> tuple[str, ...] | None:
        """The names in `opt_fields`; None without them."""
        text = self.query.get("opt_fields")
        return None if text is None else tuple(name.strip() for name in text.split(",") if name.strip())


def json_answer(payload: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """Encode a payload the way Asana labels it."""
    return Answer(status=status, body=msgspec.json.encode(payload), headers={"content-type": JSON, **(headers or {})})
