"""A request and its answer as values; no socket is known here, and no vendor's way of refusing."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer: status, body bytes, headers."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """A request that a vendor refuses, in the vendor's shape."""

    def answer(self) -> Answer:
        """The refusal as an answer."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request, its path split into named parts."""

    method: str
    path: str
    parts: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its whole answer as they went over the wire, kept for contract tests."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    status: int
    answer_headers: Mapping[str, str]
    answer_body: bytes
