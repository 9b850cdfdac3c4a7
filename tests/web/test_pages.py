"""The pages in a real browser: at a desk and on a phone, by day and by night, and as an operator uses them."""

import hashlib
import re
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import ConsoleMessage, Dialog, Page, expect

import vedette.web
from tests.web import rows
from tests.web.serving import Served, serving
from vedette.model.issues import IssueKey
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.settings import StoreSettings
from vedette.store import journal, limits, views
from vedette.store.database import Store
from vedette.web.showing import safe_link

SIZES = {"desk": (1280, 800), "phone": (390, 844)}
PATHS = {
    "now": "/",
    "issue": "/issues/default/4711",
    "issue_waiting": "/issues/default/4712",
    "issue_quiet": "/issues/default/4713",
    "issue_unknown": "/issues/default/999",
    "dead": "/dead",
    "held": "/held",
    "journal": "/journal",
    "journal_none": "/journal?text=nobody+says+this",
    "found": "/issues?q=CardDeclined+or+not",
    "login": "/login",
    "owners": "/owners",
    "monitor": "/monitor",
}
# A 404 is an answer that the page is about; the browser notes it on its console all the same.
EXPECTED_NOISE = ("status of 404",)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server over rows of every kind."""
    folder = tmp_path_factory.mktemp("filled")
    rows.fill(folder)
    with serving(folder) as running:
        yield running


@pytest.fixture(scope="module")
def shots() -> Path:
    """Where the pictures go, for whoever wants to look: the newest run's are kept."""
    folder = Path(tempfile.gettempdir()) / "vedette-screenshots"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser complains about: its console, and scripts that fell."""
    found: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not any(noise in message.text for noise in EXPECTED_NOISE):
            found.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", list(SIZES.values()), ids=list(SIZES))
def test_every_page_fits_its_screen_and_breaks_no_policy(
    filled: Served, page: Page, complaints: list[str], shots: Path, color_scheme: str, viewport: tuple[int, int]
) -> None:
    size = next(name for name, pixels in SIZES.items() if pixels == viewport)
    for name, path in PATHS.items():
        page.goto(f"{filled.pages}{path}")
        expect(page.locator("h1")).to_have_count(1)
        page.screenshot(path=shots / f"{name}-{size}-{color_scheme}.png", full_page=True)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= viewport[0], f"{path} is {width} pixels wide on {viewport[0]}"
    assert not complaints


def test_the_ground_follows_the_readers_choice_of_light_and_dark(filled: Served, page: Page) -> None:
    page.goto(filled.pages)
    grounds = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds[0] != grounds[1]


def test_the_way_of_an_error_is_drawn_from_delivery_to_ticket(filled: Served, page: Page) -> None:
    page.goto(f"{filled.pages}/issues/default/4711")
    names = page.locator(".way .name").all_inner_texts()
    assert [name.split()[0] for name in names] == [
        "Delivery", "Frame", "CODEOWNERS", "Owner", "Route", "Policy", "Decision", "Jobs", "Ticket",
    ]  # fmt: skip
    way = page.locator(".way")
    for words in ("is owned by @acme/payments", "line 118: /payments/", "@acme/payments", "jira → PAY", "first_ticket"):
        expect(way).to_contain_text(words)
    expect(way.get_by_role("link", name="PAY-118")).to_have_attribute(
        "href", "https://acme.example.test/browse/PAY-118"
    )


def test_what_is_wrong_comes_first_with_its_cure_and_who_was_told(filled: Served, page: Page) -> None:
    page.goto(filled.pages)
    causes = page.get_by_role("region", name="What is wrong").locator("li")
    expect(causes).to_have_count(3)
    assert [text.split()[0] for text in causes.locator(".badge").all_inner_texts()] == ["critical", "error", "info"]
    paused, dead, flaw = causes.all()
    for words in ("legacy-jira is paused", "give it a good token", "alarms.operators names no notifier"):
        expect(paused).to_contain_text(words)
    for words in ("<script>alert(1)</script>", "since 3 h ago", "18 times", "mail, pager told 2 h ago"):
        expect(dead).to_contain_text(words)
    expect(flaw).to_contain_text("milder than warning")
    dead.get_by_role("link", name="look").click()
    expect(page.locator("h1")).to_have_text("Dead letters")


def test_where_nothing_is_wrong_the_first_page_says_so_and_prometheus_counts_what_is(
    filled: Served, tmp_path: Path, page: Page
) -> None:
    with serving(tmp_path) as running:
        page.goto(running.pages)
        expect(page.get_by_text("Nothing is wrong that Vedette knows of.")).to_be_visible()
        none = httpx2.get(f"{running.pages}/metrics", trust_env=False).text
    some = httpx2.get(f"{filled.pages}/metrics", trust_env=False).text
    assert "vedette_alarms{" not in none
    assert 'vedette_alarms{kind="dead_letters",severity="error"} 1.0' in some
    assert 'vedette_alarms{kind="paused",severity="critical"} 1.0' in some


def test_without_a_filter_the_monitor_shows_what_to_write(filled: Served, page: Page) -> None:
    page.goto(f"{filled.pages}/monitor")
    expect(page.locator("pre")).to_contain_text("monitor:\n  filters:\n    checkout:\n      instance: default\n")
    page.goto(filled.pages)
    assert page.get_by_role("region", name="Monitor").count() == 0


def test_recall_is_shown_by_project_and_hour_with_what_it_means(filled: Served, page: Page) -> None:
    page.goto(filled.pages)
    card = page.locator(".card", has_text="Hook recall")
    expect(card).to_contain_text("75 %")
    expect(card).to_contain_text("45 of 60 hooks that were due came")
    expect(card.locator("abbr")).to_have_attribute("title", re.compile("Nothing due: no figure"))
    lines = page.locator("table", has_text="Hour by hour").locator("tbody tr")
    expect(lines).to_have_count(3)
    shop = lines.filter(has_text="shop")
    expect(shop).to_contain_text("error 15 of 20")
    assert shop.locator("rect").count() == 20


def test_the_owners_page_names_commits_flaws_and_coverage(filled: Served, page: Page) -> None:
    page.goto(filled.pages)
    page.get_by_role("link", name="Owners", exact=True).click()
    shop = page.locator("section", has_text="acme/shop@3f2c91ab77de")
    for words in ("stale: the last good copy", "41,000 rules", "7 no_route", "acme/shop:4", "and 5 more"):
        expect(shop).to_contain_text(words)
    expect(page.locator("section", has_text="acme/tools@77de3f2c91ab")).to_contain_text("Nothing is wrong in it.")
    expect(page.locator("section", has_text="Team map")).to_contain_text("@acme/gone")
    coverage = page.locator("table", has_text="Answered by").locator("tbody tr")
    assert coverage.count() == 1
    expect(coverage).to_contain_text("66 %")


def test_what_strangers_wrote_is_shown_and_never_run(filled: Served, page: Page, complaints: list[str]) -> None:
    dialogs: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    page.goto(f"{filled.pages}/issues/default/4712")
    expect(page.locator("h1")).to_contain_text("<script>alert(1)</script>")
    assert (dialogs, complaints) == ([], [])


def test_a_ticket_is_told_with_the_title_of_its_error_also_when_its_decision_is_long_past(
    tmp_path: Path, page: Page
) -> None:
    with serving(tmp_path) as served:
        rows.fill(tmp_path)
        with Store.open(StoreSettings(url=f"sqlite:///{tmp_path}/vedette.db"), role="command") as store:
            for number in range(20):
                entry = NewEntry(EntryKind.DECISION, "ticket_open", "it is open", IssueKey("default", str(number)))
                store.write(lambda tx, entry=entry: journal.write(tx, entry, now=datetime.now(UTC)))  # type: ignore[misc]
        page.goto(served.pages)
        tickets = page.locator("section", has=page.get_by_role("heading", name="Tickets", exact=True)).last
        link = tickets.get_by_role("link", name="CardDeclined: no answer")
        expect(link).to_have_attribute("href", "/issues/default/4711")


def test_a_link_that_is_no_address_is_not_a_link() -> None:
    assert [safe_link(text) for text in ("javascript:alert(1)", "data:text/html,x", "//evil.example", "http://[")] == [
        ""
    ] * 4
    assert safe_link("https://acme.example.test/browse/X-1")


def test_the_first_page_renews_itself(filled: Served, page: Page, complaints: list[str]) -> None:
    page.goto(filled.pages)
    with page.expect_response("**/now") as fetched:
        pass
    assert fetched.value.status == 200
    expect(page.locator("#live .cards .card")).to_have_count(7)
    assert not complaints


@pytest.mark.parametrize(
    ("typed", "leads_to"),
    [
        ("4711", "/issues/default/4711"),
        ("PAY-118", "/issues/default/4711"),
        ("http://127.0.0.1:9/organizations/acme/issues/4711/?project=1", "/issues/default/4711"),
        ("http://127.0.0.1:9/organizations/acme/issues/4712/events/abc/", "/issues/default/4712"),
        ("no answer", None),
    ],
)
def test_the_search_box_takes_what_people_have_at_hand(
    filled: Served, page: Page, typed: str, leads_to: str | None
) -> None:
    page.goto(filled.pages)
    box = page.get_by_role("searchbox", name="Find an issue")
    box.fill(typed)
    box.press("Enter")
    page.wait_for_url("**/issues*" if leads_to is None else f"**{leads_to}")
    expect(page.locator("h1")).not_to_be_empty()


def test_a_keyboard_reaches_content_and_acts(filled: Served, page: Page) -> None:
    page.goto(f"{filled.pages}/dead")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.textContent.trim()")
    assert focused == "Retry all 18 refused"


def test_every_button_field_and_picture_has_a_name(filled: Served, page: Page) -> None:
    for path in PATHS.values():
        page.goto(f"{filled.pages}{path}")
        nameless = page.evaluate(
            """() => [...document.querySelectorAll('button, input:not([type=hidden]), select, img, svg, a')]
                 .filter(e => !(e.textContent.trim() || e.getAttribute('aria-label') || e.hasAttribute('alt')
                                || e.labels?.length))
                 .map(e => e.outerHTML)"""
        )
        assert nameless == []


def test_the_journal_is_searched_and_turned_over(filled: Served, page: Page) -> None:
    page.goto(f"{filled.pages}/journal")
    first = page.locator(".rows tbody tr").all_inner_texts()
    page.get_by_role("link", name="Older").click()
    expect(page.get_by_role("link", name="Newest")).to_be_visible()
    assert len(first) == 50
    assert not set(first) & set(page.locator(".rows tbody tr").all_inner_texts())
    page.get_by_role("combobox", name="Kind").select_option("decision")
    page.get_by_role("searchbox", name="Words").fill("threshold")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".rows tbody tr")).to_have_count(1)
    expect(page.locator(".rows tbody")).to_contain_text("12 events within 24 h are not more than 50")


def test_dead_letters_are_retried_and_dropped_by_cause_and_one_by_one(tmp_path: Path, page: Page) -> None:
    rows.fill(tmp_path)
    with serving(tmp_path) as running:
        page.goto(f"{running.pages}/dead")
        expect(page.locator(".group h2")).to_have_count(2)
        page.get_by_text("Each of them").last.click()
        page.get_by_role("button", name="Retry job").first.click()
        expect(page.get_by_role("status")).to_have_text("1 retried")
        page.get_by_text("Each of them").last.click()
        drop = page.get_by_role("button", name="Drop job")
        expect(drop.first).to_be_hidden()
        page.locator("summary", has_text="Drop… job").last.click()
        page.get_by_role("button", name="Drop job").first.click()
        expect(page.get_by_role("status")).to_have_text("1 dropped")
        expect(page.get_by_role("button", name=re.compile("Drop [0-9]+"))).to_have_count(0)
        page.get_by_text("Drop all…").first.click()
        page.get_by_role("button", name="Drop 1").first.click()
        expect(page.get_by_role("status")).to_contain_text("dropped")
        page.get_by_role("button", name="Retry all").click()
        expect(page.get_by_text("None. Every job is done")).to_be_visible()
        page.goto(f"{running.pages}/journal?kind=operator")
        told = page.locator(".rows code").all_inner_texts()
        assert told == ["retried", "dropped", "dropped", "retried"]


def test_held_issues_are_asked_for_one_by_one_and_by_place(tmp_path: Path, page: Page) -> None:
    rows.fill(tmp_path)
    with serving(tmp_path) as running:
        page.goto(running.pages)
        page.get_by_role("link", name="Held back").first.click()
        expect(page.locator(".group h2")).to_have_text("30 in jira/PAY")
        expect(page.get_by_role("link", name="PAY-77")).to_have_attribute(
            "href", "https://jira.example.test/browse/PAY-77"
        )
        page.get_by_role("button", name="Give it a ticket").first.click()
        expect(page.get_by_role("status")).to_have_text("1 asked for")
        page.get_by_role("button", name="Give all 30 tickets").click()
        expect(page.get_by_role("status")).to_have_text("28 asked for")
        expect(page.get_by_text("asked for", exact=True)).to_have_count(30)
        page.goto(f"{running.pages}/journal?kind=operator")
        assert page.locator(".rows code").all_inner_texts() == ["split_asked", "split_asked"]


def test_a_form_spares_what_died_after_its_page_was_shown(tmp_path: Path, page: Page) -> None:
    rows.fill(tmp_path)
    with serving(tmp_path) as running:
        page.goto(f"{running.pages}/dead")
        with Store.open(StoreSettings(url=f"sqlite:///{tmp_path}/vedette.db"), role="command") as beside:
            beside.write(lambda tx: limits.resume(tx, "legacy-jira", now=datetime.now(UTC)))
            beside.write(lambda tx: rows.dead_letter(tx, 30, now=datetime.now(UTC)))
        page.get_by_role("button", name="Retry all 9 unavailable").click()
        expect(page.get_by_role("status")).to_have_text("9 retried")
        with running.store() as store:
            left = store.read(views.dead)
        assert sorted(group.count for group in left) == [1, 18]


def test_a_paused_destination_is_resumed(tmp_path: Path, page: Page) -> None:
    rows.fill(tmp_path)
    with serving(tmp_path) as running:
        page.goto(running.pages)
        page.get_by_role("button", name="Resume legacy-jira").click()
        page.wait_for_url(f"{running.pages}/")
        expect(page.get_by_role("button", name="Resume")).to_have_count(0)


def test_pages_say_it_when_the_store_does_not_answer(tmp_path: Path) -> None:
    with serving(tmp_path) as running:
        for file in tmp_path.glob("vedette.db*"):
            file.write_bytes(b"no database any more" * 500)
        answers = [httpx2.get(f"{running.pages}{path}", trust_env=False) for path in ("/", "/dead", "/readyz")]
    assert [answer.status_code for answer in answers][2] == 503
    assert all(answer.status_code >= 500 and "Traceback" not in answer.text for answer in answers)


def test_nothing_comes_from_elsewhere_and_what_is_shipped_is_what_was_published() -> None:
    static = Path(vedette.web.__file__).with_name("static")
    sums = (static / "vendor" / "SHA256SUMS").read_text(encoding="utf-8").split("\n")
    told = {name: digest for digest, name in (line.split("  ") for line in sums if line)}
    there = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in (static / "vendor").iterdir()}
    assert there.pop("SHA256SUMS")
    assert there == told
    assert "Zero-Clause BSD" in (static / "vendor" / "htmx-LICENSE.txt").read_text(encoding="utf-8")
