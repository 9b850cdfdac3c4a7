"""Executor: answers an operation from views, field by field, after every name, argument and value was checked.

A view is a mapping from a field's name to its value, or to a function of the arguments where it takes some.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from vedette.sandbox.linear.answers import Refusal
from vedette.sandbox.linear.language import Declared, Field, Operation, Slot, Variable, Word
from vedette.sandbox.linear.schema import KNOWN

View = Mapping[str, Any]
_SCALARS: Mapping[str, Callable[[Any], bool]] = {
    "String": lambda value: isinstance(value, str) and not isinstance(value, Word),
    "ID": lambda value: isinstance(value, str) and not isinstance(value, Word),
    "Int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "Float": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "Boolean": lambda value: isinstance(value, bool),
    "DateTimeOrDuration": lambda value: isinstance(value, str),
    "JSONObject": lambda value: isinstance(value, dict),
}


def invalid(message: str) -> Refusal:
    """The refusal of a document that the schema does not allow; nothing was executed."""
    return Refusal("GRAPHQL_VALIDATION_FAILED", message, status=400)


@dataclass(frozen=True, slots=True)
class _Asked:
    operation: Operation
    variables: Mapping[str, Any]


def checked(operation: Operation, variables: Mapping[str, Any]) -> None:
    """Check a whole operation before anything is done; raises `Refusal`."""
    unknown = variables.keys() - operation.variables.keys()
    if unknown:
        raise invalid(f'Variable "${min(unknown)}" is not defined.')
    for name, declared in operation.variables.items():
        if name not in variables and not declared.optional:
            raise invalid(f'Variable "${name}" of required type "{declared.type}" was not provided.')
        if name in variables:
            _check_value(declared.type, variables[name], where=f"${name}")
    root = "Query" if operation.kind == "query" else "Mutation"
    _check_fields(root, operation.fields, _Asked(operation, variables))


def _check_fields(kind: str, fields: tuple[Field, ...], asked: _Asked) -> None:
    if not fields:
        raise invalid(f'A field of type "{kind}" must have a selection of subfields.')
    for field in fields:
        slot = KNOWN.objects[kind].get(field.name)
        if field.name == "__typename":
            continue
        if slot is None:
            raise invalid(f'Cannot query field "{field.name}" on type "{kind}".')
        _check_arguments(field, slot, asked)
        inner = _bare(slot.type)
        if inner in KNOWN.objects:
            _check_fields(inner, field.fields, asked)
        elif field.fields:
            raise invalid(f'Field "{field.name}" must not have a selection since type "{inner}" has no subfields.')


def _check_arguments(field: Field, slot: Slot, asked: _Asked) -> None:
    _check_names(field.arguments, slot.arguments, where=f"field {field.name}")
    for name, value in field.arguments.items():
        _check_use(slot.arguments[name], value, asked, where=f"{field.name}({name})")


def _check_use(wanted: Declared, value: Any, asked: _Asked, *, where: str) -> None:
    if not isinstance(value, Variable):
        _check_value(wanted.type, filled(value, asked.variables), where=where)
        return
    declared = asked.operation.variables.get(value.name)
    if declared is None:
        raise invalid(f'Variable "${value.name}" is not defined.')
    if declared.type not in (wanted.type, f"{wanted.type}!"):
        raise invalid(f'Variable "${value.name}" of type "{declared.type}" used where "{wanted.type}" is expected.')


def _check_names(given: Mapping[str, Any], known: Mapping[str, Declared], *, where: str) -> None:
    for name in given:
        if name not in known:
            raise invalid(f'"{name}" is not defined by {where}.')
    for name, declared in known.items():
        if not declared.optional and given.get(name) is None:
            raise invalid(f'"{name}" of required type "{declared.type}" was not provided to {where}.')


def _check_value(kind: str, value: Any, *, where: str) -> None:
    bare = kind.removesuffix("!")
    if value is None:
        if bare != kind:
            raise invalid(f'{where}: expected non-nullable type "{kind}" not to be null.')
    elif bare.startswith("["):
        for each in value if isinstance(value, list) else [value]:
            _check_value(bare[1:-1], each, where=where)
    elif bare in KNOWN.inputs:
        if not isinstance(value, dict):
            raise invalid(f'{where}: expected type "{bare}" to be an object.')
        _check_names(value, KNOWN.inputs[bare], where=f'type "{bare}"')
        for name, each in value.items():
            _check_value(KNOWN.inputs[bare][name].type, each, where=f"{where}.{name}")
    elif not (value in KNOWN.words[bare] if bare in KNOWN.words else _SCALARS[bare](value)):
        raise invalid(f"{where}: {bare} cannot represent value: {value!r}.")


def filled(value: Any, variables: Mapping[str, Any]) -> Any:
    """A written value with the variables put in."""
    match value:
        case Variable(name):
            return variables.get(name)
        case list():
            return [filled(each, variables) for each in value]
        case dict():
            return {name: filled(each, variables) for name, each in value.items()}
    return value


def answered(kind: str, view: View, fields: tuple[Field, ...], variables: Mapping[str, Any]) -> dict[str, Any]:
    """What the fields say of a view."""
    return {field.answered_as: _one(kind, view, field, variables) for field in fields}


def _one(kind: str, view: View, field: Field, variables: Mapping[str, Any]) -> Any:
    if field.name == "__typename":
        return kind
    value = view[field.name]
    if callable(value):
        given = {name: filled(each, variables) for name, each in field.arguments.items()}
        value = value(**{name: each for name, each in given.items() if each is not None})
    return _completed(KNOWN.objects[kind][field.name].type, value, field, variables)


def _completed(kind: str, value: Any, field: Field, variables: Mapping[str, Any]) -> Any:
    bare = kind.removesuffix("!")
    if value is None:
        return None
    if bare.startswith("["):
        return [_completed(bare[1:-1], each, field, variables) for each in value]
    return answered(bare, value, field.fields, variables) if bare in KNOWN.objects else value


def _bare(kind: str) -> str:
    return kind.strip("[]!")
