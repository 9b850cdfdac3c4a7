"""Monitor, breadth: a hundred filters over fifty projects in one window, by the limits that sentry.io documents.

    python bench/monitor_filters.py [--quick]

Filters of every kind: by project, by level, by release, by Sentry's search, by terms and by tags. `groups`: questions
that the filters come to. `calls_for_pages`: of their rows, one a group and page. `calls_for_totals`: for the server's
own totals and users, one a group; two where a filter's total is the sum of rows on several pages. Lists of issues and
newest events (for owners) are counted apart; in the second window both are known. Seconds are told for the first
window, with nothing known, and for the second.
"""

import argparse
import json
import logging
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import structlog

sys.path.insert(0, str(Path(__file__).parent.parent))  # also when run as a file

from vedette.app import App
from vedette.flows import running
from vedette.flows.counting import questions_of
from vedette.model.metrics import Filter, Term, Terms, Window
from vedette.model.owners import CodeownersSource, Team
from vedette.model.secret import Secret
from vedette.model.settings import Mode, MonitorSettings, SentryInstance, Settings, StoreSettings
from vedette.model.tickets import Route
from vedette.rules.windowing import aligned
from vedette.sandbox.sentry.server import SentryStandIn
from vedette.sandbox.sentry.settings import Project, StandInConfig

PROJECTS, ISSUES = 50, 500
TOKEN = "breadth-token"
FIVE = timedelta(minutes=5)
#: Two windows that are just over: the limits of our own calls are kept by the true time.
START = aligned(datetime.now(UTC), every=FIVE) - 2 * FIVE
#: Of an organisation's events a thousand calls in five minutes, fifteen at a time; of its issues ten a second.
LIMITS, AT_ONCE = {"events": 1000, "org_issues": 10, "issue": 5}, {"events": 15}
_RATE = 30.0  # calls a second that we allow ourselves


def filters() -> tuple[Filter, ...]:
    """A hundred, as teams would write them."""
    here = ("production",)
    own = [Filter(f"team-{number}", "default", (f"p{number}",), here) for number in range(PROJECTS)]
    fatal = [Filter(f"fatal-{n}", "default", (f"p{n}", f"p{n + 1}"), here, ("fatal",)) for n in range(20)]
    by_term = [
        Filter(f"term-{n}", "default", (), here, terms=Terms(any=(Term(f"Error{n} "),), none=(Term("ignored"),)))
        for n in range(10)
    ]
    by_query = [Filter(f"query-{n}", "default", (), here, query=f"customer:acme-{n}") for n in range(10)]
    by_release = [Filter(f"release-{n}", "default", (), here, releases=(f"1.{n}",)) for n in range(5)]
    by_tag = [Filter(f"tag-{n}", "default", (f"p{n}",), here, group_by=("customer",)) for n in range(5)]
    return (*own, *fatal, *by_term, *by_query, *by_release, *by_tag)


@contextmanager
def stage(folder: Path, *, issues: int) -> Iterator[tuple[App, SentryStandIn]]:
    """The stand-in with its issues, and the app."""
    projects = tuple(Project(100 + number, f"p{number}") for number in range(PROJECTS))
    config = StandInConfig(tokens=(TOKEN,), projects=projects, rate_limits=LIMITS, concurrency=AT_ONCE)
    with SentryStandIn(config, recording=True) as sentry:
        sentry.seed(*(_seed(number) for number in range(issues)))
        app = App.build(_settings(sentry.url, folder))
        try:
            yield app, sentry
        finally:
            app.close()


def _seed(number: int) -> dict[str, Any]:
    level = "fatal" if number % 10 == 0 else "error"
    heaps = [{"at": (START + place * FIVE).timestamp() + 7, "count": number % 9 + 1} for place in range(2)]
    return {
        "id": 1000 + number,
        "project": f"p{number % PROJECTS}",
        "title": f"Error{number % 20} in step {number}",
        "level": level,
        "release": f"1.{number % 5}",
        "tags": {"customer": f"acme-{number % 12}"},
        "frames": [f"shop/part{number % 7}/cart.py"],
        "arrivals": heaps,
    }


def _settings(url: str, folder: Path) -> Settings:
    secret = Secret((TOKEN,), "env/T")
    return Settings(
        mode=Mode.PRODUCTION,
        instances={"default": SentryInstance("default", url, "acme", secret, rate_per_s=_RATE, concurrency=8)},
        trackers={},
        codeowners=(CodeownersSource("shop", text="/shop/ @acme/shop\n"),),
        teams={"@acme/shop": Team("@acme/shop", Route("jira", "PAY", "Bug"))},
        monitor=MonitorSettings(filters(), delay=timedelta(0), outcomes=False),
        store=StoreSettings(url=f"sqlite:///{folder / 'breadth.db'}"),
    )


def measure(folder: Path, *, issues: int) -> dict[str, Any]:
    """Count two windows, one after the other."""
    with stage(folder, issues=issues) as (app, sentry):
        asked = questions_of(app.context, "default")
        told = [_one(app, sentry, number) for number in range(2)]
    return {
        "filters": len(filters()),
        "projects": PROJECTS,
        "issues": issues,
        "groups": len(asked),
        "first": told[0],
        "second": told[1],
    }


def _one(app: App, sentry: SentryStandIn, number: int) -> dict[str, Any]:
    window = Window(START + number * FIVE, START + (number + 1) * FIVE)
    before, began = len(sentry.exchanges()), time.monotonic()
    report = running.run(app.context, window=window)
    seconds = time.monotonic() - began
    answers = sentry.exchanges()[before:]
    paths = [exchange.path for exchange in answers if exchange.status == 200]
    counting = [each for each in answers if each.status == 200 and each.path.endswith("/acme/events/")]
    pages = [each for each in counting if "issue" in parse_qs(each.query)["field"]]
    whole = [each for each in report.filters if each.point is not None and each.point.is_complete]
    return {
        "seconds": round(seconds, 2),
        "calls_for_pages": len(pages),
        "pages_asked_twice": len(pages) - len({each.query for each in pages}),
        "calls_for_totals": len(counting) - len(pages),
        "calls_for_issues": sum(path.endswith("/acme/issues/") for path in paths),
        "calls_for_owners": sum(path.endswith("/latest/") for path in paths),
        "refused_by_limit": sum(exchange.status == 429 for exchange in answers),
        "complete": len(whole),
        "total": sum(each.point.total for each in whole if each.point),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print; 1 where a filter is not whole or the first window took ten seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a hundred issues instead of five hundred")
    asked = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory() as folder:
        report = measure(Path(folder), issues=100 if asked.quick else ISSUES)
    print(json.dumps(report))
    good = report["first"]["complete"] == len(filters()) and report["first"]["seconds"] < 10
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
