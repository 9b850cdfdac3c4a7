"""A plan in words: the same words at every door, and nothing in them but words."""

import json
from html import escape
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.access import worlds
from vedette.model.changes import ORDER, CreateTeam, DeleteMember, InviteMember, UpdateProject
from vedette.model.plan import Ailment, Diagnosis, FailedReading, Hold, OrganizationPlan, Trip, Withheld
from vedette.rules.access.plan_page import html
from vedette.rules.access.planning import plan_of
from vedette.rules.access.telling import markdown
from vedette.rules.access.wording import say, say_diagnosis, sign, totals, verdict, what
from vedette.rules.access.written import plan_data

WICKED = "<script>alert(1)</script>|`x`\n# y [z](http://evil.test) @acme/all"
GONE = DeleteMember("7", "bo@acme.test", "member", {}, "nobody declared it")
PART = OrganizationPlan(
    "main",
    "acme",
    (CreateTeam("ants", WICKED, WICKED),),
    (Withheld(GONE, Hold.GRACE, WICKED),),
    (Diagnosis(WICKED, Ailment.NO_TEAMS, WICKED, WICKED),),
    (Trip("members", "31 of 104 members (29.8 %) would go", "--allow-deletions"),),
    lacks=("team roles",),
)
PLAN = plan_of([PART], [FailedReading("other", WICKED)])


class Tags(HTMLParser):
    """Which tags a page has."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.add(tag)


def test_a_name_starts_no_tag_link_cell_or_line_in_markdown() -> None:
    told = markdown(PLAN)
    assert "<script" not in told.replace("\\<script", "")
    assert "[z]" not in told
    assert "@acme/all" not in told.replace("\\@acme/all", "")
    rows = [line for line in told.splitlines() if line.startswith("|")]
    assert all(line.replace("\\|", "").count("|") == 4 for line in rows)
    assert not any(line.startswith("# y") for line in told.splitlines())


def test_a_name_starts_no_tag_on_the_page_and_the_page_needs_no_other_file() -> None:
    page = html(PLAN)
    assert not {"script", "a", "img", "link", "iframe"} & Tags(page).found
    assert "src=" not in page
    assert "<code>--allow-deletions</code>" in page


def test_a_word_to_type_is_set_apart_on_the_page_and_nothing_else_is() -> None:
    cure = Diagnosis("bo", Ailment.NO_ADDRESS, "no `address` <b>", "write `email:` for bo")
    page = html(plan_of([OrganizationPlan("main", "acme", diagnoses=(cure,))]))
    assert "no <code>address</code> &lt;b&gt;</td>" in page
    assert 'data-label="What to do">write <code>email:</code> for bo</td>' in page


def test_long_tables_are_folded_in_markdown_and_totals_stand_before_them() -> None:
    part = OrganizationPlan("main", "acme", tuple(CreateTeam(f"t{number:02}") for number in range(20)))
    told = markdown(plan_of([part]))
    assert "<details><summary>20 changes</summary>\n\n|" in told
    assert told.index("20 changes would be made") < told.index("20 to add") < told.index("<details>")


def test_a_plan_says_in_one_sentence_what_it_comes_to() -> None:
    assert verdict(plan_of([])) == "Everything is as declared."
    assert verdict(PLAN) == "This plan is refused by 1 guard."
    assert verdict(plan_of([], [FailedReading("other", "x")])) == "other could not be read; the rest is planned."
    assert verdict(plan_of([OrganizationPlan("main", "acme", (CreateTeam("a"),))])) == "1 change would be made."
    held = OrganizationPlan("main", "acme", withheld=PART.withheld)
    assert verdict(plan_of([held])) == "Nothing would be changed."


def test_what_takes_away_is_marked_as_such() -> None:
    assert [sign(CreateTeam("a")), sign(GONE), sign(UpdateProject("shop", {}, {}))] == ["+", "-", "~"]
    assert totals(PART) == "1 to add, 1 held back, 1 to mend by hand"


def test_lines_say_what_is_done_and_why() -> None:
    assert say(GONE) == "delete member bo@acme.test (member, account 7): nobody declared it"
    assert say(InviteMember("bo@acme.test", "member", {"ants": "admin", "bees": ""}, send=False)) == (
        "invite bo@acme.test as member into ants (as admin) and bees, without a mail"
    )
    changed = UpdateProject("shop", {"resolve_age": 0}, {"resolve_age": 24, "safe_fields": ("a", "b")})
    assert say(changed) == "change project shop: resolve_age from never to 1 day, safe_fields [a, b]"
    told = say_diagnosis(Diagnosis("bo", Ailment.NO_ROLE, "bo has no role", "give bo a role"))
    assert told == "bo has no role. To mend it: give bo a role"


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32).map(worlds.case))
def test_every_change_has_words_of_its_own_and_the_plan_is_json(case: worlds.Case) -> None:
    plan = plan_of([case.plan()])
    for change in plan.parts[0].changes:
        assert what(change)
        assert escape(what(change)) in html(plan)
    assert json.loads(json.dumps(plan_data(plan))) == plan_data(plan)


def test_every_kind_of_change_has_words() -> None:
    kinds = {type(change) for number in range(400) for change in worlds.case(number).plan().changes}
    assert kinds == set(ORDER)
