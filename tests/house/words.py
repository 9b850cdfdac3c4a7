"""Words as data: what the reference explains, and what the code says; read from its syntax tree, never listed here."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.sources import PACKAGE, ROOT

REFERENCE = ROOT / "docs" / "reference"
WORD = re.compile(r"[a-z]+(_[a-z]+)*")
# Functions whose constant arguments are reasons, and keywords that hold one.
TOLD_BY = {"NewEntry", "Ignored", "_outcome", "_done", "_finish", "_bury", "_kept", "_refusal", "_add"}
KEYWORDS = {"reason", "outcome", "verb"}


def page(name: str) -> str:
    """A page of the reference."""
    return (REFERENCE / name).read_text(encoding="utf-8")


def tables(text: str) -> Iterator[list[str]]:
    """The rows of every table, heads and rules left out."""
    for line in text.splitlines():
        if line.startswith("|") and not re.match(r"\|[-| ]+\|$", line):
            yield [cell.strip() for cell in line.strip().strip("|").split("|")]


def words_under(heading: str) -> set[str]:
    """The words in the first column of the tables under a heading of reasons.md."""
    section = page("reasons.md").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return {word for row in tables(section) for word in re.findall(r"`([a-z_]+)`", row[0])}


def explained() -> set[str]:
    """Every word in the first column of any table of reasons.md."""
    return {word for row in tables(page("reasons.md")) for word in re.findall(r"`([a-z_]+)`", row[0])}


def speaks(path: Path) -> bool:
    """Whether a module gives reasons: the ways, the doors, and how Sentry's deliveries are read."""
    return path.relative_to(PACKAGE).parts[0] in {"flows", "web", "cli"} and path.name not in {
        "telemetry.py",
        "logging.py",
    }


def reasons_in(path: Path) -> Iterator[str]:
    """The constants that a module uses as reasons."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        for value in chosen(told(node)):
            text = named.get(value.id) if isinstance(value, ast.Name) else getattr(value, "value", None)
            if isinstance(text, str) and WORD.fullmatch(text):
                yield text


def chosen(values: Iterator[ast.expr]) -> Iterator[ast.expr]:
    """The values, both branches of a choice between two."""
    for value in values:
        yield from (value.body, value.orelse) if isinstance(value, ast.IfExp) else (value,)


def told(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions of a node that hold a reason: arguments of those functions, keywords, and what a way returns."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args, keywords=keywords):
            yield from (keyword.value for keyword in keywords if keyword.arg in KEYWORDS)
            yield from args if name in TOLD_BY else ()
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in {"reason", "outcome"}:
            yield value
        case ast.FunctionDef(returns=ast.Name(id="str")):
            returned = (
                each.value for each in ast.walk(node) if isinstance(each, ast.Return) and each.value is not None
            )
            parameters = {argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)}
            # A way takes the context and answers with a word.
            yield from returned if "context" in parameters else ()


def constants(tree: ast.Module) -> Iterator[str]:
    """Every text constant of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def labels_in(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Each metric of a module with the labels it is made with."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
            continue
        name = node.args[0].value
        if not isinstance(name, str) or not name.startswith("vedette_"):
            continue
        lists = [
            each for each in (*node.args, *(keyword.value for keyword in node.keywords)) if isinstance(each, ast.List)
        ]
        yield name, [str(element.value) for each in lists for element in each.elts if isinstance(element, ast.Constant)]


def placeholder(part: str) -> str:
    """A part of a pattern as the page writes it: a name stands for {itself}."""
    return part.strip('"') if part.startswith('"') else "{" + {"name": "instance"}.get(part, part) + "}"
