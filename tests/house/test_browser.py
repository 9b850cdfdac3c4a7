"""The Chromium of the tests: real, found or refused in words."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser import ChromiumMissing, ensure_chromium

PAGE = """<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<style>body { color: black } @media (prefers-color-scheme: dark) { body { color: white } }</style>
<p id="width"></p><script>document.querySelector("#width").textContent = innerWidth</script>"""


@pytest.fixture
def address(tmp_path: Path) -> str:
    (tmp_path / "page.html").write_text(PAGE, encoding="utf-8")
    return (tmp_path / "page.html").as_uri()


def colour(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).color"))


@pytest.mark.parametrize("viewport", [(1280, 800), (390, 844)])
def test_a_page_is_rendered_at_the_width_asked_for(page: Page, address: str, viewport: tuple[int, int]) -> None:
    page.goto(address)
    assert page.locator("#width").inner_text() == str(viewport[0])


@pytest.mark.parametrize(("color_scheme", "expected"), [("light", "rgb(0, 0, 0)"), ("dark", "rgb(255, 255, 255)")])
def test_a_page_is_rendered_in_the_scheme_asked_for(page: Page, address: str, expected: str) -> None:
    page.goto(address)
    assert colour(page) == expected


def test_a_chromium_that_was_named_wrongly_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEDETTE_CHROMIUM", "/no/such/chromium")
    with pytest.raises(ChromiumMissing, match=r"VEDETTE_CHROMIUM=/no/such/chromium is not a program"):
        ensure_chromium()


def test_without_any_chromium_the_cure_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("VEDETTE_CHROMIUM", raising=False)
    monkeypatch.setenv("VEDETTE_SYSTEM_PACKAGES", "0")
    monkeypatch.setattr("tests.browser._playwrights_own", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ChromiumMissing, match=r"set VEDETTE_CHROMIUM .* apt-get install -y chromium"):
        ensure_chromium()
