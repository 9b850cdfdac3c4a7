"""The pages of access in a real browser: what they tell, that they can be used without scripts, and hold no secret."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web import access_rows
from tests.web.serving import LOGIN, Served, serving
from tests.web.test_pages import SIZES, complaints, shots
from vedette.model.secret import Secret
from vedette.web import auth
from vedette.web.showing import typed

__all__ = ["complaints", "shots"]

PATHS = {"dsn": "/dsn", "dsn_none": "/dsn?project=nothing", "doctor": "/access", "requests": "/access/requests"}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("access")
    access_rows.fill(folder)
    with serving(folder, data=access_rows.with_access(folder)) as running:
        yield running


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server behind a login, for which nothing was read yet."""
    folder = tmp_path_factory.mktemp("closed")
    data = access_rows.with_access(folder)
    data["web"] = data["web"] | {"login_secret": "env/T_LOGIN"}
    with serving(folder, data=data) as running:
        yield running


# Widths do not depend on colours: each size and each scheme once.
@pytest.mark.parametrize(
    ("viewport", "color_scheme"), [(SIZES["desk"], "light"), (SIZES["phone"], "dark")], ids=["desk", "phone"]
)
def test_every_page_fits_its_screen_and_breaks_no_policy(
    filled: Served, page: Page, complaints: list[str], shots: Path, color_scheme: str, viewport: tuple[int, int]
) -> None:
    size = next(name for name, pixels in SIZES.items() if pixels == viewport)
    for name, path in PATHS.items():
        page.goto(f"{filled.pages}{path}")
        expect(page.locator("h1")).to_have_count(1)
        page.screenshot(path=shots / f"access-{name}-{size}-{color_scheme}.png", full_page=True)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= viewport[0], f"{path} is {width} pixels wide on {viewport[0]}"
        cut = page.evaluate(
            "[...document.querySelectorAll('button')].some(each => each.scrollWidth > each.offsetWidth)"
        )
        assert not cut, f"a button of {path} does not hold its words"
    assert not complaints


def test_a_dsn_is_found_by_a_part_of_its_projects_name(filled: Served, page: Page) -> None:
    page.goto(f"{filled.pages}/dsn")
    expect(page.locator("tbody tr")).to_have_count(4)
    page.get_by_role("searchbox", name="Project").fill("SEAR")
    page.get_by_role("button", name="Find", exact=True).last.click()
    expect(page.locator("tbody tr")).to_have_count(1)
    assert page.locator("tbody code").inner_text() == access_rows.KEYS[3].dsn


def test_a_button_copies_the_dsn_and_says_so(filled: Served, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{filled.pages}/dsn?project=checkout")
    page.get_by_role("button", name="Copy the DSN of checkout, key Default").click()
    expect(page.get_by_role("status")).to_have_text("Copied: checkout, key Default")
    assert page.evaluate("navigator.clipboard.readText()") == access_rows.KEYS[0].dsn


def test_without_scripts_the_dsn_is_there_and_no_dead_button(filled: Served, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{filled.pages}/dsn?project=checkout")
    assert page.get_by_text(access_rows.KEYS[0].dsn).is_visible()
    assert page.get_by_role("button", name="Copy").count() == 0
    context.close()


def test_a_key_that_is_switched_off_has_no_address_to_copy(filled: Served, page: Page) -> None:
    page.goto(f"{filled.pages}/dsn?project=old")
    expect(page.locator("tbody tr")).to_contain_text("switched off")
    assert access_rows.KEYS[2].dsn not in page.content()


def test_the_page_says_how_old_the_keys_are(filled: Served, page: Page) -> None:
    page.goto(f"{filled.pages}/dsn")
    assert page.get_by_text("default: 4 keys, read 20 min ago").is_visible()


def test_accounts_are_told_with_their_fate_the_steps_and_the_lines(filled: Served, page: Page) -> None:
    page.goto(f"{filled.pages}/access/doctor")
    ada = page.get_by_role("region", name="ada")
    for words in ("several_accounts", "stays", "goes", "access.yaml:12:5", "put account 1", "delete account 2"):
        expect(ada).to_contain_text(words)
    bob = page.get_by_role("region", name="bob")
    expect(bob.get_by_role("listitem").filter(has_text="ALL cookies")).to_have_count(1)
    eve = page.locator("section").filter(has_text="eve@acme.test")
    assert "eve: {email: eve@acme.test, roles: [checkout-developer]}" in eve.locator("pre").inner_text()


def test_words_to_type_are_set_apart_and_everything_else_is_only_text() -> None:
    assert typed("write `email:` & <b>") == "write <code>email:</code> &amp; &lt;b&gt;"
    assert typed("`<script>`") == "<code>&lt;script&gt;</code>"


def test_a_person_is_found_by_name_and_nobody_is_an_answer(filled: Served, page: Page) -> None:
    page.goto(f"{filled.pages}/access/doctor?person=LOVELACE")
    expect(page.locator("section.group")).to_have_count(1)
    page.goto(f"{filled.pages}/access/doctor?person=nobody")
    assert page.get_by_text("Nobody is called “nobody”").is_visible()


def test_open_requests_come_with_the_lines_to_add_and_who_was_told(filled: Served, page: Page) -> None:
    page.goto(f"{filled.pages}/access/requests")
    expect(page.locator("section.group")).to_have_count(2)
    ada = page.get_by_role("region", name="Ada Lovelace (ada@acme.test) asks to be let into the team search")
    for words in ("team-7", "ada: {roles: [checkout-developer, search]}", "told: slack 1 h ago", "--deny team-7"):
        expect(ada).to_contain_text(words)
    assert "bob@acme.test asks to be let into the team search" in page.locator("tbody tr").inner_text()


def test_the_menu_leads_to_them_and_says_where_one_is(filled: Served, page: Page) -> None:
    page.goto(filled.pages)
    menu = page.get_by_role("navigation", name="Pages")
    menu.get_by_role("link", name="Access").click()
    expect(page).to_have_url(f"{filled.pages}/access/doctor")
    expect(menu.get_by_role("link", name="Access")).to_have_attribute("aria-current", "true")
    menu.get_by_role("link", name="DSNs").click()
    expect(page).to_have_url(f"{filled.pages}/dsn")
    assert menu.get_by_role("link", name="DSNs").get_attribute("aria-current") == "page"


def test_before_anything_is_read_each_page_says_what_will_come(closed: Served) -> None:
    _, session = auth.new_session(Secret((LOGIN,)))
    with httpx2.Client(base_url=closed.pages, cookies={auth.COOKIE: session}, trust_env=False) as reader:
        assert "nobody has read the keys yet" in reader.get("/dsn").text
        assert "Nobody waits for access." in reader.get("/access/requests").text
        assert "nobody has looked yet" in reader.get("/access/doctor").text


def test_the_pages_are_behind_the_login_where_there_is_one(closed: Served) -> None:
    for path in ("/dsn", "/access/doctor", "/access/requests"):
        answer = httpx2.get(closed.pages + path, trust_env=False)
        assert answer.status_code in (302, 303, 401, 403), path
        assert "DSN" not in answer.text
