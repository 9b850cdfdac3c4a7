"""Types beside the tree: which block, secret, duration or path each value of the YAML is meant to be.

It lets vendors write plain `Secret`, `timedelta` and `Path` in their settings, without knowing this room.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from vedette.config.tree import Loc, Node
from vedette.model.secret import Secret

_LEAVES = (Secret, timedelta, Path)


def beside(annotation: Any, node: Node, loc: Loc = ()) -> Iterator[tuple[Loc, type[Any], Node]]:
    """Each block that is a model, and each value meant as Secret, timedelta or Path, with the way to it.

    Empty values are left out: they are unset keys.
    """
    if node.value is None:
        return
    if annotation in _LEAVES:
        yield loc, annotation, node
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from _model(annotation, node, loc)
    else:
        yield from _generic(get_origin(annotation), get_args(annotation), node, loc)


def keys_of(model: type[BaseModel]) -> dict[str, Any]:
    """The keys that the block may have, each with pydantic's description of it."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _model(model: type[BaseModel], node: Node, loc: Loc) -> Iterator[tuple[Loc, type[Any], Node]]:
    if not isinstance(node.value, dict):
        return
    yield loc, model, node
    for key, field in keys_of(model).items():
        child = node.value.get(key)
        if child is not None:
            yield from beside(field.annotation, child, (*loc, key))


def _generic(origin: Any, args: tuple[Any, ...], node: Node, loc: Loc) -> Iterator[tuple[Loc, type[Any], Node]]:
    if origin is Annotated:
        yield from beside(args[0], node, loc)
    elif origin in (Union, UnionType):
        words = [word for arg in args if get_origin(arg) is Literal for word in get_args(arg)]
        for arg in () if node.value in words else args:
            yield from beside(arg, node, loc)
    elif args and isinstance(node.value, dict if len(args) == 2 and args[1] is not Ellipsis else list):
        inner = args[1] if isinstance(node.value, dict) else args[0]
        for step, child in node.children():
            yield from beside(inner, child, (*loc, step))
