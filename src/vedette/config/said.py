"""Said: what pydantic found, in words for the person who wrote the YAML, at the place where it stands.

The law: no message repeats a value, which may be a secret in the wrong place, except one offered for a list of words.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pydantic_core import ErrorDetails

from vedette.config.durations import text_of
from vedette.config.nearest import nearest
from vedette.config.tree import Loc, Node, follow
from vedette.errors import Problem

_ROUTE_CURE = "write a block such as {tracker: jira, project: TRIAGE}, or the name of one under routes:"
_BOARDS_CURE = "write [{when: {levels: [warning]}, project: Backlog}], or {backlog: Backlog, sprints: PORTFOLIO}"
_TERM_CURE = "write a text, or a block such as {text: timed out, in: [title]}"
_RULES_CURE = 'write a text, or a block such as {rules: "path:src/** #checkout", fallthrough: false}'
_LIST = ("should be a list", "write it in brackets: [one, two]")
_BLOCK = ("should be a block of keys", "write `key: value` lines below it")
_NUMBER = ("should be a number", "")
_WHOLE = ("should be a whole number", "")
_FLAG = ("should be true or false", "")

# Types of pydantic's errors: https://docs.pydantic.dev/latest/errors/validation_errors/
_SAYINGS: dict[str, tuple[str, str]] = {
    "string_type": ("should be text", "put it in quotes if it is meant as text"),
    "string_too_short": ("is empty", "write a value, or leave the key out"),
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "bool_type": _FLAG,
    "bool_parsing": _FLAG,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "dict_type": _BLOCK,
    "mapping_type": _BLOCK,
    "model_type": _BLOCK,
    "model_attributes_type": _BLOCK,
    "dataclass_type": _BLOCK,
    "too_short": ("is empty", "add at least one"),
    "string_too_long": ("is too long", "shorten it"),
    "caps_form": ("should be caps, or off", "write numbers for per_run:, per_route_per_hour:, per_hour:; or off"),
    "term_form": ("should be a term", _TERM_CURE),
    "route_form": ("should be a route", _ROUTE_CURE),
    "rules_form": ("should be ownership rules", _RULES_CURE),
    "alerts_form": ("should be leave, none or a list of alert rules", "write alert_rules: leave"),
    "teams_form": ("should be teams", "write a list such as [checkout], or a map such as {checkout: admin}"),
    "boards_form": ("should be a list of boards, or the usual ones by name", _BOARDS_CURE),
}
_BOUNDS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}
_WORD = re.compile(r"[A-Za-z][A-Za-z_]{0,23}", re.ASCII)


def told(
    error: ErrorDetails, *, tree: Node, prefix: Loc, described: Mapping[Loc, Mapping[str, Any]]
) -> tuple[Loc, Problem]:
    """The problem that pydantic's error stands for, and the way to the value that it is about.

    `prefix` is the way to what was validated; `described` are the keys of each block, for the descriptions.
    """
    steps = tuple(step for step in error["loc"] if step != "[key]")
    way, node = follow(tree, (*prefix, *steps))
    if error["type"] == "missing":
        field = described.get(way, {}).get(str(steps[-1]))
        cure = f"add it: {field.description.rstrip('.')}" if field is not None and field.description else "add it"
        return (*way, steps[-1]), node.key.problem(f"key {steps[-1]} is missing", cure)
    keyed = error["loc"][-1:] == ("[key]",)
    if keyed and error["type"] == "literal_error":
        # It is the key that is none of the words, not what stands behind it.
        node, subject = Node(node.key, node.key, str(way[-1])), called(way[:-1])
    else:
        subject = called(way)
    message, cure = _words(error, node)
    return way, (node.key if keyed else node.place).problem(f"{subject} {message}", cure)


def called(way: Loc) -> str:
    """A setting's name in a sentence: the last key, with the position in a list."""
    if not way:
        return "the file"
    last = len(way) - 1
    while last and isinstance(way[last], int):
        last -= 1
    return str(way[last]) + "".join(f"[{step}]" for step in way[last + 1 :])


def _words(error: ErrorDetails, node: Node) -> tuple[str, str]:
    context = error.get("ctx", {})
    match error["type"]:
        case "vedette":
            return str(context["message"]), str(context["cure"])
        case "enum" | "literal_error":
            return _choice(str(context["expected"]), node)
        case "value_error":
            return str(context["error"]), ""
        case bound if bound in _BOUNDS:
            key, words = _BOUNDS[bound]
            return f"should be {words} {_bound(context[key])}", ""
        case kind:
            return _SAYINGS.get(kind, (_lowered(error["msg"]), ""))


def _choice(expected: str, node: Node) -> tuple[str, str]:
    words = re.findall(r"'([^']*)'", expected)
    written = node.value if isinstance(node.value, str) and _WORD.fullmatch(node.value) else ""
    meant = nearest(written, words)
    message = f"{written} is not one of {', '.join(words)}" if written else f"should be one of {', '.join(words)}"
    return message, f"did you mean {meant}?" if meant else ""


def _bound(limit: Any) -> str:
    if isinstance(limit, timedelta):
        return text_of(limit)
    # A bound of a duration arrives as "0 seconds".
    return "0s" if limit == "0 seconds" else str(limit)


def _lowered(message: str) -> str:
    return message.replace("Input should", "should", 1)
