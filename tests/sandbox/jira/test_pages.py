"""The pages: what a person sees of the tickets, without scripts, in light and dark, on a desk and on a phone."""

import httpx2
import pytest
from playwright.sync_api import Page

from tests.sandbox.jira.asking import Asking
from vedette.sandbox.jira import Face, JiraStandIn, demo

HOSTILE = '<img src=x onerror="document.title=1"><b>&'
LINK = "https://acme.sentry.io/issues/1/"


def filled(asking: Asking) -> str:
    """A ticket with everything on it; returns its key."""
    key = asking.create(
        summary=f"Boom {HOSTILE}",
        description=asking.words(f"Seen 40 times. {HOSTILE}"),
        labels=["sentry-1", '"quoted"'],
        components=[{"name": "Checkout"}],
        assignee=asking.assignee("pay-lead"),
    )
    asking.ok("POST", f"/issue/{key}/comment", json={"body": asking.words(f"again {HOSTILE}")})
    asking.ok("POST", f"/issue/{key}/remotelink", json={"object": {"url": LINK, "title": HOSTILE}})
    asking.ok("PUT", f"/issue/{key}/properties/vedette", json={"html": HOSTILE})
    return key


def test_the_list_shows_every_ticket_and_filters_by_project(asking: Asking) -> None:
    key = filled(asking)
    other = asking.create(project={"key": "WB"}, summary="Other")
    page = httpx2.get(asking.url).text
    for words in (key, other, "Checkout", "Paolo Payne", "To Do", "sentry-1", "Unassigned"):
        assert words in page
    assert other not in httpx2.get(asking.url, params={"project": "PAY"}).text


def test_the_list_is_paged(asking: Asking, jira: JiraStandIn) -> None:
    project = jira.state.projects["WB"]
    jira.on_loop(lambda state: [state.create(project, type="Bug", summary=f"n{n}") for n in range(105)])
    first, second = (httpx2.get(asking.url, params={"page": page}).text for page in (1, 2))
    assert ("WB-105<" in first, "WB-5<" in first, "WB-5<" in second) == (True, False, True)


def test_everything_hostile_is_escaped(asking: Asking) -> None:
    key = filled(asking)
    for path in ("/", f"/browse/{key}", "/browse/%3Cscript%3E", "/?project=%22%3E%3Cscript%3E"):
        answer = httpx2.get(asking.url + path)
        assert "<img" not in answer.text
        assert "<script" not in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]


def test_a_moved_ticket_is_shown_under_its_old_key_and_a_missing_one_is_404(asking: Asking) -> None:
    key = filled(asking)
    asking.control("move", key=key, project="WB")
    assert f"{key} was moved" in httpx2.get(f"{asking.url}/browse/{key}").text
    assert httpx2.get(f"{asking.url}/browse/PAY-99").status_code == 404


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [(1280, 800), (390, 844)], ids=["desk", "phone"])
def test_the_pages_fit_the_window_in_a_real_browser(page: Page, color_scheme: str, viewport: tuple[int, int]) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    with JiraStandIn(demo(Face.CLOUD)) as jira, Asking.of(jira) as asking:
        key = filled(asking)
        asking.create(summary="x" * 200, labels=["y" * 120])
        for path in ("/", f"/browse/{key}"):
            page.goto(jira.url + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= viewport[0]
            ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert ground == ("rgb(20, 23, 29)" if color_scheme == "dark" else "rgb(247, 248, 250)")
        assert page.get_by_role("heading", level=1).inner_text() == f"Boom {HOSTILE}"
        assert page.get_by_role("link", name=HOSTILE).get_attribute("href") == LINK
        page.get_by_role("link", name="Payments").click()
        assert page.get_by_role("link", name=key).is_visible()
    assert complaints == []
