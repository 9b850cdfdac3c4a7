"""Reader of GraphQL: documents that clients send, and the slice of Linear's schema that the stand-in speaks.

The law: what it does not know it refuses, as a server would, and never guesses at.
Grammar: https://spec.graphql.org/October2021/
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
_TOKEN = re.compile(
    r"(?P<blank>[\s,\ufeff]+|#[^\n]*)|(?P<sign>\.\.\.|[!$():=@\[\]{}|&])|(?P<name>[_A-Za-z]\w*)"
    r"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<string>\"(?:[^\"\\\n]|\\.)*\")"
)
_END = ("end", "")


class Unreadable(ValueError):
    """Text that is not the GraphQL that this reader knows."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A value that comes with the request."""

    name: str


class Word(str):
    """A bare word as a value: a member of an enumeration."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One asked field, by the name under which its value is answered."""

    name: str
    answered_as: str
    arguments: Mapping[str, Any]
    fields: tuple["Field", ...] = ()


@dataclass(frozen=True, slots=True)
class _Spread:
    name: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """A field as written, whose selection may still name fragments."""

    name: str
    answered_as: str
    arguments: Mapping[str, Any]
    selections: "_Selections"


_Selections = tuple[_Asked | _Spread, ...]


@dataclass(frozen=True, slots=True)
class Declared:
    """A declared variable, argument or input field: its type as written, and whether it may be left out."""

    type: str
    optional: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """What a document asks for: `query` or `mutation`."""

    kind: str
    name: str
    variables: Mapping[str, Declared]
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """A field of an object type: its type, and what may be given to it."""

    type: str
    arguments: Mapping[str, Declared]


@dataclass(frozen=True, slots=True)
class Slice:
    """The part of a schema that is known: objects, inputs, and enumerations by name."""

    objects: Mapping[str, Mapping[str, Slot]]
    inputs: Mapping[str, Mapping[str, Declared]]
    words: Mapping[str, tuple[str, ...]]


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise Unreadable(f"Syntax Error: Unexpected character: {text[at]!r}.")
        if found.lastgroup != "blank":
            yield str(found.lastgroup), found[0]
        at = found.end()
    yield _END


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0

    @property
    def done(self) -> bool:
        return self._tokens[self._at] == _END

    def peek(self, sign: str) -> bool:
        return self._tokens[self._at] == ("sign", sign)

    def take(self, kind: str) -> str:
        found, text = self._tokens[self._at]
        if found != kind:
            raise Unreadable(f"Syntax Error: Expected {kind}, found {text or 'the end'!r}.")
        self._at += 1
        return text

    def skip(self, sign: str) -> bool:
        present = self.peek(sign)
        self._at += present
        return present

    def want(self, sign: str) -> None:
        if not self.skip(sign):
            raise Unreadable(f"Syntax Error: Expected {sign!r}, found {self._tokens[self._at][1] or 'the end'!r}.")

    def until(self, sign: str, one: Callable[[], T]) -> list[T]:
        found: list[T] = []
        while not self.skip(sign):
            found.append(one())
        return found

    def type(self) -> str:
        if self.skip("["):
            inner = f"[{self.type()}]"
            self.want("]")
        else:
            inner = self.take("name")
        return f"{inner}!" if self.skip("!") else inner

    def value(self) -> Any:
        if self.skip("$"):
            return Variable(self.take("name"))
        if self.skip("["):
            return self.until("]", self.value)
        if self.skip("{"):
            return dict(self.until("}", self.named))
        kind, text = self._tokens[self._at]
        self._at += 1
        match kind:
            case "string" | "number":
                return msgspec.json.decode(text)
            case "name":
                return {"true": True, "false": False, "null": None}.get(text, Word(text))
        raise Unreadable(f"Syntax Error: Unexpected {text or 'the end'!r}.")

    def named(self) -> tuple[str, Any]:
        name = self.take("name")
        self.want(":")
        return name, self.value()

    def declared(self) -> tuple[str, Declared]:
        self.skip("$")
        name = self.take("name")
        self.want(":")
        kind = self.type()
        optional = not kind.endswith("!")
        if self.skip("="):
            self.value()
            optional = True
        return name, Declared(kind, optional)

    def selection(self) -> "_Asked | _Spread":
        if self.skip("..."):
            return _Spread(self.take("name"))
        name = called = self.take("name")
        if self.skip(":"):
            name = self.take("name")
        arguments = dict(self.until(")", self.named)) if self.skip("(") else {}
        return _Asked(name, called, arguments, self.selections())

    def selections(self) -> "_Selections":
        return tuple(self.until("}", self.selection)) if self.skip("{") else ()

    def slot(self) -> tuple[str, Slot]:
        name = self.take("name")
        arguments = dict(self.until(")", self.declared)) if self.skip("(") else {}
        self.want(":")
        return name, Slot(self.type(), arguments)


def read_document(text: str) -> Operation:
    """The one operation of a document; raises `Unreadable`."""
    reader = _Reader(text)
    operations: list[tuple[str, str, dict[str, Declared], _Selections]] = []
    fragments: dict[str, _Selections] = {}
    while not reader.done:
        kind = "query" if reader.peek("{") else reader.take("name")
        name = "" if reader.peek("{") or reader.peek("(") else reader.take("name")
        if kind == "fragment":
            reader.take("name")
            reader.take("name")
            fragments[name] = reader.selections()
            continue
        variables = dict(reader.until(")", reader.declared)) if reader.skip("(") else {}
        operations.append((kind, name, variables, reader.selections()))
    if len(operations) != 1 or operations[0][0] not in ("query", "mutation"):
        raise Unreadable("Must provide exactly one query or mutation.")
    kind, name, variables, fields = operations[0]
    return Operation(kind, name, variables, _expanded(fields, fragments))


def _expanded(selections: _Selections, fragments: Mapping[str, _Selections]) -> tuple[Field, ...]:
    """Fields with fragments put in; what is asked twice under one name is one field with both selections."""
    found: dict[str, Field] = {}
    for each in selections:
        if isinstance(each, _Asked):
            fields: tuple[Field, ...] = (
                Field(each.name, each.answered_as, each.arguments, _expanded(each.selections, fragments)),
            )
        elif each.name in fragments:
            fields = _expanded(fragments[each.name], fragments)
        else:
            raise Unreadable(f'Unknown fragment "{each.name}".')
        for field in fields:
            present = found.get(field.answered_as)
            found[field.answered_as] = _merged(present, field) if present else field
    return tuple(found.values())


def _merged(one: Field, other: Field) -> Field:
    if (one.name, one.arguments) != (other.name, other.arguments):
        raise Unreadable(f'Fields "{one.answered_as}" conflict: use different aliases.')
    fields = {each.answered_as: each for each in one.fields}
    for each in other.fields:
        fields[each.answered_as] = _merged(fields[each.answered_as], each) if each.answered_as in fields else each
    return replace(one, fields=tuple(fields.values()))


def read_slice(text: str) -> Slice:
    """A slice of a schema: `type`, `input` and `enum` blocks."""
    reader = _Reader(text)
    objects: dict[str, dict[str, Slot]] = {}
    inputs: dict[str, dict[str, Declared]] = {}
    words: dict[str, tuple[str, ...]] = {}
    while not reader.done:
        kind, name = reader.take("name"), reader.take("name")
        reader.want("{")
        match kind:
            case "type":
                objects[name] = dict(reader.until("}", reader.slot))
            case "input":
                inputs[name] = dict(reader.until("}", reader.declared))
            case _:
                words[name] = tuple(reader.until("}", lambda: reader.take("name")))
    return Slice(objects, inputs, words)
