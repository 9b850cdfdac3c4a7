"""One broken file per mistake: each tells every problem, its place and its cure, as the file beside it expects."""

import re
from pathlib import Path

import pytest

from tests.config.reading import ENVIRON, VALUES, read
from vedette.errors import ConfigError

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.yaml"))


def problems_of(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(path)
    return [str(problem).replace(f"{path.parent}/", "") for problem in caught.value.problems]


@pytest.mark.parametrize("path", BROKEN, ids=[path.stem for path in BROKEN])
def test_a_broken_file_tells_each_problem_with_its_place_and_cure(path: Path) -> None:
    expected = path.with_suffix(".problems").read_text(encoding="utf-8").splitlines()
    assert problems_of(path) == expected


@pytest.mark.parametrize("path", BROKEN, ids=[path.stem for path in BROKEN])
def test_no_problem_repeats_a_secret(path: Path) -> None:
    told = "\n".join(problems_of(path))
    assert [value for value in [*VALUES, "hunter2", "12345"] if value in told] == []


def test_every_variable_of_the_broken_files_but_one_is_set() -> None:
    named = {name for path in BROKEN for name in re.findall(r"env/(\w+)", path.read_text(encoding="utf-8"))}
    assert named - set(ENVIRON) == {"NOT_SET_ANYWHERE"}
