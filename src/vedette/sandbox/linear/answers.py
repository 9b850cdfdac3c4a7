"""Answers and refusals in Linear's shape; no socket is known here.

Linear refuses with `errors`, each with `extensions.code`, under status 200 or 400; partial data is not pretended.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from vedette.sandbox.stage.answers import Answer

JSON = "application/json; charset=utf-8"


class Refusal(Exception):
    """Something that Linear will not do, by its code."""

    def __init__(self, code: str, message: str, *, shown: str = "", status: int = 200) -> None:
        super().__init__(code, message, status)
        self.code = code
        self.message = message
        self.shown = shown or message
        self.status = status

    def answer(self, headers: Mapping[str, str] | None = None) -> Answer:
        return json_answer(
            {"errors": [error(self.code, self.message, shown=self.shown)], "data": None},
            status=self.status,
            headers=headers,
        )


def error(code: str, message: str, *, shown: str = "") -> dict[str, Any]:
    """One entry of `errors`: its message, and what is `shown` to a person."""
    told = {"code": code, "type": code.lower().replace("_", " "), "userError": True}
    return {"message": message, "extensions": {**told, "userPresentableMessage": shown or message}}


def not_found(kind: str) -> Refusal:
    """The refusal of an id that leads nowhere, or nowhere that this account may look."""
    return Refusal("INPUT_ERROR", f"Entity not found: {kind}")


def bad_input(message: str) -> Refusal:
    """The refusal of an input whose values cannot be."""
    return Refusal("INVALID_INPUT", f"Argument Validation Error: {message}")


def json_answer(payload: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """Encode a payload the way Linear labels it."""
    return Answer(status=status, body=msgspec.json.encode(payload), headers={"content-type": JSON, **(headers or {})})


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its whole answer as they went over the wire, kept for contract tests."""

    headers: Mapping[str, str]
    body: bytes
    status: int
    answer_headers: Mapping[str, str]
    answer_body: bytes
