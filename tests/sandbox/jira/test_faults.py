"""Every fault as a real HTTP client meets it, and what was committed meanwhile."""

import email.utils
import time
from collections.abc import Iterator

import httpx2
import pytest

from tests.sandbox.jira.asking import Asking
from tests.waiting import until
from vedette.sandbox.jira import Face, JiraStandIn, Kind, Rate, amended, demo

IMPATIENT = 0.3
SCALE = 0.01


@pytest.fixture
def scaled(face: Face) -> Iterator[JiraStandIn]:
    """A stand-in whose seconds are hundredths."""
    with JiraStandIn(amended(demo(face), {"time_scale": SCALE})) as running:
        yield running


@pytest.fixture
def impatient(scaled: JiraStandIn) -> Iterator[Asking]:
    """A client that gives up soon."""
    with Asking.of(scaled, timeout=IMPATIENT) as client:
        yield client


def ops(jira: JiraStandIn, op: str) -> list[str | None]:
    """The faults under which changes of one kind were committed."""
    return [entry["fault"] for entry in jira.log() if entry["op"] == op]


@pytest.mark.parametrize(
    ("kind", "seen"),
    [
        (Kind.COMMIT_HANG, httpx2.ReadTimeout),
        (Kind.COMMIT_RESET, httpx2.ReadError),
        (Kind.COMMIT_TRUNCATE, httpx2.RemoteProtocolError),
    ],
)
def test_a_create_is_committed_though_its_answer_never_came(
    scaled: JiraStandIn, impatient: Asking, kind: Kind, seen: type[Exception]
) -> None:
    scaled.fault(kind, on="create")
    with pytest.raises(seen):
        impatient.creating()
    assert ops(scaled, "create") == [kind.value]
    assert ops(scaled, "fault") == [kind.value]
    assert [ticket["summary"] for ticket in scaled.tickets()] == ["Boom"]
    assert impatient.create() == "PAY-2"


def test_a_create_is_committed_behind_a_bad_gateway(scaled: JiraStandIn, impatient: Asking) -> None:
    scaled.fault(Kind.COMMIT_502, on="create")
    answer = impatient.creating()
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html;charset=UTF-8")
    assert len(scaled.tickets()) == 1


def test_a_late_commit_happens_after_the_client_has_gone(scaled: JiraStandIn, impatient: Asking) -> None:
    scaled.fault(Kind.COMMIT_LATE, on="create", seconds=130.0)
    with pytest.raises(httpx2.ReadTimeout):
        impatient.creating(labels=["late"])
    gone = time.monotonic()
    assert scaled.tickets() == []
    assert httpx2.get(f"{impatient.url}/_standin/state").json()["pending"] == 1
    until(lambda: scaled.tickets() != [])
    assert time.monotonic() - gone >= 0.9 * 130.0 * SCALE
    assert ops(scaled, "create") == [Kind.COMMIT_LATE.value]
    until(lambda: httpx2.get(f"{impatient.url}/_standin/state").json()["pending"] == 0)
    assert impatient.search("labels = late") == ["PAY-1"]


def test_a_late_commit_that_jira_would_refuse_commits_nothing(scaled: JiraStandIn, impatient: Asking) -> None:
    scaled.fault(Kind.COMMIT_LATE, on="create", seconds=0.0)
    with pytest.raises(httpx2.ReadTimeout):
        impatient.creating(labels=["a b"])
    until(lambda: httpx2.get(f"{impatient.url}/_standin/state").json()["pending"] == 0)
    assert scaled.log() == []


@pytest.mark.parametrize("kind", [Kind.HANG, Kind.RESET])
def test_a_hang_or_reset_without_work_commits_nothing(scaled: JiraStandIn, impatient: Asking, kind: Kind) -> None:
    scaled.fault(kind, on="create")
    with pytest.raises((httpx2.ReadTimeout, httpx2.ReadError)):
        impatient.creating()
    assert scaled.tickets() == []
    assert ops(scaled, "fault") == [kind.value]


def test_a_hang_ends_with_a_reset_when_the_client_waits_too_long(face: Face) -> None:
    with JiraStandIn(amended(demo(face), {"hang_most": 0.2})) as jira, Asking.of(jira) as asking:
        jira.fault(Kind.HANG, on="fetch")
        with pytest.raises(httpx2.ReadError):
            asking.ask("GET", "/issue/PAY-1")


@pytest.mark.parametrize(
    ("kind", "status", "type_"),
    [
        (Kind.ERROR_500, 500, "application/json"),
        (Kind.ERROR_503, 503, "application/json"),
        (Kind.MAINTENANCE, 503, "text/html"),
        (Kind.LOGIN_PAGE, 200, "text/html"),
        (Kind.UNAUTHORISED, 401, "application/json"),
        (Kind.CONFLICT, 409, "application/json"),
    ],
)
def test_a_plain_fault_answers_instead_and_commits_nothing(
    scaled: JiraStandIn, impatient: Asking, kind: Kind, status: int, type_: str
) -> None:
    scaled.fault(kind, on="create")
    answer = impatient.creating()
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (status, type_)
    assert scaled.tickets() == []
    assert impatient.create() == "PAY-1"


def test_a_limit_tells_the_wait_in_seconds_or_as_a_date(jira: JiraStandIn, asking: Asking) -> None:
    jira.fault(Kind.LIMIT_SECONDS, on="search", seconds=7)
    jira.fault(Kind.LIMIT_DATE, on="search", seconds=7)
    first, second = (asking.searching("project = PAY") for _ in range(2))
    assert (first.status_code, first.headers["retry-after"]) == (429, "7")
    told = email.utils.parsedate_to_datetime(second.headers["retry-after"]).timestamp()
    assert second.status_code == 429
    assert 6 <= told - time.time() <= 9


def test_a_slow_answer_is_right(scaled: JiraStandIn, impatient: Asking) -> None:
    scaled.fault(Kind.SLOW, on="create", seconds=5.0)
    asked = time.monotonic()
    assert impatient.create() == "PAY-1"
    assert time.monotonic() - asked >= 5.0 * SCALE


def test_comments_and_transitions_suffer_too(scaled: JiraStandIn, impatient: Asking) -> None:
    key = impatient.create()
    scaled.fault(Kind.COMMIT_RESET, on="comment")
    scaled.fault(Kind.COMMIT_TRUNCATE, on="transition")
    with pytest.raises(httpx2.ReadError):
        impatient.ask("POST", f"/issue/{key}/comment", json={"body": impatient.words("again")})
    with pytest.raises(httpx2.RemoteProtocolError):
        impatient.ask("POST", f"/issue/{key}/transitions", json={"transition": {"id": "41"}})
    ticket = scaled.tickets()[0]
    assert (len(ticket["comments"]), ticket["status"]) == (1, "Done")


def test_a_fault_strikes_only_what_it_is_aimed_at(jira: JiraStandIn, asking: Asking) -> None:
    jira.fault(Kind.ERROR_500, on="create", match="unlucky")
    jira.fault(Kind.ERROR_503, on="write", times=2)
    assert asking.searching("project = PAY").status_code == 200
    assert [asking.creating().status_code for _ in range(3)] == [503, 503, 201]
    assert asking.creating(summary="unlucky").status_code == 500


def test_a_refused_request_is_refused_even_under_a_committing_fault(jira: JiraStandIn, asking: Asking) -> None:
    jira.fault(Kind.COMMIT_502, on="create")
    assert asking.creating(labels=["a b"]).status_code == 400
    assert jira.log() == []


def test_faults_are_scripted_over_http_and_wrong_ones_refused(asking: Asking) -> None:
    url = f"{asking.url}/_standin/faults"
    assert httpx2.post(url, json=[{"kind": "error-500", "on": "fetch"}, {"kind": "hang"}]).json() == {"queued": 2}
    for wrong in ({"kind": "no-such"}, {"kind": "hang", "on": "everything"}, {"kind": "hang", "extra": 1}):
        assert httpx2.post(url, json=wrong).status_code == 400
    assert asking.ask("GET", "/issue/PAY-1").status_code == 500
    assert httpx2.delete(url).json() == {"queued": 0}


def test_revoked_credentials_are_refused_until_they_are_given_back(asking: Asking) -> None:
    asking.control("config", revoked=True)
    assert asking.creating().status_code == 401
    assert asking.searching("project = PAY").status_code == 401
    asking.control("config", revoked=False)
    assert asking.create() == "PAY-1"


def test_a_wrong_configuration_is_refused_and_changes_nothing(asking: Asking) -> None:
    for wrong in ({"index_lagg": [0, 1]}, {"rates": [{"on": "create", "kind": "nonsense", "chance": 1}]}):
        assert httpx2.post(f"{asking.url}/_standin/config", json=wrong).status_code == 400
    assert asking.create() == "PAY-1"


def test_chance_follows_its_seed(face: Face) -> None:
    rates = [Rate(on="create", kind="error-500", chance=0.3), Rate(on="write", kind="error-503", chance=0.2)]
    config = amended(demo(face), {"seed": 7, "rates": rates})
    outcomes = []
    for _ in range(2):
        with JiraStandIn(config) as jira, Asking.of(jira) as asking:
            asking.control(
                "config", rates=[{"on": rate.on, "kind": rate.kind, "chance": rate.chance} for rate in rates]
            )
            outcomes.append([asking.creating().status_code for _ in range(60)])
    assert outcomes[0] == outcomes[1]
    assert {outcomes[0].count(status) > 5 for status in (201, 500, 503)} == {True}
