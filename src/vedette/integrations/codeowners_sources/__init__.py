"""CODEOWNERS sources: the text and its revision, from the settings, a file, an address or a GitHub repository.

The law: one call, one whole text or an error that says what was tried. Nothing is kept here; who asks keeps the last
good copy.
"""

from pathlib import Path

from vedette.errors import Refused
from vedette.integrations.codeowners_sources import address, github
from vedette.integrations.codeowners_sources.text import LARGEST, Text, read_as_text
from vedette.model.owners import CodeownersSource

__all__ = ["Text", "fetch"]


def fetch(source: CodeownersSource, *, timeout: float = 20.0, stdin: str | None = None) -> Text:
    """The text of the source; `stdin` is what standard input held, read once by whoever started the program.

    Raises `Refused` where there is no such text, else the families of `vedette.errors`.
    """
    if source.text:
        return Text(source.text, "")
    if source.file is not None:
        return _from_file(source.file, stdin=stdin)
    if source.url:
        return address.fetch(source, timeout=timeout)
    if source.github:
        return github.fetch(source, timeout=timeout)
    raise Refused(f"ownership {source.name}: no text, file, url or repository is given; give one of them")


def _from_file(path: Path, *, stdin: str | None) -> Text:
    if str(path) == "-":
        if stdin is None:
            raise Refused(
                "ownership: `file: -` asks for standard input, and nothing came from there; pipe the rules in"
            )
        return read_as_text(stdin.encode("utf-8", "replace"), place="standard input")
    try:
        with path.open("rb") as opened:
            # One byte more than is allowed tells too large from just large enough.
            return read_as_text(opened.read(LARGEST + 1), place=str(path))
    except OSError as problem:
        raise Refused(f"ownership: {path} cannot be read: {problem.strerror}; correct `file:`") from None
