"""Document: a ticket's body as rules write it; each tracker translates it into its own markup."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Text:
    """Plain words; markup characters in them are content and must be escaped by the translator."""

    text: str
    strong: bool = False
    code: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead somewhere; only http(s) addresses."""

    url: str
    text: str = ""


Inline = Text | Link


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A run of words."""

    parts: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A small heading (level 3 everywhere)."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """Preformatted text, such as a stack."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Bullets:
    """A flat list; each item is a run of words."""

    items: tuple[tuple[Inline, ...], ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Name and value pairs: a table where the tracker has one, else lines."""

    rows: tuple[tuple[str, tuple[Inline, ...]], ...]


Block = Paragraph | Heading | Code | Bullets | Facts


@dataclass(frozen=True, slots=True)
class Document:
    """Blocks from top to bottom."""

    blocks: tuple[Block, ...] = ()


def plain(document: Document) -> str:
    """The document as bare text, for logs of decisions, tests and identical-comment checks."""
    return "\n".join(_plain_block(block) for block in document.blocks)


def _plain_block(block: Block) -> str:
    match block:
        case Paragraph(parts):
            return _plain_parts(parts)
        case Heading(text) | Code(text=text):
            return text
        case Bullets(items):
            return "\n".join(f"- {_plain_parts(item)}" for item in items)
        case Facts(rows):
            return "\n".join(f"{name}: {_plain_parts(value)}" for name, value in rows)


def _plain_parts(parts: tuple[Inline, ...]) -> str:
    return "".join(part.text if isinstance(part, Text) else (part.text or part.url) for part in parts)


def pack(document: Document) -> list[dict[str, Any]]:
    """The document as plain data, for a job's payload."""
    return [{"is": type(block).__name__.lower(), **_packed(block)} for block in document.blocks]


def unpack(data: Sequence[Mapping[str, Any]]) -> Document:
    """The document that `pack` made; raises KeyError for a block that this version does not know."""
    return Document(tuple(_UNPACK[entry["is"]](entry) for entry in data))


def _packed(block: Block) -> dict[str, Any]:
    match block:
        case Paragraph(parts):
            return {"parts": _pack_parts(parts)}
        case Heading(text):
            return {"text": text}
        case Code(text, language):
            return {"text": text, "language": language}
        case Bullets(items):
            return {"items": [_pack_parts(item) for item in items]}
        case Facts(rows):
            return {"rows": [[name, _pack_parts(value)] for name, value in rows]}


def _pack_parts(parts: tuple[Inline, ...]) -> list[dict[str, Any]]:
    return [
        {"url": part.url, "text": part.text}
        if isinstance(part, Link)
        else {"text": part.text, "strong": part.strong, "code": part.code}
        for part in parts
    ]


def _parts(data: Sequence[Mapping[str, Any]]) -> tuple[Inline, ...]:
    return tuple(Link(**part) if "url" in part else Text(**part) for part in data)


_UNPACK: Mapping[str, Callable[[Mapping[str, Any]], Block]] = {
    "paragraph": lambda entry: Paragraph(_parts(entry["parts"])),
    "heading": lambda entry: Heading(entry["text"]),
    "code": lambda entry: Code(entry["text"], entry["language"]),
    "bullets": lambda entry: Bullets(tuple(_parts(item) for item in entry["items"])),
    "facts": lambda entry: Facts(tuple((name, _parts(value)) for name, value in entry["rows"])),
}
