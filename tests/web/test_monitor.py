"""The monitor's pages and downloads over HTTP: what they say, in which numbers, and how they fail."""

import csv
import io
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page, expect

from tests.web import monitor_rows
from tests.web.monitor_rows import CHECKOUT, DAY, FIVE, GONE, HOUR, STALLED, total_at
from tests.web.serving import Served, serving
from vedette.model.metrics import Filter
from vedette.model.settings import Mode, MonitorSettings, Settings
from vedette.web.exporting import ISSUES, WINDOWS, line
from vedette.web.looking import filter_path
from vedette.web.watching import short_lines

PAGE = filter_path(*CHECKOUT)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, datetime]]:
    """A server over points, and the end of their newest window."""
    folder = tmp_path_factory.mktemp("monitored")
    end = monitor_rows.fill(folder)
    with serving(folder, data=monitor_rows.with_filters(folder)) as running:
        yield running, end


@pytest.fixture(scope="module")
def shots() -> Path:
    """Where the pictures go, for whoever wants to look: the newest run's are kept."""
    folder = Path(tempfile.gettempdir()) / "vedette-screenshots"
    folder.mkdir(exist_ok=True)
    return folder


def answer(served: Served, path: str) -> httpx2.Response:
    return httpx2.get(f"{served.pages}{path}", trust_env=False, timeout=20)


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_page_of_all_filters_tells_each_with_its_count_and_how_whole_that_is(
    filled: tuple[Served, datetime],
) -> None:
    served, end = filled
    text = unescape(answer(served, "/monitor").text)
    rows = {name: text.partition(f">{name}</a>")[2].partition("</tr>")[0] for name in ("checkout", "search", GONE[1])}
    start = end - FIVE
    assert f">{total_at(start)}</span>" in rows["checkout"]
    assert f"{start:%H:%M}–{end:%H:%M}" in rows["checkout"]
    assert ">complete</span>" in rows["checkout"]
    assert "on the day before" in rows["checkout"]
    assert rows["checkout"].count("checkout grew to three times the usual") == 1  # an owner's share says no more
    assert answer(served, PAGE).text.count("checkout grew to three times the usual") == 1
    assert "not counted yet" in rows["search"]
    assert "not comparable with the week before" in rows["search"]
    assert "no longer counted" in rows[GONE[1]]
    part = unescape(answer(served, "/monitor/live").text)  # what is fetched again and again is the table alone
    assert rows["checkout"] in part
    assert "<html" not in part


def test_the_windows_as_csv_are_every_window_of_the_range_and_what_nobody_counted_has_no_number(
    filled: tuple[Served, datetime],
) -> None:
    served, end = filled
    got = answer(served, f"{PAGE}.csv?range=24h")
    assert got.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="default-checkout-24h.csv"' in got.headers["content-disposition"]
    assert got.text.startswith(",".join(WINDOWS) + "\r\n")
    rows = table(got.text)
    starts = [utc(row["start"]) for row in rows]
    assert starts == [starts[0] + place * FIVE for place in range(len(starts))]
    assert starts[-1] == end - FIVE
    lost = [row for row in rows if end - 9 * HOUR <= utc(row["start"]) < end - 8 * HOUR]
    assert [(row["total"], row["complete"], row["lack"]) for row in lost] == [("", "no", "not_counted")] * 12
    cut = next(row for row in rows if utc(row["start"]) == end - 2 * HOUR)
    assert (cut["complete"], cut["lack"]) == ("no", "row_limit")
    late = next(row for row in rows if utc(row["start"]) == end - 5 * HOUR)
    assert (late["revision"], late["total"]) == ("1", str(total_at(end - 5 * HOUR) + 1))
    assert all(len(row["point_id"]) == 32 for row in rows)


@pytest.mark.parametrize("range_", ["6h", "24h", "7d", "30d"])
def test_the_sum_on_the_page_is_that_of_the_windows_in_the_download(
    filled: tuple[Served, datetime], range_: str
) -> None:
    served, _ = filled
    rows = table(answer(served, f"{PAGE}.csv?range={range_}").text)
    told = sum(int(row["total"]) for row in rows if row["total"])
    assert told > 0
    assert f'<strong class="figure">{told:,}</strong>' in answer(served, f"{PAGE}?range={range_}").text


def test_before_its_first_window_a_filter_lacks_nothing(filled: tuple[Served, datetime]) -> None:
    served, end = filled
    starts = [utc(row["start"]) for row in table(answer(served, f"{PAGE}.csv?range=30d").text)]
    assert min(starts) == end - 8 * DAY


def test_errors_as_csv_are_those_of_the_table_and_no_title_becomes_a_formula(filled: tuple[Served, datetime]) -> None:
    served, end = filled
    got = answer(served, f"{PAGE}/issues.csv")
    assert got.text.startswith(",".join(ISSUES) + "\r\n")
    rows = {row["issue"]: row for row in table(got.text)}
    newest = rows["4711"]
    assert (newest["count"], newest["before"], newest["yesterday"]) == (str(total_at(end - FIVE) - 4), "", "0")
    assert (newest["owner"], newest["ticket"], newest["new"]) == ("'@acme/payments", "PAY-118", "yes")
    assert rows["4713"]["title"] == '\'=HYPERLINK("http://evil.example.test")'
    assert {utc(row["start"]) for row in rows.values()} == {end - FIVE}


def test_errors_of_the_whole_range_are_summed_over_its_windows(filled: tuple[Served, datetime]) -> None:
    served, _ = filled
    windows = table(answer(served, f"{PAGE}.csv?range=24h").text)
    rows = {row["issue"]: row for row in table(answer(served, f"{PAGE}/issues.csv?range=24h&issues=range").text)}
    counted = [row for row in windows if row["total"]]
    assert rows["4713"]["count"] == str(len(counted))
    assert sum(int(row["count"]) for row in rows.values()) == sum(int(row["total"]) for row in counted)
    assert {row["complete"] for row in rows.values()} == {"no"}
    assert (rows["4711"]["new"], rows["4711"]["ticket"]) == ("yes", "PAY-118")


def test_an_error_that_no_list_told_of_has_the_title_it_stood_with_or_that_a_decision_heard(
    filled: tuple[Served, datetime],
) -> None:
    served, _ = filled
    for look in ("issues=range&range=24h", ""):
        rows = {row["issue"]: row for row in table(answer(served, f"{PAGE}/issues.csv?{look}").text)}
        assert rows["4713"]["title"] == '\'=HYPERLINK("http://evil.example.test")'
        assert rows["4714"]["title"] == "Heard by hook"


def test_the_errors_of_a_range_are_compared_with_the_same_windows_earlier_where_all_of_these_are_whole(
    filled: tuple[Served, datetime],
) -> None:
    served, end = filled
    look = f"range=6h&issues=range&end={end:%Y-%m-%dT%H:%M:%SZ}"
    rows = {row["issue"]: row for row in table(answer(served, f"{PAGE}/issues.csv?{look}").text)}
    starts = [end - 6 * HOUR + place * FIVE for place in range(72)]
    assert rows["4712"]["yesterday"] == str(sum(total_at(start - DAY) - 1 for start in starts))
    assert (rows["4711"]["yesterday"], rows["4713"]["last_week"]) == ("0", "72")
    day = table(answer(served, f"{PAGE}/issues.csv?range=24h&issues=range&end={end - DAY:%Y-%m-%dT%H:%M:%SZ}").text)
    assert {row["yesterday"] for row in day} == {""}


def test_errors_of_a_window_of_ones_choice_are_shown(filled: tuple[Served, datetime]) -> None:
    served, end = filled
    start = end - 3 * HOUR
    rows = table(answer(served, f"{PAGE}/issues.csv?window={start:%Y-%m-%dT%H:%M:%SZ}").text)
    assert [(row["issue"], row["count"]) for row in rows] == [("4712", str(total_at(start) - 1)), ("4713", "1")]
    gone = answer(served, f"{PAGE}?window=2020-01-01T00:00:00Z")
    assert "This window was not counted" in gone.text


def test_a_range_of_the_past_ends_where_it_is_asked_to(filled: tuple[Served, datetime]) -> None:
    served, end = filled
    past = end - 7 * DAY
    got = answer(served, f"{PAGE}.csv?range=6h&end={past:%Y-%m-%dT%H:%M:%SZ}")
    starts = [utc(row["start"]) for row in table(got.text)]
    assert (starts[0], starts[-1], len(starts)) == (past - 6 * HOUR, past - FIVE, 72)


def test_a_filter_that_the_settings_dropped_keeps_its_page_whatever_letters_are_in_its_name(
    filled: tuple[Served, datetime],
) -> None:
    served, _ = filled
    path = filter_path(*GONE)
    got = answer(served, f"{path}?range=30d")
    assert got.status_code == 200
    assert "no longer counted" in got.text
    assert "<b>" not in got.text.partition("<main")[2].partition("</h1>")[0]
    end = datetime.now(UTC) - 39 * DAY
    kept = answer(served, f"{path}.csv?range=7d&end={end:%Y-%m-%dT%H:%M:%SZ}")
    assert [row["total"] for row in table(kept.text) if row["total"]] == ["0", "1", "2"]
    assert "filename*=UTF-8''default-%C3%9Cberlauf" in kept.headers["content-disposition"]


@pytest.mark.parametrize(
    "path", ["/monitor/default/chekout", "/monitor/default/chekout.csv", "/monitor/glitch/checkout"]
)
def test_a_filter_that_nobody_knows_is_404_with_the_names_of_those_that_are(
    filled: tuple[Served, datetime], path: str
) -> None:
    served, _ = filled
    got = answer(served, path)
    assert got.status_code == 404
    assert "default/checkout, glitch/search, default/stalled" in got.text
    assert "monitor.filters" in got.text


@pytest.mark.parametrize(
    ("query", "cure"),
    [
        ("range=2d", "write one of 6h, 24h, 7d, 30d"),
        ("compare=year", "write one of yesterday, last_week, both, none"),
        ("end=soon", "write one as 2026-11-21T10:35:00Z"),
        ("window=0001-01-01T00:00:00Z", "is no time"),
        ("end=2026-11-21T10:35:00", "is no time"),
    ],
)
@pytest.mark.parametrize("path", [PAGE, f"{PAGE}.csv", f"{PAGE}/issues.csv"])
def test_a_look_that_cannot_be_read_is_400_with_the_cure(
    filled: tuple[Served, datetime], path: str, query: str, cure: str
) -> None:
    served, _ = filled
    got = answer(served, f"{path}?{quote(query, safe='=')}")
    assert got.status_code == 400
    assert cure in unescape(got.text)


def test_a_filter_that_was_never_counted_says_so(filled: tuple[Served, datetime]) -> None:
    served, _ = filled
    assert "Not counted yet." in answer(served, "/monitor/glitch/search").text
    assert answer(served, "/monitor/glitch/search.csv").text == ",".join(WINDOWS) + "\r\n"


def test_counting_that_has_stopped_is_told(filled: tuple[Served, datetime]) -> None:
    served, _ = filled
    for path in ("/now", "/monitor", filter_path(*STALLED)):
        text = answer(served, path).text
        assert "overdue" in text
        assert "nothing was counted for 2 h" in text


def test_what_sentry_dropped_is_told_by_project_of_the_filter(filled: tuple[Served, datetime]) -> None:
    served, _ = filled
    text = answer(served, PAGE).text.partition("What Sentry took in and dropped")[2]
    for words in ("4,012", "Rate limited", "210 key_quota, 31 browser-extensions", ">api<"):
        assert words in text
    assert ">other<" not in text
    assert "77,777" not in answer(served, PAGE).text  # of the hour before


@pytest.mark.parametrize(
    ("cells", "written"),
    [
        (["=1+1", "+1", "-1", "@x", "\tx", "\rx"], "'=1+1,'+1,'-1,'@x,'\tx,\"'\rx\"\r\n"),
        ([-1, 0, None, True, False], "-1,0,,yes,no\r\n"),
        (['a "b", c', "line\nbreak"], '"a ""b"", c","line\nbreak"\r\n'),
        ([datetime(2026, 11, 21, 10, 35, tzinfo=UTC)], "2026-11-21T10:35:00Z\r\n"),
    ],
)
def test_a_line_of_csv_is_plain_quoted_and_never_a_formula(cells: list[str | int | None], written: str) -> None:
    assert line(cells) == written


@given(st.lists(st.one_of(st.text(), st.integers(), st.none(), st.booleans()), min_size=2, max_size=6))
def test_whatever_is_written_is_read_back_and_no_text_begins_as_a_formula(cells: list[str | int | None]) -> None:
    [read] = csv.reader(io.StringIO(line(cells), newline=""), strict=True)
    assert len(read) == len(cells)
    for cell, found in zip(cells, read, strict=True):
        if isinstance(cell, str):
            assert found in (cell, f"'{cell}")
            assert not found.startswith(("=", "+", "-", "@", "\t", "\r"))


BOTH_SIZES = pytest.mark.parametrize("viewport", [(1200, 800), (390, 844)], ids=["desk", "phone"])
LOOKS = ("", "?range=6h&compare=both", "?range=7d&compare=last_week&issues=range", "?range=30d&compare=none")


@BOTH_SIZES
def test_charts_fit_their_screen_with_letters_that_can_be_read_by_day_and_by_night(
    filled: tuple[Served, datetime], page: Page, shots: Path, viewport: tuple[int, int]
) -> None:
    served, _ = filled
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    for number, path in enumerate(("/", "/monitor", *(f"{PAGE}{look}" for look in LOOKS))):
        page.goto(f"{served.pages}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport[0], path
        assert page.evaluate(_SMALLEST_LETTERS) >= 11, path
        assert page.evaluate(_OVERLAPS) == [], path
        assert page.evaluate(_OUTSIDE) == [], path
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            page.screenshot(path=shots / f"monitor{number}-{viewport[0]}-{scheme}.png")
            contrasts = page.evaluate(_CONTRASTS)
            # What WCAG 2 asks of letters (1.4.3) and of drawings (1.4.11).
            assert [each for each in contrasts if each[1] < each[2]] == [], path
    assert not complaints


_CONTRASTS = """() => {
  const bright = colour => colour.match(/[0-9.]+/g).slice(0, 3).map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0.05)
  const card = document.querySelector(".panel-chart")
  if (!card) return []
  const ground = bright(getComputedStyle(card).backgroundColor)
  const told = (which, part, least) => [...card.querySelectorAll(which)].slice(0, 1)
    .map(e => bright(getComputedStyle(e)[part]))
    .map(c => [which, Math.max(c, ground) / Math.min(c, ground), least])
  return [...told(".plot text", "fill", 4.5), ...told(".sign", "fill", 4.5), ...told(".legend li", "color", 4.5),
          ...told(".bar.whole", "fill", 3), ...told(".then.yesterday", "stroke", 3),
          ...told(".then.last_week", "stroke", 3), ...told(".hatch-line", "fill", 3)] }"""
# As rendered, in CSS pixels: the size that the style says, times what the drawing is stretched by.
_SMALLEST_LETTERS = """() => Math.min(...[...document.querySelectorAll("main text, main td, main p, main a, main li")]
  .filter(e => e.getClientRects().length && e.textContent.trim())
  .map(e => parseFloat(getComputedStyle(e).fontSize) * (e.getScreenCTM ? Math.abs(e.getScreenCTM().a) : 1)))"""
_OVERLAPS = """() => [".plot .times text", ".plot .rungs text"].flatMap(which => {
  const boxes = [...document.querySelectorAll(which)].map(e => e.getBoundingClientRect()).filter(b => b.width)
  return boxes.flatMap((a, i) => boxes.slice(i + 1)
    .filter(b => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom).map(() => which)) })"""
_OUTSIDE = """() => [...document.querySelectorAll(".plot text, .plot .bar")].filter(e => {
  const card = e.closest("figure").getBoundingClientRect(), box = e.getBoundingClientRect()
  return box.width && (box.left < card.left || box.right > card.right || box.top < card.top || box.bottom > card.bottom)
}).map(e => e.outerHTML)"""


_LABEL = """e => e.getAttribute("aria-labelledby").split(" ")
  .map(id => document.getElementById(id).textContent).join(" ")"""


@BOTH_SIZES
def test_a_chart_says_all_of_itself_to_whoever_cannot_see_it(
    filled: tuple[Served, datetime], page: Page, viewport: tuple[int, int]
) -> None:
    served, _ = filled
    page.goto(f"{served.pages}{PAGE}?compare=both")
    chart = page.get_by_role("img", name="checkout, errors over 24 hours")
    expect(chart).to_have_count(1)
    name = chart.evaluate(_LABEL)
    for words in ("24 hours until", "at least", "The most were", "12 not counted and 1 not complete; 1 revised"):
        assert words in name
    page.get_by_text("The same in numbers").click()
    rows = page.locator("table.numbers tbody tr")
    assert rows.count() == 96
    expect(rows.filter(has_text="not known").first).to_be_visible()
    assert rows.filter(has_text="not counted").count() >= 4


def test_no_state_is_told_by_colour_alone(filled: tuple[Served, datetime], page: Page) -> None:
    served, _ = filled
    page.goto(f"{served.pages}{PAGE}?range=6h&compare=both")
    assert page.locator(".plot .sign").all_text_contents() == ["!"]
    expect(page.locator(".plot .bar.incomplete")).to_have_attribute("fill", "url(#hatch)")
    expect(page.locator(".plot circle.revised")).to_have_count(1)
    dashes = [
        page.locator(f".plot .then.{each}").first.evaluate("e => getComputedStyle(e).strokeDasharray")
        for each in ("yesterday", "last_week")
    ]
    assert dashes[0] != dashes[1]
    assert "none" not in dashes
    legend = page.locator(".legend").inner_text()
    for words in ("counted in full", "at least so many", "revised", "the day before", "the week before"):
        assert words in legend


def test_ranges_and_comparisons_are_reached_by_keyboard_and_need_no_script(
    filled: tuple[Served, datetime], page: Page
) -> None:
    served, _ = filled
    page.goto(f"{served.pages}{PAGE}")
    week = page.get_by_role("navigation", name="Range").get_by_role("link", name="the last 7d")
    _tab_to(page, "the last 7d")
    expect(week).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**range=7d*")
    expect(week).to_have_attribute("aria-current", "true")
    _tab_to(page, "compare with both")
    page.keyboard.press("Enter")
    page.wait_for_url("**compare=both*")
    expect(page.locator(".plot .then")).not_to_have_count(0)
    assert page.locator("script").count() == 0


def _tab_to(page: Page, name: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == name:
            return
    raise AssertionError(f"sixty tabs do not lead to {name}")


def test_a_bar_tells_its_numbers_under_the_pointer_and_a_window_of_the_table_leads_to_its_errors(
    filled: tuple[Served, datetime], page: Page
) -> None:
    served, end = filled
    page.goto(f"{served.pages}{PAGE}?range=6h")
    cut = end - 2 * HOUR
    told = page.locator(".plot .hit", has=page.locator(".bar.incomplete")).locator("title").text_content()
    assert told is not None
    assert told.startswith(f"{cut:%-d %b %H:%M}–{cut + FIVE:%H:%M} UTC: at least {total_at(cut)} errors; 1 window not")
    page.get_by_text("The same in numbers").click()
    page.locator("table.numbers").get_by_role("link", name=f"{cut:%-d %b %H:%M}").click()
    expect(page.locator("#errors h2")).to_contain_text(f"{cut:%H:%M}–{cut + FIVE:%H:%M}")
    expect(page.locator("#errors .panel.waiting")).to_contain_text("row_limit: more issues than may be read")


def test_a_bar_of_many_windows_leads_to_the_hours_that_end_with_it(filled: tuple[Served, datetime], page: Page) -> None:
    served, _ = filled
    page.goto(f"{served.pages}{PAGE}?range=7d")
    page.get_by_text("The same in numbers").click()
    link = page.locator("table.numbers tbody a").nth(3)
    ends = link.inner_text().rpartition("–")[2]
    link.click()
    page.wait_for_url("**range=6h&end=*")
    newest = page.locator("table.numbers tbody tr").first.locator("td").first
    assert (newest.text_content() or "").strip().endswith(f"–{ends}")


def test_errors_link_to_sentry_owner_and_ticket_and_what_strangers_wrote_is_no_link(
    filled: tuple[Served, datetime], page: Page
) -> None:
    served, end = filled
    page.goto(f"{served.pages}{PAGE}")
    first = page.locator("table.trending tbody tr").filter(has_text="CardDeclined")
    sentry = first.get_by_role("link", name="Sentry")
    expect(sentry).to_have_attribute("href", "https://sentry.example.test/organizations/acme/issues/4711/")
    expect(sentry).to_have_attribute("rel", "noopener noreferrer")
    expect(first.get_by_role("link", name="PAY-118")).to_have_attribute(
        "href", "https://acme.example.test/browse/PAY-118"
    )
    for words in ("@acme/payments", "new", "plan=free_trial region=–"):
        expect(first).to_contain_text(words)
    expect(page.locator("table.trending")).to_contain_text("regressed")
    # Two hours ago a window was cut short: who was not among its largest is not known to have been 0.
    assert first.get_by_role("img").get_attribute("aria-label") == f"{_errors(end)}; 1 of 24 not known"
    whole = page.locator("table.trending tbody tr").filter(has_text="SHOP-12").get_by_role("img")
    assert "not known" not in (whole.get_attribute("aria-label") or "")
    assert page.locator("a[href^='javascript']").count() == 0
    expect(page.locator("#errors")).to_contain_text("and 30 more, each with fewer errors")


def _errors(end: datetime) -> str:
    count = total_at(end - FIVE) - 4
    return f"{count} errors at last, {count} at most"


def test_now_tells_each_filter_in_a_line_that_renews_itself(filled: tuple[Served, datetime], page: Page) -> None:
    served, end = filled
    page.goto(served.pages)
    with page.expect_response("**/now"):
        pass
    lines = page.get_by_role("region", name="Monitor").locator("li")
    told = [text.split()[0] for text in lines.all_inner_texts()]
    assert told == ["stalled", "search", "checkout"]  # what is not well comes first
    expect(lines.last).to_contain_text(f"{total_at(end - FIVE)} at {end - FIVE:%H:%M}–{end:%H:%M}")
    expect(lines.last).to_contain_text("complete")
    lines.last.get_by_role("link", name="checkout").click()
    expect(page.locator("h1")).to_have_text("checkout")


def test_of_very_many_filters_now_tells_a_dozen_and_how_many_more_there_are(filled: tuple[Served, datetime]) -> None:
    served, end = filled
    many = tuple(Filter(f"f{number}", "default") for number in range(14))
    settings = Settings(
        Mode.DEVELOPMENT, {}, {}, monitor=MonitorSettings(filters=(*many, Filter(CHECKOUT[1], CHECKOUT[0])))
    )
    with served.store() as store:
        found = store.read(lambda tx: short_lines(tx, settings, now=end))
    assert ([line.name for line in found.shown], found.more) == ([each.name for each in many[:12]], 3)


def test_nothing_moves(filled: tuple[Served, datetime], page: Page) -> None:
    served, _ = filled
    page.goto(f"{served.pages}{PAGE}")
    assert page.evaluate(_MOVING) == 0


_MOVING = """() => [...document.querySelectorAll("*")].map(e => getComputedStyle(e))
  .filter(s => s.animationName !== "none" || parseFloat(s.transitionDuration) > 0).length"""
