"""A real Prometheus scrapes our /metrics, and has the counts of windows with the names of their filters whole."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2

from tests.integrations.real_servers.launcher import prometheus
from tests.waiting import until
from vedette.model.metrics import Lack, Point, Window
from vedette.model.settings import StoreSettings
from vedette.store import windows
from vedette.store.database import Store
from vedette.web import metrics

FIVE = timedelta(minutes=5)
ODD = 'a.b "c"\\ü'


@contextmanager
def shown(store: Store, *, now: datetime) -> Iterator[int]:
    """The port on which the store's metrics are answered."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = metrics.exposition(metrics.read(store, now=now), store.health())
            self.send_response(200)
            self.send_header("Content-Type", metrics.CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own name
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_prometheus_scrapes_the_newest_window_and_the_sum_of_all(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    start = now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0) - FIVE
    with Store.open(StoreSettings(url=f"sqlite:///{tmp_path}/vedette.db")) as store:
        for place, total in ((1, 30), (0, 12)):
            window = Window(start - place * FIVE, start - place * FIVE + FIVE)
            point = Point(ODD, "default", window, total, new=0, lack=Lack.NONE if place else Lack.ROW_LIMIT)
            store.write(lambda tx, each=point: windows.save(tx, each, counts={}, now=now))  # type: ignore[misc]
        with shown(store, now=now) as port:
            target = f"static_configs: [{{targets: ['127.0.0.1:{port}']}}]"
            jobs = f"{{job_name: vedette, scrape_interval: 1s, honor_labels: true, {target}}}"
            with prometheus(tmp_path, settings=f"scrape_configs: [{jobs}]\n", receives=False) as server:
                found = until(lambda: _monitor(server.url), within=20, saying="a scrape")
    assert {labels["filter"] for labels, _ in found} == {ODD}
    assert {labels["instance"] for labels, _ in found} == {"default"}
    assert {labels["__name__"]: value for labels, value in found} == {
        "vedette_monitor_window_errors": 12,
        "vedette_monitor_window_new_issues": 0,
        "vedette_monitor_window_complete": 0,
        "vedette_monitor_window_end_timestamp_seconds": (start + FIVE).timestamp(),
        "vedette_monitor_errors_total": 42,
    }


def _monitor(url: str) -> list[tuple[dict[str, str], float]]:
    answer = httpx2.get(f"{url}/api/v1/query", params={"query": '{__name__=~"vedette_monitor.+"}'}, trust_env=False)
    return [(each["metric"], float(each["value"][1])) for each in answer.json()["data"]["result"]]
