"""Contract 4 beyond what imports show: words and decisions call no clock, no dice and no disk."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.sources import PACKAGE, dotted, modules, place, tree

pytestmark = pytest.mark.xdist_group("sources")  # read once, in one process

PURE = (PACKAGE / "model", PACKAGE / "rules")

# Calls by their last words, as `datetime.now` and `datetime.datetime.now` are one.
IMPURE_CALLS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "uuid1", "uuid4", "uuid.uuid1", "uuid.uuid4",
    "open", "print", "input", "Path.home", "Path.cwd", "__import__",
}  # fmt: skip
# A path is a word; what asks the disk about it is not.
DISK_METHODS = {
    "read_text",
    "read_bytes",
    "write_text",
    "write_bytes",
    "exists",
    "is_file",
    "is_dir",
    "iterdir",
    "mkdir",
}
# Modules that a contract about whole packages cannot name: their siblings are pure.
IMPURE_IMPORTS = {"urllib.request", "importlib.resources", "io.open", "uuid.uuid4", "uuid.uuid1"}


def impurities(file: Path) -> Iterator[str]:
    for node in ast.walk(tree(file)):
        match node:
            case ast.Call(func=func) if _last_two(dotted(func)) in IMPURE_CALLS or dotted(func) in IMPURE_CALLS:
                yield f"{place(file, node)} calls {dotted(func)}"
            case ast.Call(func=ast.Attribute(attr=method)) if method in DISK_METHODS:
                yield f"{place(file, node)} calls .{method}()"
            case ast.Import(names=names):
                yield from (f"{place(file, node)} imports {n.name}" for n in names if n.name in IMPURE_IMPORTS)
            case ast.ImportFrom(module=module, names=names):
                full = [f"{module}.{n.name}" for n in names]
                yield from (
                    f"{place(file, node)} imports {n}" for n in full if n in IMPURE_IMPORTS or module in IMPURE_IMPORTS
                )


def _last_two(name: str) -> str:
    return ".".join(name.split(".")[-2:])


def test_words_and_decisions_call_no_clock_no_dice_and_no_disk() -> None:
    found = [line for file in modules(*PURE) for line in impurities(file)]
    assert not found, "\n".join(["Pass the value in from the flow that gathered it:", *found])


@pytest.mark.parametrize(
    "line",
    [
        "import datetime as d\nnow = d.datetime.now(tz=None)",
        "from datetime import datetime\nnow = datetime.now()",
        "from datetime import date\nday = date.today()",
        "import uuid\nkey = uuid.uuid4()",
        "from uuid import uuid4",
        "from urllib import request",
        "import urllib.request",
        "from pathlib import Path\ntext = Path('x').read_text()",
        "def is_there(path):\n    return path.is_file()",
        "text = open('x').read()",
    ],
)
def test_an_impure_line_is_noticed(tmp_path: Path, line: str) -> None:
    (tmp_path / "rule.py").write_text(line, encoding="utf-8")
    assert list(impurities(tmp_path / "rule.py"))


def test_a_pure_line_is_left_alone(tmp_path: Path) -> None:
    pure = "from urllib.parse import quote\nfrom uuid import UUID, uuid5\nfrom pathlib import Path\n"
    (tmp_path / "rule.py").write_text(pure + "later = now + timedelta(1)\nkey = uuid5(NS, 'a')\n", encoding="utf-8")
    assert list(impurities(tmp_path / "rule.py")) == []
