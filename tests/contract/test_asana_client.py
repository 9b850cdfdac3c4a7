"""Every request that the Asana client can send is one that the published specification knows."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.conformance.trackers import document, draft_of, fence
from tests.contract.asana import Said, contract, needs_specs
from tests.contract.openapi import paths_in, unnamed
from tests.integrations.asana.standing import NOWHERE, AsanaCase, settings_for, standing
from vedette.integrations.asana import client
from vedette.integrations.asana.subscribing import subscribe
from vedette.model.boards import Place, Placed
from vedette.model.settings import TrackerSettings
from vedette.model.tickets import TicketRef
from vedette.sandbox.asana import Exchange

pytestmark = needs_specs


def tour(case: AsanaCase) -> None:
    """Do everything that a tracker does, in every way that sends another request."""
    tracker, draft = case.tracker, draft_of(case)
    now = datetime.now(UTC)
    watermark = tracker.watermark(draft, known=())
    ref = tracker.create(draft, fence=fence())
    tracker.look(draft, watermark=watermark, attempted_at=now)
    tracker.look(draft_of(case, 9), watermark=watermark, attempted_at=now)
    tracker.search(stamp=draft.stamp, link=draft.link)
    list(tracker.stamped(since=now))
    tracker.changed([ref], since=now)
    many = [tracker.create(draft_of(case, number), fence=fence()) for number in range(20, 25)]
    tracker.read([ref, *many, TicketRef("asana", "99", "99", f"{case.asana.url}/1/1200/project/12001/task/99")])
    tracker.read([TicketRef("asana", "98", "98", "")])
    for _ in range(2):
        tracker.comment(ref, document(), marker="m-1", fence=fence())
    tracker.link(ref, url="https://acme.sentry.io/issues/77/", title="MERCHANT-77", fence=fence())
    # The create itself sets tags and fields; they are taken away so that mending writes them too.
    bare = int(many[0].id)
    case.asana.on_loop(lambda state: state.change(state.tasks[bare], tags=(), values={}, assignee=None))
    also = (Placed("12031"), Placed("12012", "Needs triage"))
    lost = replace(draft_of(case, 21), stamp="vedette-default-1-main-9", also=also)
    tracker.mend(many[0], lost, fence=fence())
    for place in (Place(portfolio="7001"), Place(portfolio="7009", fallback="12001"), Place(project="12001")):
        tracker.resolve(place)
    tracker.transition(ref, status="Won't do", fence=fence())
    tracker.close(ref, fence=fence())
    tracker.reopen(ref, status="", fence=fence())
    sprint = replace(case.route, project="portfolio:7001")
    named = replace(case.route, project="Detections backlog")
    list(tracker.check([("vedette.yaml:7:3", each) for each in (case.route, sprint, named, NOWHERE)]))
    with listening() as target:
        settings = TrackerSettings("asana", "asana", settings_for(case.asana))
        found = [list(subscribe(settings, routes=[case.route], target=target, make=True)) for _ in range(2)]
    assert [each.ok for rows in found for each in rows] == [True, True]


@contextmanager
def listening() -> Iterator[str]:
    """An address that agrees to whatever shakes hands with it."""

    class Agreeing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("x-hook-secret", self.headers["x-hook-secret"])
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nobody asked."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Agreeing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hooks/asana"
        finally:
            server.shutdown()


@pytest.fixture(scope="module", params=[False, True], ids=["token", "oauth"])
def spoken(request: pytest.FixtureRequest) -> list[Exchange]:
    """What a full tour said over the wire."""
    app: bool = request.param
    with standing(company={"oauth": app}, oauth=app) as case:
        tour(case)
        return case.asana.exchanges()


def test_every_request_is_as_specified_and_every_answer_too(spoken: list[Exchange], say: Callable[[str], None]) -> None:
    checker = contract()
    wrong = [problem for each in spoken for problem in checker.request_problems(each)]
    assert wrong == []
    checker.check_all(spoken)
    operations = {checker.operation(each) for each in spoken}
    say(f"Asana client: {len(spoken)} requests of {len(operations)} operations checked")
    assert len(operations) >= 17


def test_the_tour_left_out_no_path_that_the_client_knows(spoken: list[Exchange]) -> None:
    called = {_whoever(contract().operation(each).partition(" ")[2]) for each in spoken}
    known = {_whoever(path) for path in paths_in(client)}
    assert len(known) > 10
    assert known - called == set()


def test_the_workspace_search_is_never_asked(spoken: list[Exchange]) -> None:
    assert not any("search" in each.path for each in spoken)


def _whoever(path: str) -> str:
    return unnamed(path.replace("/me", "/{}"))


def test_a_wrong_request_would_be_noticed(spoken: list[Exchange]) -> None:
    checker = contract()
    create = Said.of(next(each for each in spoken if each.method == "POST" and each.path.endswith("/tasks")))
    body = json.loads(create.body)
    assert checker.request_problems(replace(create, body=json.dumps(body["data"]).encode())) != []
    assert checker.request_problems(replace(create, path=create.path + "s")) != []
    assert checker.request_problems(replace(create, query="opt_fields=summary")) != []
