"""The documents as data: links, images and the commands that a reader would type."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.house.sources import ROOT

FENCE = re.compile(
    r"^(?P<indent> *)(?P<fence>```+|~~~+) *(?P<language>[\w-]*)[^\n]*\n(?P<body>.*?)^ *(?P=fence)", re.M | re.S
)
LINK = re.compile(r"(?P<image>!?)\[[^\]]*\]\(\s*<?(?P<target>[^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
HTML_SOURCE = re.compile(r"<(?:img|source|video)\b[^>]*?\b(?:src|srcset)=\"(?P<target>[^\"\s]+)\"")
HEADING = re.compile(r"^#{1,6} +(?P<text>.+?) *#*$", re.M)


@dataclass(frozen=True, slots=True)
class Place:
    """Something in a document: where, and what it says."""

    document: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.document.relative_to(ROOT)}:{self.line}: {self.text}"


def documents() -> list[Path]:
    """Every Markdown page of the project that is meant to be read."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def fences(document: Path) -> Iterator[tuple[int, str, str]]:
    """Line of the first line of code, language and body of each fenced block."""
    text = document.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        yield text.count("\n", 0, match.start("body")) + 1, match["language"].lower(), match["body"]


def commands(document: Path) -> Iterator[Place]:
    """Every command of the blocks `console` (behind a `$`), `bash`, `sh` and `shell`, continuation lines joined."""
    for first, language, body in fences(document):
        if language not in {"console", "bash", "sh", "shell"}:
            continue
        for number, line in _joined(body.splitlines()):
            text = line.strip()
            if language == "console":
                text = text.removeprefix("$ ") if text.startswith("$ ") else ""
            if text and not text.startswith("#"):
                yield Place(document, first + number, text)


def vedette_words(command: str) -> list[str]:
    """The words behind `vedette` in a command line, up to the first option, pipe or redirection; empty for others."""
    try:
        words = shlex.split(command, comments=True)
    except ValueError:
        return []
    while words and re.fullmatch(r"[A-Z_][A-Z0-9_]*=.*", words[0]):
        words = words[1:]
    if not words or Path(words[0]).name != "vedette":
        return []
    stop = next(
        (at for at, word in enumerate(words) if word in {"|", ">", ">>", "<", "&&", "||", ";", "&"}), len(words)
    )
    return words[1:stop]


def links(document: Path) -> Iterator[Place]:
    """Targets of links and images that point into the project."""
    text = _without_code(document.read_text(encoding="utf-8"))
    for pattern in (LINK, HTML_SOURCE):
        for match in pattern.finditer(text):
            if not re.match(r"[a-z][a-z0-9+.-]*:|//", match["target"]):
                yield Place(document, text.count("\n", 0, match.start()) + 1, match["target"])


def resolves(link: Place) -> bool:
    """Whether the file that a link names exists, and the heading behind its `#` too."""
    path, _, anchor = link.text.partition("#")
    target = (link.document.parent / path).resolve() if path else link.document
    if not target.exists():
        return False
    return not anchor or target.suffix != ".md" or anchor in anchors(target)


def anchors(document: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found: dict[str, int] = {}
    for match in HEADING.finditer(_without_fences(document.read_text(encoding="utf-8"))):
        slug = re.sub(r"[^\w\- ]", "", match["text"].lower()).strip().replace(" ", "-")
        found[slug] = found.get(slug, -1) + 1
    return {f"{slug}-{again}" if again else slug for slug, last in found.items() for again in range(last + 1)}


def _joined(lines: list[str]) -> Iterator[tuple[int, str]]:
    held, start = "", 0
    for number, line in enumerate(lines):
        start = start if held else number
        if line.endswith("\\"):
            held += line[:-1]
            continue
        yield start, held + line
        held = ""


def _without_fences(text: str) -> str:
    # Lines stay, so that the numbers of what follows stay true.
    return FENCE.sub(lambda match: "\n" * match[0].count("\n"), text)


def _without_code(text: str) -> str:
    return re.sub(r"`[^`\n]*`", "", _without_fences(text))
