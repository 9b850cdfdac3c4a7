"""The title and body of a ticket."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from vedette.model.document import Code, Facts, pack, plain, unpack
from vedette.model.issues import Count, CountSpan, Fault, Frame, Issue, IssueKey, Occurrence
from vedette.model.ownership import Ownership, Step, Verdict
from vedette.model.tickets import Route
from vedette.rules.rendering import TITLE_LIMIT, body, owner_sentence, stack_text, title

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LINK = "https://sentry.example.test/organizations/acme/issues/4512/"
FRAMES = (
    Frame("lib/wsgi.py", function="run", lineno=10),
    Frame("shop/cart.py", function="add", lineno=42, in_app=True),
    Frame("shop/stock.py", function="reserve", lineno=7, in_app=True),
)
OCCURRENCE = Occurrence(
    "e1",
    level="error",
    environment="production",
    release="shop@1.2.3",
    tags=(("server", "web-1"),),
    faults=(Fault("KeyError", "'sku'", FRAMES),),
)
STEP = Step(FRAMES[2], "shop/stock.py", "/shop/", 12, ("@acme/stock",), "owned")
VERDICT = Verdict(Ownership.OWNED, "@acme/stock", Route("jira", "WB"), "clroot@abc", steps=(STEP,))


def issue(text: str = "KeyError: 'sku'") -> Issue:
    counts = (Count(120, 8, CountSpan.WINDOW, "list"), Count(4000, 90, CountSpan.LIFETIME, "list"))
    return Issue(
        IssueKey("default", "4512"), NOW, text, "checkout", "SHOP-1A", counts=counts, first_seen=NOW, last_seen=NOW
    )


@given(st.text(max_size=600))
def test_a_title_is_one_line_within_the_limit_and_ends_with_the_whole_link(text: str) -> None:
    made = title(issue(text), link=LINK)
    assert len(made) <= TITLE_LIMIT
    assert made.endswith(LINK)
    assert made.splitlines() == [made]
    made.encode()


def test_a_long_title_is_cut_before_the_link() -> None:
    made = title(issue("x" * 500), link=LINK)
    assert len(made) == TITLE_LIMIT
    assert made.endswith(f"… {LINK}")


def test_the_body_says_what_how_often_where_and_why() -> None:
    made = body(
        issue(),
        occurrence=OCCURRENCE,
        verdict=VERDICT,
        decision="an alert rule fired",
        link=LINK,
        runbook="https://wiki.example.test/errors",
    )
    text = plain(made)
    for part in (
        "120",
        "4000",
        "production",
        "shop@1.2.3",
        "SHOP-1A",
        "web-1",
        LINK,
        "https://wiki.example.test/errors",
    ):
        assert part in text, part
    assert "- shop/stock.py:7 is owned by @acme/stock: line 12 `/shop/` of clroot@abc" in text
    assert "- an alert rule fired" in text


def test_the_stack_shows_the_crash_first_and_only_the_application() -> None:
    lines = stack_text(OCCURRENCE.faults).splitlines()
    assert lines == ["KeyError: 'sku'", "  shop/stock.py:7 in reserve", "  shop/cart.py:42 in add"]


def test_a_stack_without_application_frames_shows_them_all() -> None:
    assert "lib/wsgi.py:10 in run" in stack_text((Fault("OSError", "", FRAMES[:1]),))


def test_each_outcome_has_its_own_sentence() -> None:
    cleared = Step(FRAMES[2], "shop/stock.py", "/shop/stock.py", 13, (), "cleared")
    told = {
        outcome: owner_sentence(
            Verdict(outcome, "@acme/stock", None, "clroot", steps=(cleared if "un" in outcome else STEP,))
        )
        for outcome in Ownership
    }
    assert len(set(told.values())) == len(Ownership)
    assert "explicitly unowned" in told[Ownership.EXPLICITLY_UNOWNED]
    assert "has no route" in told[Ownership.NO_ROUTE]
    assert "no rule matches" in told[Ownership.UNMATCHED]


def test_a_stale_copy_is_named() -> None:
    assert "older copy" in owner_sentence(Verdict(Ownership.OWNED, "@a/b", None, "clroot", stale=True, steps=(STEP,)))


def test_a_body_survives_the_queue() -> None:
    made = body(issue(), occurrence=OCCURRENCE, verdict=VERDICT, decision="why", link=LINK)
    assert unpack(pack(made)) == made
    assert any(isinstance(block, Code) for block in made.blocks)
    assert any(isinstance(block, Facts) for block in made.blocks)
