"""What fits on a screen is read; what does not is skimmed: the sizes of modules and functions."""

import ast
from pathlib import Path
from statistics import median, quantiles

import pytest

from tests.house.sources import PACKAGE, Measured, measured, modules, place, tree

pytestmark = pytest.mark.xdist_group("sources")  # read once, in one process

MODULE_WANTS_SPLITTING, MODULE_FAILS = 300, 400
MEDIAN, NINE_IN_TEN, LONGEST = 8, 25, 60


def too_long(files: list[Path], limit: int) -> list[str]:
    lengths = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in files}
    return [f"{place(file)} has {lines} lines" for file, lines in lengths.items() if lines > limit]


def all_functions() -> list[Measured]:
    return [function for file in modules(PACKAGE) for function in measured(file)]


def longest(functions: list[Measured], limit: int) -> str:
    over = sorted((one for one in functions if one.lines > limit), key=lambda one: -one.lines)
    return "".join(f"\n  {one.where} has {one.lines} lines" for one in over[:40])


def test_no_module_is_longer_than_400_lines() -> None:
    long = too_long(modules(PACKAGE), MODULE_WANTS_SPLITTING)
    if long:  # shown by `pytest -rP`, and when the test fails
        print("These modules want splitting (over 300 lines):", *long, sep="\n  ")
    offenders = too_long(modules(PACKAGE), MODULE_FAILS)
    assert not offenders, "\n".join(["Split these modules (at most 400 lines):", *offenders])


def test_half_of_the_functions_fit_in_8_lines_and_nine_in_ten_in_25() -> None:
    functions = all_functions()
    lines = [one.lines for one in functions]
    half, nine_in_ten = median(lines), quantiles(lines, n=10, method="inclusive")[-1]
    figures = f"{len(lines)} functions: median {half:g} lines, nine in ten within {nine_in_ten:g}"
    print(figures)
    assert half <= MEDIAN, f"{figures}; the median may be {MEDIAN}. The longest:{longest(functions, MEDIAN)}"
    assert nine_in_ten <= NINE_IN_TEN, f"{figures}; {NINE_IN_TEN} is the limit:{longest(functions, NINE_IN_TEN)}"


def test_no_function_is_longer_than_60_lines() -> None:
    over = longest(all_functions(), LONGEST)
    assert not over, f"Cut these functions into steps with names (at most {LONGEST} lines):{over}"


def test_every_module_begins_with_its_duty() -> None:
    silent = [place(file) for file in modules(PACKAGE) if not ast.get_docstring(tree(file))]
    assert not silent, f"A module's first line says what it is for; these say nothing: {silent}"


def test_the_measure_counts_code_and_neither_prose_nor_air(tmp_path: Path) -> None:
    source = 'def f(a,\n      b):\n    """Prose.\n\n    More prose.\n    """\n\n    # why\n    return a\n'
    (tmp_path / "one.py").write_text(source, encoding="utf-8")
    assert [one.lines for one in measured(tmp_path / "one.py")] == [4]
