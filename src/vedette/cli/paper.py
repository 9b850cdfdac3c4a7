"""Paper: lines for a terminal, on which a stranger's words can only be read.

Titles, paths and vendors' answers come from outside; an escape sequence in them would command the operator's terminal.
"""

from typing import Literal

from rich.text import Text

Part = str | Text | tuple[str, str]


def written(
    *parts: Part,
    style: str = "",
    no_wrap: bool | None = None,
    overflow: Literal["fold", "ellipsis", "ignore"] | None = None,
) -> Text:
    """The parts (words, or words with a style) as one text, without markup and with every control character shown."""
    text = Text.assemble(*parts, style=style, no_wrap=no_wrap, overflow=overflow)
    text.plain = visible(text.plain)
    return text


def visible(words: str) -> str:
    """The words with each character that is not printed replaced, as many as there were; line ends stay."""
    return "".join(char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in words)
