"""Quoting: texts as YAML writes them, so that whatever they hold is read back as a text."""

import re

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_@.+-]*", re.ASCII)
# YAML 1.1 reads these as truth values or nothing.
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})
_ESCAPES = {'"': '\\"', "\\": "\\\\"}


def scalar(text: str) -> str:
    """A text, in quotes where it would be read as something else."""
    return text if _PLAIN.fullmatch(text) and text.lower() not in _WORDS else quoted(text)


def quoted(text: str) -> str:
    """A text in double quotes; what is not printed is escaped (https://yaml.org/spec/1.2.2/#57-escaped-characters)."""
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(char: str) -> str:
    return _ESCAPES.get(char, char if char.isprintable() else f"\\U{ord(char):08x}")
