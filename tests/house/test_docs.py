"""The documents are true: links lead somewhere, images exist, and every command is one that the product knows."""

import re
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path

import pytest

from tests.house.documents import Place, anchors, commands, documents, links, resolves, vedette_words
from tests.house.sources import PACKAGE, ROOT
from vedette.cli.main import main

DOCUMENTS = documents()
IDS = [document.relative_to(ROOT).as_posix() for document in DOCUMENTS]


@cache
def help_of(*words: str) -> tuple[bool, str]:
    """Whether `vedette WORDS --help` answers, and what it says; asked in this process, since there are hundreds."""
    said, complained = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), redirect_stderr(complained):
        patch.setenv("NO_COLOR", "1")
        patch.setenv("COLUMNS", "160")
        code = main([*words, "--help"])
    return code == 0, said.getvalue() if code == 0 else complained.getvalue().strip()[-500:]


def path_of(words: list[str]) -> tuple[str, ...]:
    """The leading words that may name a command: `queue list`, without arguments and options."""
    named = []
    for word in words:
        if not word.replace("-", "").isalpha() or word.startswith("-") or not word.islower():
            break
        named.append(word)
    return tuple(named[:2])


def unknown(place: Place) -> str | None:
    """What is wrong with a `vedette` command in a document; None where the product knows it and its options."""
    words = vedette_words(place.text)
    if not words or words[0] in {"--help", "--version"}:
        return None
    path = path_of(words)
    known, said = help_of(*path)
    if not known:
        return f"{place}\n    {said}"
    options = [word.partition("=")[0] for word in words if word.startswith("--") and word != "--"]
    missing = [option for option in options if not re.search(rf"{re.escape(option)}(?![\w-])", said)]
    return f"{place}\n    vedette {' '.join(path)} has no option {', '.join(missing)}" if missing else None


@pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)
def test_every_link_and_image_leads_somewhere(document: Path) -> None:
    broken = [str(link) for link in links(document) if not resolves(link)]
    assert not broken, "\n".join(["These lead nowhere:", *broken])


@pytest.mark.parametrize("document", DOCUMENTS if (PACKAGE / "cli" / "main.py").exists() else [])
def test_every_command_is_one_that_the_product_knows(document: Path) -> None:
    asked = [place for place in commands(document) if vedette_words(place.text)]
    problems = [problem for place in asked if (problem := unknown(place))]
    assert not problems, "\n".join(["The product does not know these commands:", *problems])


PAGE = """# One page

See [the other](other.md#two-words) and ![a picture](missing.png), [out](https://example.test/x), `[not](a-link)`.

```console
$ vedette queue list --state dead \\
    --json | head
printed by it
```

```bash
# a comment
SENTRY_TOKEN=x vedette check --live && echo fine
make demo
```
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "other.md").write_text("# Other\n\n## Two words!\n\n## Two words!\n", encoding="utf-8")
    (tmp_path / "page.md").write_text(PAGE, encoding="utf-8")
    return tmp_path / "page.md"


def test_the_commands_of_a_page_are_found_with_their_lines(page: Path) -> None:
    found = [(place.line, vedette_words(place.text)) for place in commands(page)]
    assert found == [
        (6, ["queue", "list", "--state", "dead", "--json"]),
        (13, ["check", "--live"]),
        (14, []),
    ]


def test_a_link_that_leads_nowhere_is_found(page: Path) -> None:
    assert [(link.text, resolves(link)) for link in links(page)] == [
        ("other.md#two-words", True),
        ("missing.png", False),
    ]


def test_headings_are_anchored_as_github_does(page: Path) -> None:
    assert anchors(page.with_name("other.md")) == {"other", "two-words", "two-words-1"}
