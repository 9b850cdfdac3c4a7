"""Screenshots of the pages for the documents, of the demonstration's stage and of points made up: `make screenshots`.

Only when asked for: every run has other times and ports, and a build that rewrites its own documents cannot be checked.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import httpx2
from playwright.sync_api import Browser

from tests.browser import running_chromium
from tests.house.sources import ROOT
from tests.waiting import until
from tests.web import monitor_rows
from tests.web.serving import serving
from vedette.cli.demo.stage import Stage, stage
from vedette.web.looking import filter_path

FOLDER = ROOT / "docs" / "images"
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
# About as wide as GitHub shows a README, and as high as what is seen first.
WIDTH, HEIGHT = 1000, 920
TIMES = 3
# A search leads straight to the issue of the ticket that it finds.
TICKET = "PAY-1"


def take(folder: Path) -> Iterator[Path]:
    """Write now-SCHEME.png and issue-SCHEME.png of the demonstration, and monitor-SCHEME.png, into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    yield from _of_stage(folder)
    with running_chromium() as browser:
        yield from of_monitor(browser, folder)


def of_monitor(browser: Browser, folder: Path) -> Iterator[Path]:
    """The page of a filter, over points made up."""
    with TemporaryDirectory(prefix="vedette-pictures-") as place:
        home = Path(place)
        monitor_rows.fill(home)
        with serving(home, data=monitor_rows.with_filters(home)) as served:
            address = f"{served.pages}{filter_path(*monitor_rows.CHECKOUT)}?compare=both"
            for scheme in SCHEMES:
                yield _shot(browser, address, folder / f"monitor-{scheme}.png", scheme)


def _of_stage(folder: Path) -> Iterator[Path]:
    with stage(port=0) as built, running_chromium() as browser:
        shop = built.crash(times=TIMES, pause=0.0)
        until(lambda: shop.over, within=60, saying="the shop to end")
        until(lambda: _is_quiet(built), within=60, saying="every job to be over")
        for scheme in SCHEMES:
            yield from _shots(browser, built, folder, scheme)


def _is_quiet(built: Stage) -> bool:
    """Whether tickets stand and nothing waits."""
    built.check()
    text = httpx2.get(f"{built.pages}/metrics", trust_env=False).text
    waiting = ("vedette_queue_jobs{", "vedette_deliveries_pending")
    values = [float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(waiting)]
    return "vedette_claims_live{" in text and not any(values)


def _shots(browser: Browser, built: Stage, folder: Path, scheme: Scheme) -> Iterator[Path]:
    for name, path in (("now", "/"), ("issue", f"/issues?q={TICKET}")):
        yield _shot(browser, f"{built.pages}{path}", folder / f"{name}-{scheme}.png", scheme)


def _shot(browser: Browser, address: str, file: Path, scheme: Scheme) -> Path:
    context = browser.new_context(color_scheme=scheme, viewport={"width": WIDTH, "height": HEIGHT})
    page = context.new_page()
    page.goto(address)
    page.screenshot(path=file)
    context.close()
    return file


if __name__ == "__main__":
    for picture in take(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER):
        print(picture)
