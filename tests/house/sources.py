"""The house as data: its modules, functions and tests, read from the source without importing it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "src" / "vedette"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Measured:
    """A function and how many lines of code it has, its docstring and blank lines not counted."""

    where: str
    lines: int


def modules(*folders: Path) -> list[Path]:
    """Every Python file under the folders."""
    return sorted(file for folder in folders for file in folder.rglob("*.py"))


@cache
def tree(file: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


def functions(file: Path) -> Iterator[Function]:
    """Every function and method of a file, nested ones included."""
    return iter(_functions(file))


@cache
def _functions(file: Path) -> tuple[Function, ...]:
    return tuple(node for node in ast.walk(tree(file)) if isinstance(node, Function))


def place(file: Path, node: ast.AST | None = None) -> str:
    """Where something stands, as an editor opens it: path:line."""
    path = str(file.relative_to(ROOT)) if file.is_relative_to(ROOT) else file.name
    return f"{path}:{getattr(node, 'lineno', 1)}"


def measured(file: Path) -> Iterator[Measured]:
    """Every function of a file with its length; a role's method without a body is no function to read."""
    text = file.read_text(encoding="utf-8").splitlines()
    for node in functions(file):
        if _is_signature_only(node):
            continue
        yield Measured(where=f"{place(file, node)} {node.name}", lines=_length(node, text))


def dotted(node: ast.AST) -> str:
    """`datetime.now` for a name or a chain of attributes; empty for anything else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            base = dotted(value)
            return f"{base}.{attr}" if base else ""
    return ""


def _length(node: Function, text: list[str]) -> int:
    # From `def` to the last line: the signature counts, since a reader reads it; prose and air do not.
    prose = _docstring_lines(node)
    spans = range(node.lineno, (node.end_lineno or node.lineno) + 1)
    return sum(1 for number in spans if number not in prose and text[number - 1].strip())


def _is_signature_only(node: Function) -> bool:
    return all(isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) for line in node.body)


def _docstring_lines(node: Function) -> range:
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return range(first.lineno, (first.end_lineno or first.lineno) + 1)
    return range(0)
