"""A test that cannot fail proves nothing: every test asserts, none patches, none sleeps instead of waiting."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.house.sources import ROOT, Function, dotted, functions, modules, place, tree

# A test that must sleep or patch, with its reason, as "path::name". Empty, and meant to stay so.
JUSTIFIED: dict[str, str] = {}

pytestmark = pytest.mark.xdist_group("sources")  # read once, in one process

SKIPPING = ("pytest.skip", "pytest.mark.skip", "pytest.xfail", "pytest.mark.xfail")
PROVING_CALLS = ("pytest.raises", "raises", "pytest.fail", "fail", "pytest.warns")
# Schemathesis asserts inside these methods of a generated case.
PROVING_METHODS = frozenset({"call_and_validate", "validate_response"})


def _raises_assertion(node: ast.Raise) -> bool:
    raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return raised is not None and dotted(raised) == "AssertionError"


def is_test(node: ast.AST) -> bool:
    return isinstance(node, Function) and node.name.startswith("test")


def proves_something(node: Function, proving: frozenset[str]) -> bool:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Assert) or (isinstance(inner, ast.Raise) and _raises_assertion(inner)):
            return True
        if isinstance(inner, ast.Call):
            name = dotted(inner.func)
            if name in PROVING_CALLS or name.rpartition(".")[2] in proving:
                return True
    return False


@cache
def proving_functions() -> frozenset[str]:
    """Names of the tests' own functions that assert, directly or through another of them."""
    known = {node.name: node for file in modules(ROOT / "tests") for node in functions(file) if not is_test(node)}
    proving = PROVING_METHODS
    while True:
        grown = PROVING_METHODS | {name for name, node in known.items() if proves_something(node, proving)}
        if grown == proving:
            return proving
        proving = grown


def proofless(file: Path) -> Iterator[str]:
    for node in functions(file):
        if is_test(node) and not proves_something(node, proving_functions()):
            yield f"{place(file, node)} {node.name}"


def crutches(file: Path) -> Iterator[str]:
    for node in ast.walk(tree(file)):
        match node:
            case (
                ast.ImportFrom(module="unittest.mock" | "mock")
                | ast.ImportFrom(module="unittest", names=[ast.alias("mock")])
            ):
                yield f"{place(file, node)} imports mock: start a real stand-in on loopback"
            case ast.Import(names=names) if any(one.name in {"mock", "unittest.mock"} for one in names):
                yield f"{place(file, node)} imports mock: start a real stand-in on loopback"
            case ast.Call(func=func) if dotted(func) == "time.sleep" or (dotted(func) == "sleep" and _from_time(file)):
                yield f"{place(file, node)} sleeps: wait for the condition itself (an event, a queue, a deadline)"


def _from_time(file: Path) -> bool:
    wanted = (node for node in ast.walk(tree(file)) if isinstance(node, ast.ImportFrom) and node.module == "time")
    return any(one.name == "sleep" for node in wanted for one in node.names)


def skips(file: Path) -> Iterator[str]:
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Call) and dotted(node.func) in SKIPPING and not (node.args or node.keywords):
            yield f"{place(file, node)} skips without a word"
        if isinstance(node, Function):
            bare = [one for one in node.decorator_list if dotted(one) in SKIPPING]
            yield from (f"{place(file, one)} skips without a word" for one in bare)


def test_every_test_can_fail() -> None:
    found = [line for file in modules(ROOT / "tests") for line in proofless(file)]
    assert not found, "\n".join(["These tests assert nothing:", *found])


def test_no_test_patches_or_sleeps() -> None:
    found = [line for file in modules(ROOT / "tests") for line in crutches(file) if line.split()[0] not in JUSTIFIED]
    assert not found, "\n".join(["These tests lean on a crutch:", *found])


def test_no_test_is_skipped_without_a_word() -> None:
    found = [line for file in modules(ROOT / "tests") for line in skips(file)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def test_a():\n    answer()\n", 1),
        ("def test_a():\n    assert answer()\n", 0),
        ("async def test_a():\n    with pytest.raises(ValueError):\n        answer()\n", 0),
    ],
)
def test_a_test_without_an_assertion_is_noticed(tmp_path: Path, source: str, expected: int) -> None:
    (tmp_path / "test_x.py").write_text(source, encoding="utf-8")
    assert len(list(proofless(tmp_path / "test_x.py"))) == expected


@pytest.mark.parametrize(
    "source",
    [
        "from unittest.mock import patch",
        "from unittest import mock",
        "import unittest.mock",
        "import time\ntime.sleep(1)",
        "from time import sleep\nsleep(1)",
    ],
)
def test_a_crutch_is_noticed(tmp_path: Path, source: str) -> None:
    (tmp_path / "test_x.py").write_text(source, encoding="utf-8")
    assert list(crutches(tmp_path / "test_x.py"))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("@pytest.mark.skip\ndef test_a():\n    assert answer()\n", 1),
        ("def test_a():\n    pytest.skip()\n", 1),
        ("def test_a():\n    pytest.skip(f'{SPECS} is not there')\n", 0),
    ],
)
def test_a_wordless_skip_is_noticed(tmp_path: Path, source: str, expected: int) -> None:
    (tmp_path / "test_x.py").write_text(source, encoding="utf-8")
    assert len(list(skips(tmp_path / "test_x.py"))) == expected
