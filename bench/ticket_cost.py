"""Ticket cost: the calls that one cut ticket costs, and what tickets cost while nothing changes, tracker by tracker.

    python bench/ticket_cost.py [--quick]

Counted in the stand-ins' own logs. `calls_per_cut`: tracker and Sentry, beyond the sweep's pages.
`calls_per_unchanged`: per issue that has its ticket already, beyond the sweep and its batched refresh.
`calls_for_500_unchanged`: one whole sweep of five hundred such issues, Sentry's pages and the refresh included. Of the
trackers the dearest counts. A quick run cuts few tickets and puts the rest of the five hundred into tracker and ledger.
"""

import argparse
import importlib
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import structlog

sys.path.insert(0, str(Path(__file__).parent.parent))  # also when run as a file

from bench.storm.trackers import CASTS, Cast
from vedette.app import App
from vedette.config.load import load
from vedette.flows.poll import poll_job
from vedette.flows.sorting import sort_deliveries
from vedette.model.document import Document
from vedette.model.issues import IssueKey
from vedette.model.jobs import JobState
from vedette.model.tickets import MAIN_TRACK, Route, TicketDraft, stamp_of
from vedette.ports.http import Fence
from vedette.sandbox.sentry.server import SentryStandIn
from vedette.sandbox.sentry.settings import StandInConfig
from vedette.store import ledger, queue

UNCHANGED = 500
QUICKLY_CUT = 10
TOKEN = "cost-token"
_FIRST = 1000  # the first issue's id
_HOUR = 3600.0
_STAND_INS = {"jira": "JiraStandIn", "asana": "AsanaStandIn", "linear": "LinearStandIn", "github": "GitHubStandIn"}


@dataclass(frozen=True, slots=True)
class Case:
    """A tracker as the benchmark sets it up; `changes` are keys of its stand-in's configuration."""

    name: str
    cast: Cast
    changes: dict[str, Any]


CASES = (
    Case("jira_cloud", CASTS["jira"], {}),
    Case(
        "jira_data_center",
        replace(CASTS["jira"], settings={"url": "{url}", "flavour": "data_center"}),
        {"face": "datacenter"},
    ),
    *(Case(kind, CASTS[kind], {}) for kind in ("asana", "linear", "github")),
)


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls to the tracker and to Sentry."""

    tracker: int
    sentry: int

    def __sub__(self, other: "Calls") -> "Calls":
        return Calls(self.tracker - other.tracker, self.sentry - other.sentry)

    @property
    def total(self) -> int:
        """Both together."""
        return self.tracker + self.sentry


class Stage:
    """One tracker's stand-in, a Sentry, and Vedette in this process, worked by hand."""

    def __init__(self, app: App, tracker: Any, sentry: SentryStandIn) -> None:
        self.app, self.stand_in, self._sentry = app, tracker, sentry
        self._worker = app.worker()

    def seed(self, numbers: range) -> None:
        """Issues above the policy's threshold, with these ids."""
        words = {"project": "checkout", "count": 100, "type": "KeyError", "frames": ["shop/cart.py"]}
        self._sentry.seed(*({**words, "id": number} for number in numbers))

    def place(self, numbers: range) -> None:
        """Tickets for these issues, in the tracker and in the ledger, without the way that cuts them."""
        route = self.app.settings.default_route
        assert route is not None
        for number in numbers:
            self._place(IssueKey("default", str(number)), route)

    def _place(self, key: IssueKey, route: Route) -> None:
        context, stamp = self.app.context, stamp_of(key, track=MAIN_TRACK, generation=1)
        draft = TicketDraft(route, f"KeyError {key.id}", Document(), stamp, link=f"https://sentry.example/{key.id}/")
        ref = context.tracker(route.tracker).create(draft, fence=Fence.after(20))

        def work(tx: Any) -> bool:
            now = context.clock()
            claim = ledger.claim(
                tx, issue=key, track=MAIN_TRACK, generation=1, route=route, owner="", now=now, as_of=now
            )
            return claim is not None and ledger.opened(tx, claim.id, ticket=ref, status="", now=now, as_of=now)

        assert self.app.store.write(work)

    def tickets(self) -> int:
        """How many tickets the tracker holds."""
        return len(self.stand_in.tickets())

    def sweep(self) -> tuple[Calls, Calls]:
        """One sweep: the calls of the sweep itself, and those of all that followed from it."""
        policy, context = self.app.settings.policies[0], self.app.context
        job = poll_job(policy, "default", slot=context.clock())
        self.app.store.write(lambda tx: queue.enqueue(tx, job, now=context.clock()))
        before = self._calls()
        self._worker.one_job(context)
        swept = self._calls()
        self._work_off()
        return swept - before, self._calls() - swept

    def let_an_hour_pass(self) -> None:
        """Make every ticket's last change an hour older, in the tracker and in its index."""

        def age(things: dict[Any, Any], field: str) -> None:
            for key, each in things.items():
                things[key] = replace(each, **{field: getattr(each, field) - _HOUR})

        def work(state: Any) -> None:
            for name, field in (("tickets", "updated"), ("issues", "updated"), ("tasks", "modified")):
                age(getattr(state, name, {}), field)
            if hasattr(state, "index"):
                age(state.index.documents, "updated")

        self.let_the_index_catch_up()
        self.stand_in.on_loop(work)

    def let_the_index_catch_up(self) -> None:
        """Show every change in the tracker's index, where it has one."""

        def work(state: Any) -> None:
            if hasattr(state, "index"):
                state.index.catch_up(time.monotonic())

        self.stand_in.on_loop(work)

    def _calls(self) -> Calls:
        return Calls(len(self.stand_in.exchanges()), len(self._sentry.exchanges()))

    def _work_off(self) -> None:
        context = self.app.context
        while self._live():
            worked = sort_deliveries(context, worker="cost") + self._worker.one_job(context)
            if not worked:
                time.sleep(0.01)

    def _live(self) -> bool:
        def look(tx: Any) -> bool:
            return any(queue.listing(tx, state=state, limit=1) for state in (JobState.READY, JobState.LEASED))

        return self.app.store.read(look)


@contextmanager
def staged(case: Case, folder: Path) -> Iterator[Stage]:
    """The stage of a case."""
    module = importlib.import_module(f"vedette.sandbox.{case.cast.kind}")
    config = _configured(module, case)
    with (
        SentryStandIn(StandInConfig(tokens=(TOKEN,)), recording=True) as sentry,
        getattr(module, _STAND_INS[case.cast.kind])(config, recording=True) as tracker,
    ):
        os.environ |= {"COST_TOKEN": TOKEN, "TRACKER_TOKEN": config.token}
        path = folder / f"{case.name}.yaml"
        path.write_text(
            _CONFIG.format(
                sentry=sentry.url,
                tracker=case.cast.block(tracker.url, timeout="20s"),
                route=case.cast.route(),
                store=folder / f"{case.name}.db",
            )
        )
        app = App.build(load(path, environ=os.environ))
        try:
            yield Stage(app, tracker, sentry)
        finally:
            app.close()


def _configured(module: Any, case: Case) -> Any:
    config = module.demo()
    return msgspec.convert({**msgspec.to_builtins(config), **case.changes}, type=type(config))


def measure(case: Case, *, cut: int, unchanged: int = UNCHANGED) -> dict[str, float]:
    """What tickets of one tracker cost, so many of them cut; raises AssertionError where one was not."""
    with tempfile.TemporaryDirectory(prefix="vedette-cost-") as folder, staged(case, Path(folder)) as stage:
        stage.seed(range(_FIRST, _FIRST + cut))
        _, cutting = stage.sweep()
        others = range(_FIRST + cut, _FIRST + unchanged)
        stage.seed(others)
        stage.place(others)
        assert stage.tickets() == unchanged, f"{case.name}: {stage.tickets()} tickets for {unchanged} issues"
        stage.sweep()
        stage.let_an_hour_pass()
        swept, rest = stage.sweep()
        assert stage.tickets() == unchanged
    return {
        "cut": cut,
        "per_cut": round(cutting.total / cut, 2),
        "tracker_per_cut": round(cutting.tracker / cut, 2),
        "unchanged": unchanged,
        "per_unchanged": round(rest.total / unchanged, 2),
        "whole_sweep": swept.total + rest.total,
        "tracker_of_whole_sweep": swept.tracker + rest.tracker,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help=f"under 45 s: {QUICKLY_CUT} tickets are cut, not {UNCHANGED}"
    )
    quick = parser.parse_args().quick
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    found: dict[str, dict[str, float]] = {}
    for case in CASES:
        found[case.name] = measure(case, cut=QUICKLY_CUT if quick else UNCHANGED)
        print(f"{case.name}: {found[case.name]}", flush=True)
    told = {
        "calls_per_cut": max(each["per_cut"] for each in found.values()),
        "calls_per_unchanged": max(each["per_unchanged"] for each in found.values()),
        "calls_for_500_unchanged": max(each["whole_sweep"] for each in found.values()),
        "trackers": found,
    }
    print(json.dumps(told))
    return 0


_CONFIG = """\
mode: production
sentry:
  url: {sentry}
  organization: acme
  token: env/COST_TOKEN
  rate_per_s: 2000
trackers:
{tracker}
routes:
  default: {route}
tickets:
  caps: off
  policies:
    - name: cost
      projects: [checkout]
      on: [poll]
      when: {{last_seen_within: 24h, events_over: 50}}
store:
  url: sqlite:///{store}
"""

if __name__ == "__main__":
    sys.exit(main())
