"""The checker of Linear's contract: a request and its answer are held against the published schema.

How another test uses it:

    with LinearStandIn(config, recording=True) as linear:
        ...                                       # let the client under test work
        contract().check_all(linear.exchanges())  # AssertionError names each deviation
        print(contract().report())

`contract()` loads the schema once per test process (some seconds) and raises `SpecsMissing` where the file is absent;
`needs_specs` is the pytest mark that skips aloud in that case. The file is sought in the folder that `VEDETTE_SPECS`
names, else in `../shared/specs` beside the project.
"""

import functools
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import pytest
from graphql import (
    DocumentNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    execute_sync,
    is_required_argument,
    is_required_input_field,
    parse,
    validate,
)
from graphql.execution.values import get_variable_values

from vedette.sandbox.linear.language import Slice

ROOT = Path(__file__).parents[2]
FILE = "linear-schema.graphql"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class SpecsMissing(Exception):
    """The schema is not on this machine."""


class Spoken(Protocol):
    """What the checker reads of an exchange; the stand-in's `Exchange` has it."""

    @property
    def body(self) -> bytes: ...
    @property
    def status(self) -> int: ...
    @property
    def answer_body(self) -> bytes: ...


@dataclass(frozen=True, kw_only=True)
class Said:
    """An exchange of one's own making, for probes."""

    body: bytes
    status: int = 200
    answer_body: bytes = b""


class Contract:
    """The schema, and a count of what was held against it."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self.checked: Counter[str] = Counter()
        self._read = functools.cache(self._parsed)

    def _parsed(self, query: str) -> tuple[DocumentNode, list[str]]:
        try:
            document = parse(query)
        except GraphQLError as wrong:
            return DocumentNode(definitions=()), [wrong.message]
        return document, [each.message for each in validate(self.schema, document)]

    def query_problems(self, query: str) -> list[str]:
        """What is wrong with a document, whatever its variables."""
        return self._read(query)[1]

    def request_problems(self, spoken: Spoken) -> list[str]:
        """What is wrong with a request: its document, or the values of its variables."""
        sent = json.loads(spoken.body)
        document, found = self._read(sent["query"])
        return found or self._variable_problems(document, sent.get("variables") or {})

    def _variable_problems(self, document: DocumentNode, variables: Mapping[str, Any]) -> list[str]:
        operation = _operation(document)
        declared = {each.variable.name.value for each in operation.variable_definitions or ()}
        found = [f"variable {name} is not declared" for name in variables if name not in declared]
        values = get_variable_values(self.schema, operation.variable_definitions or (), dict(variables))
        return found + ([each.message for each in values] if isinstance(values, list) else [])

    def problems(self, spoken: Spoken) -> list[str]:
        """Every deviation of an exchange; a refused request is not held to the schema, but its answer to one shape."""
        answered = json.loads(spoken.answer_body)
        if "errors" in answered or spoken.status >= 400:
            return _refusal_problems(spoken.status, answered)
        return self.request_problems(spoken) or self._answer_problems(json.loads(spoken.body), answered)

    def _answer_problems(self, sent: Mapping[str, Any], answered: Mapping[str, Any]) -> list[str]:
        """Execute the document over the answer itself: what the schema makes of it must be the answer again."""
        document, _ = self._read(sent["query"])
        result = execute_sync(
            self.schema,
            document,
            root_value=answered.get("data"),
            variable_values=sent.get("variables") or {},
            field_resolver=_as_answered,
        )
        found = [each.message for each in result.errors or ()]
        return found or ([] if result.data == answered.get("data") else ["the answer is not what was asked for"])

    def check_all(self, spoken: Iterable[Spoken]) -> None:
        """Hold exchanges against the schema; raises `AssertionError` with every deviation."""
        found = []
        for each in spoken:
            self.checked[self.operation(each)] += 1
            found += [f"{self.operation(each)} -> {each.status}: {problem}" for problem in self.problems(each)]
        assert not found, "\n".join(found)

    def operation(self, spoken: Spoken) -> str:
        """The root fields of an exchange's document."""
        document, problems = self._read(json.loads(spoken.body)["query"])
        return "unreadable" if problems else ", ".join(roots(document))

    def report(self) -> str:
        """How many exchanges of how many operations were checked."""
        total = sum(self.checked.values())
        return f"Linear: {total} exchanges of {len(self.checked)} operations held against the schema"


def _operation(document: DocumentNode) -> OperationDefinitionNode:
    return next(each for each in document.definitions if isinstance(each, OperationDefinitionNode))


def roots(document: DocumentNode) -> list[str]:
    """The names of the root fields of a document."""
    return sorted({each.name.value for each in _operation(document).selection_set.selections})  # type: ignore[attr-defined]


def _as_answered(source: Any, info: GraphQLResolveInfo[Any], **_: Any) -> Any:
    """The value under the name by which it was answered, which an alias may have changed."""
    value = source[info.path.key]
    if str(info.return_type).strip("!") == "DateTime" and value is not None and not INSTANT.fullmatch(str(value)):
        raise ValueError(f"{info.field_name}: {value!r} is not a moment as Linear writes it")
    return value


def _refusal_problems(status: int, answered: Mapping[str, Any]) -> list[str]:
    """Linear's refusals are `errors`, each with a message and a code in its extensions."""
    errors = answered.get("errors")
    sound = isinstance(errors, list) and all(
        isinstance(each.get("message"), str) and isinstance(each.get("extensions", {}).get("code"), str)
        for each in errors
    )
    return [] if errors and sound else [f"{status} is not in the shape of a refusal"]


def slice_problems(known: Slice, schema: GraphQLSchema) -> list[str]:
    """Where the stand-in's slice of the schema says something else than the schema."""
    found: list[str] = []
    for name, slots in known.objects.items():
        kind = schema.type_map.get(name)
        if not isinstance(kind, GraphQLObjectType):
            found.append(f"{name} is no object type")
            continue
        for field, slot in slots.items():
            published = kind.fields.get(field)
            if published is None or str(published.type) != slot.type:
                found.append(f"{name}.{field}: {slot.type}, published is {published and published.type}")
                continue
            types = {each: str(argument.type) for each, argument in published.args.items()}
            found += [f"{name}.{field}({each})" for each, one in slot.arguments.items() if types.get(each) != one.type]
            needed = {each for each, argument in published.args.items() if is_required_argument(argument)}
            found += [f"{name}.{field}({each}) is left out" for each in needed - slot.arguments.keys()]
    return found + _input_problems(known, schema)


def _input_problems(known: Slice, schema: GraphQLSchema) -> list[str]:
    found: list[str] = []
    for name, declared in known.inputs.items():
        kind = schema.type_map.get(name)
        if not isinstance(kind, GraphQLInputObjectType):
            found.append(f"{name} is no input type")
            continue
        types = {each: str(field.type) for each, field in kind.fields.items()}
        found += [f"{name}.{each}: {one.type}" for each, one in declared.items() if types.get(each) != one.type]
        needed = {each for each, field in kind.fields.items() if is_required_input_field(field)}
        found += [f"{name}.{each} is left out" for each in needed - declared.keys()]
    for name, words in known.words.items():
        kind = schema.type_map.get(name)
        if not isinstance(kind, GraphQLEnumType) or not set(words) <= kind.values.keys():
            found.append(f"{name}: {words}")
    return found


def specs() -> Path | None:
    """The schema's file, if there is one."""
    named = os.environ.get("VEDETTE_SPECS")
    folder = Path(named) if named else ROOT.parent / "shared" / "specs"
    return folder / FILE if (folder / FILE).is_file() else None


needs_specs = pytest.mark.skipif(
    specs() is None,
    reason="NO CONTRACT WAS CHECKED: Linear's schema is not on this machine; set VEDETTE_SPECS to its folder",
)


@functools.cache
def contract() -> Contract:
    """The checker, loaded once per process."""
    path = specs()
    if path is None:
        raise SpecsMissing(f"set VEDETTE_SPECS to the folder that holds {FILE}")
    return Contract(build_schema(path.read_text(encoding="utf-8"), assume_valid=True))


def probes(spoken: Spoken) -> list[Said]:
    """Make wrong exchanges out of a right one; a checker that finds nothing wrong with any of them checks nothing."""
    said = Said(body=spoken.body, status=spoken.status, answer_body=spoken.answer_body)
    sent, answered = json.loads(spoken.body), json.loads(spoken.answer_body)
    strange = {**sent, "variables": {**(sent.get("variables") or {}), "strange": 1}}
    misspelt = {**sent, "query": sent["query"].rstrip().removesuffix("}") + " strange }"}
    root = next(iter(answered["data"]))
    return [
        replace(said, body=json.dumps(strange).encode()),
        replace(said, body=json.dumps(misspelt).encode()),
        replace(said, answer_body=json.dumps({"data": {root: {"strange": 1}}}).encode()),
        replace(said, answer_body=json.dumps({"data": {**answered["data"], "more": 1}}).encode()),
        replace(said, status=400, answer_body=b'{"errors": [{"message": "no code"}]}'),
    ]
