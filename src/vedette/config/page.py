"""The settings page of the reference, written from the JSON Schema, so that it cannot say what is not read."""

from collections.abc import Iterator
from typing import Any

from vedette.config.describe import json_schema
from vedette.config.durations import EXAMPLE
from vedette.config.registry import Registry

_HEAD = f"""# Settings

<!-- Written by `vedette config reference` from the code; a test holds it to that. -->

One file, `vedette.yaml` (or `--config FILE`, or `VEDETTE_CONFIG`), with `include:` for more. `vedette init` writes a
first one, `vedette check` proves it, `vedette config schema` prints a JSON Schema for your editor.

- A *duration* is {EXAMPLE}; the units are `ms`, `s`, `m`, `h`, `d`, `w`, and they can be joined: `1h30m`.
- A *secret* is never written into the file, only where it lies: `env/NAME` (an environment variable) or `file/PATH`
  (from the folder of the file; one newline at the end is taken off). A list of secrets is for rotation: any of them
  verifies, the first signs. `aws/`, `gcp/` and `vault/` are kept for readers of those stores,
  and refused until there is one.
- Only `true` and `false` are booleans: `on:` is a key and `no` is text. A key with nothing behind it is not set.
- Names that begin with `@` stand in quotes.
"""

_KINDS = {"string": "text", "boolean": "true or false", "integer": "whole number", "number": "number", "object": "map"}


def page(registry: Registry | None = None) -> str:
    """The whole page, in Markdown."""
    schema = json_schema(registry)
    page = _Page(schema["$defs"])
    return "\n".join([_HEAD, *page.block("", schema), *page.rest()]).rstrip() + "\n"


class _Page:
    """Writes one section for each block, the blocks inside it after it."""

    def __init__(self, blocks: dict[str, Any]) -> None:
        self._blocks = blocks
        self._waiting: list[str] = []
        self._paths: dict[str, str] = {}

    def block(self, path: str, block: dict[str, Any]) -> Iterator[str]:
        """A heading, a sentence, and a row for each key."""
        yield f"## `{path}`\n" if path else "## The file\n"
        if path and "description" in block:
            yield f"{block['description']}\n"
        yield "| key | value | usually | what it does |"
        yield "|---|---|---|---|"
        for key, value in block["properties"].items():
            words = self._words(value, f"{path}.{key}".lstrip("."))
            needed = "**required**" if key in block.get("required", []) else self._usual(value)
            yield f"| `{key}` | {words} | {needed} | {self._what(value)} |"
        yield ""

    def rest(self) -> Iterator[str]:
        """The sections of every block that was met."""
        while self._waiting:
            name = self._waiting.pop(0)
            yield from self.block(self._paths[name], self._blocks[name])

    def _words(self, value: dict[str, Any], path: str) -> str:
        match value:
            case {"$ref": ref}:
                return self._named(str(ref).rpartition("/")[2], path)
            case {"enum": words}:
                return " or ".join(f"`{word}`" for word in words)
            case {"const": word}:
                return f"`{word}`"
            case {"title": str(title)}:
                return title
            case {"anyOf": forms} | {"oneOf": forms}:
                told = [self._words(form, path) for form in forms if form.get("type") != "null"]
                return " or ".join(dict.fromkeys(told))
        return self._plain(value, path)

    def _plain(self, value: dict[str, Any], path: str) -> str:
        match value:
            case {"items": item}:
                return f"list of {self._words(item, f'{path}[]')}"
            case {"patternProperties": inner}:
                return f"map of {self._words(next(iter(inner.values())), f'{path}.NAME')}"
            case {"additionalProperties": dict(inner)}:
                return f"map of {self._words(inner, f'{path}.NAME')}"
        # Text may be written as a bare number too.
        return "text" if isinstance(value.get("type"), list) else _KINDS.get(str(value.get("type")), "any value")

    def _named(self, name: str, path: str) -> str:
        """A word for the value of that definition; a block gets a section of its own, at the first path that it has."""
        block = self._blocks[name]
        if "properties" not in block:
            return self._words(block, path)
        if name not in self._paths:
            kind = name.partition(".")[2] if name.startswith(("Tracker.", "Notifier.", "Sink.")) else ""
            self._paths[name] = f"{path} (kind: {kind})" if kind else path
            self._waiting.append(name)
        return f"[block](#{_anchor(self._paths[name])})"

    def _usual(self, value: dict[str, Any]) -> str:
        usual = value.get("default")
        if usual in (None, "", [], {}):
            return ""
        text = ", ".join(map(str, usual)) if isinstance(usual, list) else str(usual)
        return f"`{text.lower() if isinstance(usual, bool) else text}`"

    def _what(self, value: dict[str, Any]) -> str:
        own = value.get("description") or self._blocks.get(str(value.get("$ref", "")).rpartition("/")[2], {})
        text = own if isinstance(own, str) else str(own.get("description", ""))
        return text.replace("|", r"\|").replace("{", "`{").replace("}", "}`").replace("\n", " ")


def _anchor(path: str) -> str:
    # GitHub's anchor of a heading: small letters, digits, - and _; a blank becomes -.
    return "".join("-" if sign == " " else sign for sign in path.lower() if sign.isalnum() or sign in " -_")
