"""The stand-in Sentry speaks as the published specification says, and as a running 23.7.1 was recorded to."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.contract.sentry import ROOT, Contract, Said, contract, needs_specs, probes
from vedette.sandbox.sentry import SentryStandIn, StandInConfig, Subject, payloads
from vedette.sandbox.sentry.hooks import tls
from vedette.sandbox.sentry.records import Exchange

SEED = {
    "project": "checkout",
    "count": 70,
    "frames": ["checkout/cart.py", "checkout/payment.py"],
    "tags": {"tier": "gold"},
    "release": "shop@1.0.0",
}
ISSUE = "/api/0/organizations/acme/issues"


def everything(call: httpx2.Client, ids: list[int], event: str, installation: str) -> None:
    """Every operation of the API, in the ways that a ticketing client would call it."""
    one = f"{ISSUE}/{ids[0]}/"
    recent: dict[str, Any] = {
        "query": "is:unresolved lastSeen:-24h times_seen:>50",
        "statsPeriod": "24h",
        "project": ["10", "search"],
    }
    call.get(f"{ISSUE}/")
    call.get(f"{ISSUE}/", params=recent | {"limit": 1, "sort": "freq", "environment": "production"})
    call.get(f"{ISSUE}/", params={"start": "2031-01-01T00:00:00Z", "end": "2031-01-02T00:00:00Z", "query": ""})
    call.get(f"{ISSUE}/", params={"query": "CHECKOUT-1", "shortIdLookup": "1"})
    expanded = ["inbox", "owners", "integrationIssues", "sentryAppIssues", "latestEventHasAttachments", "sessions"]
    call.get(f"{ISSUE}/", params={"expand": expanded, "groupStatsPeriod": "14d"})
    for change in ({"status": "resolved"}, {"status": "unresolved"}, {"assignedTo": "team:1"}, {"priority": "low"}):
        call.put(one, json=change)
    call.get(one)
    call.get(one, params={"expand": ["inbox", "sentryAppIssues"]})
    call.put(f"{ISSUE}/", params={"id": [ids[1]]}, json={"status": "ignored"})
    call.put(f"{ISSUE}/", params={"id": ["99999999"]}, json={"status": "resolved"})
    call.put(f"{ISSUE}/", params={"id": [ids[3], ids[4]]}, json={"merge": True})
    call.delete(f"{ISSUE}/", params={"id": [ids[5]]})
    below_an_issue(call, one, event)
    around(call, ids[0], event, installation)
    call.delete(f"{ISSUE}/{ids[2]}/")


def below_an_issue(call: httpx2.Client, one: str, event: str) -> None:
    call.get(f"{one}events/", params={"per_page": 5, "statsPeriod": "24h"})
    for name in (event, "latest", "oldest", "recommended"):
        call.get(f"{one}events/{name}/")
    for path in ("hashes/", "tags/tier/", "tags/tier/values/", "external-issues/", "tags/", "comments/"):
        call.get(f"{one}{path}")
    call.post(f"{one}comments/", json={"text": "looking at it"})


def around(call: httpx2.Client, issue: int, event: str, installation: str) -> None:
    organization, project = "/api/0/organizations/acme", "/api/0/projects/acme/checkout"
    links = f"/api/0/sentry-app-installations/{installation}/external-issues/"
    ticket = {"webUrl": "https://jira.example.test/browse/WB-1", "project": "WB", "identifier": "1"}
    call.post(links, json={"issueId": issue, **ticket})
    call.get(f"{ISSUE}/{issue}/external-issues/")
    for path in ("/", "/projects/", "/teams/", "/members/", "/sentry-app-installations/"):
        call.get(f"{organization}{path}")
    call.get(f"{organization}/eventids/{event}/")
    call.get(f"{organization}/shortids/CHECKOUT-1/")
    counted: dict[str, Any] = {"dataset": "errors", "field": ["issue", "count()"], "sort": "-count()", "per_page": 50}
    call.get(f"{organization}/events/", params=counted | {"statsPeriod": "24h"})
    call.get(f"{organization}/events-timeseries/", params={"dataset": "errors", "interval": 300, "statsPeriod": "1h"})
    told_apart = ["issue", "project", "title", "culprit", "message", "tags[tier]", "count()", "count_unique(user)"]
    composed: dict[str, Any] = {
        "query": '(shop OR cart) level:[error, fatal] release:"shop@1.0.0"',
        "environment": ["production"],
    }
    call.get(f"{organization}/events/", params=counted | composed | {"field": told_apart, "statsPeriod": "1h"})
    hour: dict[str, Any] = {
        "start": "2031-01-01T00:00:00Z",
        "end": "2031-01-01T00:59:59Z",
        "interval": "1h",
        "category": "error",
    }
    summed = {"field": "sum(quantity)", "groupBy": ["project", "outcome", "reason"]}
    call.get(f"{organization}/stats_v2/", params=hour | summed)
    call.get(f"{organization}/stats_v2/", params={"statsPeriod": "24h", "field": "sum(quantity)", "groupBy": "outcome"})
    for path in ("/", "/issues/", "/events/", f"/events/{event}/"):
        call.get(f"{project}{path}")
    call.get(f"{project}/events/", params={"start": "2031-01-01T00:00:00Z", "end": "2031-02-01T00:00:00Z"})


@pytest.fixture(scope="module")
def exchanges() -> Iterator[list[Exchange]]:
    """Everything that a full tour said over the wire."""
    with SentryStandIn(StandInConfig(), recording=True) as sentry:
        ids = sentry.seed(SEED, *({"project": "search", "count": count} for count in (3, 4, 5, 6, 7)))
        event = sentry.memory.issues[ids[0]].occurrences[0]
        headers = {"Authorization": f"Bearer {sentry.token}"}
        with httpx2.Client(base_url=sentry.url, headers=headers, trust_env=False, verify=tls()) as call:
            everything(call, ids, event, sentry.config.installation)
        yield [each for each in sentry.exchanges() if not each.path.startswith("/_standin")]


def first_by_operation(checker: Contract, exchanges: list[Exchange]) -> dict[str, Exchange]:
    return {checker.operation(each): each for each in reversed(exchanges) if checker.knows(each)}


@needs_specs
def test_every_exchange_agrees_with_the_specification(exchanges: list[Exchange], say: Callable[[str], None]) -> None:
    checker = contract()
    checker.check_all(exchanges)
    say(checker.report())
    assert all(each.status < 400 for each in exchanges), [(e.path, e.status) for e in exchanges if e.status >= 400]
    assert len(checker.checked) >= 26


@needs_specs
def test_the_checker_finds_a_wrong_answer_in_every_operation(
    exchanges: list[Exchange], say: Callable[[str], None]
) -> None:
    checker = contract()
    tried = 0
    for operation, exchange in first_by_operation(checker, exchanges).items():
        for probe in probes(exchange):
            tried += 1
            assert checker.problems(probe), f"{operation} lets a wrong exchange pass: {probe.status}"
    say(f"stand-in Sentry: {tried} wrong exchanges refused")
    assert tried >= 50


@needs_specs
def test_a_listed_issue_whose_count_became_a_number_is_found(exchanges: list[Exchange]) -> None:
    checker = contract()
    listed = first_by_operation(checker, exchanges)["GET /api/0/organizations/{organization_id_or_slug}/issues/"]
    rows = json.loads(listed.answer_body)
    rows[0]["count"] = int(rows[0]["count"])
    wrong = Said.of(listed).__class__(**{**vars(Said.of(listed)), "answer_body": json.dumps(rows).encode()})
    assert checker.problems(wrong)


def samples() -> Path | None:
    """The folder of recorded answers, if it is there."""
    named = os.environ.get("VEDETTE_SAMPLES")
    folder = Path(named) if named else ROOT.parent / "shared" / "samples" / "sentry23"
    return folder if folder.is_dir() else None


needs_samples = pytest.mark.skipif(
    samples() is None, reason="NOT COMPARED WITH A REAL SENTRY: set VEDETTE_SAMPLES to the folder of recorded answers"
)


def recorded(name: str) -> Any:
    folder = samples()
    assert folder is not None
    return json.loads((folder / name).read_bytes())


@needs_samples
@pytest.mark.parametrize("hook", ["event_alert_triggered", "error_created", "issue_created", "comment_created"])
def test_the_signature_of_a_recorded_hook_is_reproduced(hook: str) -> None:
    folder = samples()
    assert folder is not None
    secret = recorded("hook_client_secret.json")["client_secret"]
    body = (folder / f"hook_{hook}.raw").read_bytes()
    sent = recorded(f"hook_{hook}.json")["headers"]["Sentry-Hook-Signature"]
    assert payloads.sign(secret, body) == sent
    assert payloads.encode(json.loads(body)) == body


def keys(body: Any) -> set[str]:
    return set(body)


@needs_samples
def test_a_built_hook_has_the_keys_of_a_recorded_one() -> None:
    folder = samples()
    assert folder is not None
    subject = Subject(issue_id=4001, at=1_900_000_000.0)
    alert, real_alert = (
        payloads.event_alert(subject),
        json.loads((folder / "hook_event_alert_triggered.raw").read_bytes()),
    )
    created, real_created = (
        payloads.issue_created(subject),
        json.loads((folder / "hook_issue_created.raw").read_bytes()),
    )
    assert keys(alert) == keys(real_alert)
    assert keys(alert["data"]) == keys(real_alert["data"])
    internal = {"_metrics", "_ref", "_ref_version", "nodestore_insert", "grouping_config", "transaction_info"}
    carried = {"extra", "modules"}  # what the SDK of the recording sent, and a bare subject does not
    assert keys(real_alert["data"]["event"]) - internal - carried == keys(alert["data"]["event"])
    assert keys(created["data"]["issue"]) == keys(real_created["data"]["issue"])
    assert keys(created["actor"]) == keys(real_created["actor"])


@needs_samples
def test_listed_and_detailed_issues_have_every_key_of_the_recorded_ones(exchanges: list[Exchange]) -> None:
    answered = {each.path: json.loads(each.answer_body) for each in exchanges if each.method == "GET"}
    one = next(path for path in answered if path.startswith(f"{ISSUE}/4") and path.count("/") == 7)
    listed = json.loads(exchanges[0].answer_body)
    assert keys(recorded("041_GET_org_issues_200.json")["body"][0]) <= keys(listed[0])
    assert keys(recorded("079_GET_issue_200.json")["body"]) <= keys(answered[one])
    event = recorded("084_GET_event_latest_200.json")["body"]
    assert keys(event) <= keys(answered[f"{one}events/latest/"])


@needs_samples
def test_a_list_of_full_events_has_every_key_of_the_recorded_one() -> None:
    # The specification knows the short form only.
    path, headers = "/api/0/projects/acme/checkout/events/", {"Authorization": "Bearer stand-in-token"}
    with (
        SentryStandIn() as sentry,
        httpx2.Client(base_url=sentry.url, headers=headers, trust_env=False, verify=tls()) as call,
    ):
        sentry.seed(SEED)
        full, short = (call.get(path, params=params).json()[0] for params in ({"full": "true"}, {}))
    assert keys(recorded("094_GET_project_events_full_200.json")["body"][0]) <= keys(full)
    assert keys(recorded("093_GET_project_events_200.json")["body"][0]) <= keys(short)
