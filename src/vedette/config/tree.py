"""The YAML tree: each value beside the place where it stands, so that every problem can name file, line and column.

The law: only `true` and `false` are booleans and only plain decimals are numbers (YAML 1.1 would read the key `on` as
true and `1:30` as 90), and a key is always text.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import yaml

from vedette.errors import Problem

Loc = tuple[str | int, ...]
Scalar = str | int | float | bool | None

_TAG = "tag:yaml.org,2002:"
_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})", re.ASCII)
_FLOAT = re.compile(r"[-+]?[0-9]+\.[0-9]*(?:[eE][-+]?[0-9]{1,2})?", re.ASCII)
# Aliases of aliases multiply; no honest file comes near this many values.
_MOST_NODES = 200_000
_BRACKET = ("a bracket or brace is not closed, or a comma is missing", "close it before this place")
_SAYINGS = {
    "found character that cannot start any token": (
        "a value or key cannot begin with this character",
        "indent with blanks, never tabs, and put text that begins with @, ` or % in quotes",
    ),
    "mapping values are not allowed": (
        "a key stands where none can",
        "look at the indentation, and put text that holds ': ' in quotes",
    ),
    "did not find expected ','": _BRACKET,
    "expected ','": _BRACKET,
    "did not find expected node content": ("a value is missing", "write it, and close every bracket before this place"),
    "did not find expected key": ("a key should stand here", "look at the indentation of this line and the one before"),
    "did not find expected '-'": ("a list goes on without its dash", "begin the line with - as the others"),
    "could not find expected ':'": ("a key has no colon", "write `key: value`"),
    "found unexpected end of stream": ("a quote is opened and never closed", "close it"),
    "found undefined alias": (
        "the alias names no anchor",
        "define it with & above, or put text that begins with * in quotes",
    ),
    "but found another document": (
        "a second document begins here",
        "keep one document in a file and use include: for others",
    ),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A spot in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def problem(self, message: str, cure: str = "") -> Problem:
        """The problem, standing here."""
        return Problem(self.file, self.line, self.column, message, cure)


@dataclass(frozen=True, slots=True)
class Node:
    """A value, where it stands, and where the key that names it stands (the value's own place in a list)."""

    place: Place
    key: Place
    value: "dict[str, Node] | list[Node] | Scalar"

    @property
    def folder(self) -> Path:
        """The folder of the file that holds this value: paths in settings are relative to it."""
        return Path(self.place.file).parent

    def children(self) -> "Iterator[tuple[str | int, Node]]":
        """Keys or list positions with their values; nothing for a scalar."""
        match self.value:
            case dict():
                yield from self.value.items()
            case list():
                yield from enumerate(self.value)

    def child(self, name: str | int) -> "Node | None":
        """The value under that key or list position."""
        if isinstance(self.value, dict):
            return self.value.get(str(name))
        if isinstance(self.value, list) and isinstance(name, int) and 0 <= name < len(self.value):
            return self.value[name]
        return None


def follow(node: Node, loc: Loc) -> tuple[Loc, Node]:
    """The deepest node on the way of `loc`, and the way to it; steps that the tree lacks (union tags) are skipped."""
    way: Loc = ()
    for step in loc:
        child = node.child(step)
        if child is not None:
            way, node = (*way, step), child
    return way, node


def every(node: Node, loc: Loc = ()) -> Iterator[tuple[Loc, Node]]:
    """The node and all below it, each with the way to it."""
    yield loc, node
    for step, child in node.children():
        yield from every(child, (*loc, step))


def plain(node: Node, put: Mapping[Loc, Any], loc: Loc = ()) -> Any:
    """The tree as dicts, lists and scalars, with `put` in place of what stands at its ways."""
    if loc in put:
        return put[loc]
    match node.value:
        case dict() as children:
            return {step: plain(child, put, (*loc, step)) for step, child in children.items()}
        case list() as items:
            return [plain(item, put, (*loc, step)) for step, item in enumerate(items)]
        case scalar:
            return scalar


def parse(text: str, *, file: str, problems: list[Problem]) -> Node | None:
    """The tree of one file, an empty block for an empty file; None for one that is no YAML. Problems are appended."""
    start = Place(file, 1, 1)
    try:
        root = yaml.compose(text, Loader=_Loader)
        return Node(start, start, {}) if root is None else _Builder(file, problems).build(root)
    except yaml.reader.ReaderError as error:
        place = _place_at(text, error.position, file=file)
        problems.append(place.problem("a character that YAML does not allow stands here", "remove it"))
    except yaml.MarkedYAMLError as error:
        problems.append(_syntax(error, file=file))
    except RecursionError:
        problems.append(start.problem("the file is nested too deeply", "flatten it"))
    return None


def _syntax(error: yaml.MarkedYAMLError, *, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    place = Place(file, 1, 1) if mark is None else Place(file, mark.line + 1, mark.column + 1)
    # The library's own text may quote the line, and with it a secret: only its fixed phrases are passed on.
    said = error.problem or "no YAML"
    message, cure = next(
        (told for start, told in _SAYINGS.items() if said.startswith(start)),
        (said.split(" '")[0], "see https://yaml.org/spec/1.2.2/"),
    )
    return place.problem(message, cure)


def _place_at(text: str, position: int, *, file: str) -> Place:
    before = text[:position]
    return Place(file, before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Composes only; reads fewer words as booleans and numbers than YAML 1.1 does."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}


_Loader.add_implicit_resolver(f"{_TAG}bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
_Loader.add_implicit_resolver(f"{_TAG}null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Loader.add_implicit_resolver(f"{_TAG}int", re.compile(rf"^(?:{_INT.pattern})$"), list("-+0123456789"))
_Loader.add_implicit_resolver(f"{_TAG}float", re.compile(rf"^(?:{_FLOAT.pattern})$"), list("-+0123456789"))
_Loader.add_implicit_resolver(f"{_TAG}merge", re.compile(r"^<<$"), ["<"])


class _Builder:
    """Turns composed YAML into nodes; holds what one file's building shares."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self._file = file
        self._problems = problems
        self._open: list[int] = []
        self._made = 0

    def build(self, node: yaml.Node, key: yaml.Node | None = None) -> Node:
        place = self._place(node)
        at = place if key is None else self._place(key)
        self._made += 1
        if id(node) in self._open:
            return self._refuse(place, at, "an anchor holds itself", "remove the alias")
        if self._made > _MOST_NODES:
            if self._made == _MOST_NODES + 1:
                self._problems.append(place.problem("the file unfolds into too many values", "use fewer aliases"))
            return Node(place, at, None)
        self._open.append(id(node))
        try:
            return Node(place, at, self._value(node))
        finally:
            self._open.pop()

    def _value(self, node: yaml.Node) -> dict[str, Node] | list[Node] | Scalar:
        match node:
            case yaml.MappingNode():
                return self._mapping(node)
            case yaml.SequenceNode():
                return [self.build(item) for item in node.value]
            case _:
                return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Node]:
        made: dict[str, Node] = {}
        merged: dict[str, Node] = {}
        for key, value in node.value:
            if key.tag == f"{_TAG}merge":
                merged = self._merged(value) | merged
            elif not isinstance(key, yaml.ScalarNode):
                self._problems.append(self._place(key).problem("a key should be text", "write a name before the colon"))
            elif key.value in made:
                first = made[key.value].key
                message = f"key {key.value} stands twice, first at line {first.line}"
                self._problems.append(self._place(key).problem(message, "keep one"))
            else:
                made[key.value] = self.build(value, key)
        return merged | made

    def _merged(self, value: yaml.Node) -> dict[str, Node]:
        sources = value.value if isinstance(value, yaml.SequenceNode) else [value]
        merged: dict[str, Node] = {}
        for source in sources:
            built = self.build(source)
            if isinstance(built.value, dict):
                merged = built.value | merged
            else:
                self._problems.append(built.place.problem("<< takes a block of keys", "name an anchor of a block"))
        return merged

    def _scalar(self, node: yaml.Node) -> Scalar:
        text = str(node.value)
        match node.tag.removeprefix(_TAG):
            case "str":
                return text
            case "bool" if text.lower() in ("true", "false"):
                return text.lower() == "true"
            case "int" if _INT.fullmatch(text):
                return int(text)
            case "float" if _FLOAT.fullmatch(text):
                return float(text)
            case "null":
                return None
            case _:
                self._problems.append(self._place(node).problem("YAML tags mean nothing here", "remove the tag"))
                return None

    def _refuse(self, place: Place, key: Place, message: str, cure: str) -> Node:
        self._problems.append(place.problem(message, cure))
        return Node(place, key, None)

    def _place(self, node: yaml.Node) -> Place:
        return Place(self._file, node.start_mark.line + 1, node.start_mark.column + 1)
