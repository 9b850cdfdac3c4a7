"""The main job on real input: the seven webhooks that a Sentry 23.7.1 signed, through a running `vedette serve`.

They speak of one issue. With `on: [alert, error]` the expected result is: `issue.created` alone cuts nothing; the alert
and the error end as one ticket of the team that owns the code; `assigned` changes nothing; `resolved` is said once on
the ticket, because Sentry confirms it; `ignored` and the comment are kept and cut nothing.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.waiting import until
from tests.web.serving import Served, post, serving, settings
from vedette.flows.context import wall_clock
from vedette.model.deliveries import DeliveryState
from vedette.model.issues import IssueKey
from vedette.model.jobs import JobState
from vedette.sandbox.jira.server import JiraStandIn
from vedette.sandbox.sentry.server import SentryStandIn
from vedette.sandbox.sentry.settings import StandInConfig
from vedette.store import journal, queue, views

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "sentry23"
ISSUE = 21
IN_ORDER = ("issue_created", "event_alert_triggered", "error_created", "issue_assigned")

pytestmark = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason=f"the recorded webhooks are not at {SAMPLES}: the real input is NOT tested"
)


@dataclass
class Scene:
    """A running Vedette between its stand-ins."""

    served: Served
    sentry: SentryStandIn
    jira: JiraStandIn

    def post(self, name: str) -> int:
        headers = json.loads((SAMPLES / f"hook_{name}.json").read_text(encoding="utf-8"))["headers"]
        kept = {key: value for key, value in headers.items() if key not in {"Host", "Content-Length", "Connection"}}
        return post(f"{self.served.hooks}/hooks/sentry", (SAMPLES / f"hook_{name}.raw").read_bytes(), kept).status_code

    def quiet(self) -> None:
        """Wait until everything that was posted is decided and done."""
        with self.served.store() as store:

            def done() -> bool:
                live = [store.read(lambda tx, s=s: queue.listing(tx, state=s, limit=1)) for s in _LIVE]  # type: ignore[misc]
                counts = store.read(lambda tx: views.now(tx, wall_clock())).deliveries
                return not any(live) and not any(counts.get(s, 0) for s in _WAITING)

            until(done, within=30, saying="the deliveries to be worked off")

    def reasons(self) -> list[str]:
        with self.served.store() as store:
            told = store.read(lambda tx: journal.of_issue(tx, IssueKey("default", str(ISSUE)), limit=100))
        return [entry.reason for entry in told if entry.kind == "decision"]


_LIVE = (JobState.READY, JobState.LEASED)
_WAITING = (DeliveryState.PENDING, DeliveryState.SORTED)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    secret = json.loads((SAMPLES / "hook_client_secret.json").read_text(encoding="utf-8"))["client_secret"]
    (tmp_path / "secret").write_text(secret, encoding="utf-8")
    with SentryStandIn(StandInConfig(tokens=("sandbox-token",))) as sentry, JiraStandIn() as jira:
        sentry.seed({"id": ISSUE, "project": "checkout", "count": 3, "type": "PaymentError"})
        data = settings(tmp_path)
        data["sentry"]["default"] |= {"url": sentry.url, "client_secret": f"file/{tmp_path}/secret", "rate_per_s": 500}
        del data["sentry"]["glitch"]
        data["trackers"]["jira"] |= {"url": jira.url, "email": "bot@acme.test", "rate_per_s": 500}
        data["ownership"] = {"codeowners": [{"name": "clroot", "text": "* @acme/payments\n"}]}
        data["tickets"] = {"refresh": "1ms", "policies": [{"name": "all", "on": ["alert", "error"]}]}
        with serving(tmp_path, work=True, data=data) as served:
            yield Scene(served, sentry, jira)


def test_the_error_and_the_alert_end_as_one_ticket_and_the_later_hooks_do_what_the_policy_says(scene: Scene) -> None:
    assert scene.post("issue_created") == 202
    scene.quiet()
    assert scene.jira.tickets() == []
    assert scene.reasons() == ["not_asked"]

    for name in IN_ORDER[1:]:
        assert scene.post(name) == 202
    scene.quiet()
    (ticket,) = scene.jira.tickets()
    assert ticket["project"] == "PAY"
    assert f"/issues/{ISSUE}/" in ticket["summary"]

    scene.sentry.resolve(ISSUE, hooks=False)
    assert scene.post("issue_resolved") == 202
    scene.quiet()
    assert scene.post("issue_resolved") == 202  # a redelivery is the same delivery
    scene.quiet()
    scene.sentry.resolve(ISSUE, status="ignored", hooks=False)
    assert [scene.post("issue_ignored"), scene.post("comment_created")] == [202, 202]
    scene.quiet()

    assert len(scene.jira.tickets()) == 1
    assert comments(scene) == 1
    assert scene.reasons().count("first_ticket") == 1
    assert {"resolved_in_sentry", "archived_in_sentry"} <= set(scene.reasons())
    verdict = scene.jira.verdict()
    assert (verdict.tickets, verdict.duplicates) == (1, ())


def comments(scene: Scene) -> int:
    return scene.jira.on_loop(lambda state: sum(len(each.comments) for each in state.attached.values()))
