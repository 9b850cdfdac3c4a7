"""The reference of plans names every word that a plan says."""

import re
from pathlib import Path

from tests.rules.access import worlds
from vedette.model.changes import ORDER
from vedette.model.plan import Ailment, Hold
from vedette.rules.access.guards import ALLOW_DELETIONS, ALLOW_EMPTY, ALLOW_SHRINK
from vedette.rules.access.planning import plan_of
from vedette.rules.access.written import part_data, plan_data

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "access-plans.md"


def section(heading: str) -> str:
    return PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}")[2].partition("\n## ")[0]


def first_words(heading: str) -> list[str]:
    return re.findall(r"^\| `(\w+)` \|", section(heading), re.MULTILINE)


def test_the_page_has_every_change_in_its_order() -> None:
    assert first_words("Changes, in the order") == [kind.__name__ for kind in ORDER]


def test_the_page_has_every_hold_and_every_ailment() -> None:
    assert set(first_words("What is held back")) == set(Hold)
    assert set(first_words("What is wrong")) == set(Ailment)


def test_the_page_has_every_flag_of_the_guards_and_every_key() -> None:
    assert all(flag in section("Guards") for flag in (ALLOW_DELETIONS, ALLOW_EMPTY, ALLOW_SHRINK))
    plan = plan_of([worlds.case(1).plan()])
    assert first_words("As JSON") == list(plan_data(plan))
    assert all(f"`{key}`" in section("As JSON") for key in part_data(plan.parts[0]))
