"""One occurrence reads alike from the API, from a webhook and from an old plugin."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.integrations.sentry.fixtures import load, needs_samples, samples
from vedette.integrations.sentry.occurrences import occurrence
from vedette.model.issues import Frame, Occurrence


def stack(*names: str, **extra: Any) -> dict[str, Any]:
    return {"stacktrace": {"frames": [{"filename": name} for name in names]}, **extra}


def files(found: Occurrence) -> list[list[str | None]]:
    return [[frame.filename for frame in fault.frames] for fault in found.faults]


def test_an_api_event_gives_every_part() -> None:
    found = occurrence(load("api_event_latest"))
    assert found.event_id == "5b0e0c1a8d1f4e53a0c2f6d7e8091a2b"
    assert found.occurred_at == datetime(2031, 3, 14, 9, 26, 53, tzinfo=UTC)
    assert (found.level, found.environment, found.release) == ("error", "production", "shop@2.4.0")
    assert found.url == "https://shop.example.test/checkout"
    assert ("user", "id:2") in found.tags
    assert found.faults[0].frames == (
        Frame(
            filename="shop/payment/gateway.py",
            abs_path="/srv/shop/shop/payment/gateway.py",
            module="shop.payment.gateway",
            function="charge",
            lineno=88,
            in_app=True,
            context_line="        raise PaymentRefused(card)",
        ),
    )


def test_a_chain_keeps_sentrys_order_and_frames_theirs() -> None:
    found = occurrence({"exception": {"values": [stack("a.py", type="First"), stack("b.py", "c.py", type="Last")]}})
    assert [fault.type for fault in found.faults] == ["First", "Last"]
    assert files(found) == [["a.py"], ["b.py", "c.py"]]


def test_a_raw_stack_stands_in_for_a_missing_one() -> None:
    raw = {"type": "E", "stacktrace": None, "rawStacktrace": {"frames": [{"filename": "min.js"}]}}
    assert files(occurrence({"entries": [{"type": "exception", "data": {"values": [raw]}}]})) == [["min.js"]]


def test_without_an_exception_the_crashed_thread_gives_the_stack() -> None:
    threads = {"values": [stack("idle.py", crashed=False), stack("crash.py", crashed=True)]}
    assert files(occurrence({"threads": threads})) == [["crash.py"]]


def test_an_exception_without_a_stack_takes_the_crashed_threads() -> None:
    said = {
        "exception": {"values": [{"type": "SIGSEGV", "value": "0x0"}]},
        "threads": {"values": [stack("main.c", crashed=True)]},
    }
    found = occurrence(said)
    assert (found.faults[0].type, files(found)) == ("SIGSEGV", [["main.c"]])


def test_idle_threads_do_not_lend_their_stack() -> None:
    said = {
        "exception": {"values": [{"type": "E"}]},
        "threads": {"values": [stack("pool.py"), stack("loop.py", crashed=False)]},
    }
    assert files(occurrence(said)) == [[]]


def test_a_bare_stacktrace_is_a_fault_without_a_type() -> None:
    found = occurrence({"entries": [{"type": "stacktrace", "data": {"frames": [{"filename": "x.py"}]}}]})
    assert (found.faults[0].type, files(found)) == ("", [["x.py"]])


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"logentry": {"formatted": "disk full on web-1", "message": "disk full on %s"}}, "disk full on web-1"),
        ({"entries": [{"type": "message", "data": {"formatted": "disk full"}}], "message": "x"}, "disk full"),
        ({"sentry.interfaces.Message": {"message": "old"}}, "old"),
        ({"message": "plain"}, "plain"),
    ],
)
def test_a_message_only_event_has_its_message_and_no_faults(said: Any, message: str) -> None:
    found = occurrence(said)
    assert (found.message, found.faults) == (message, ())


@pytest.mark.parametrize(
    "tags",
    [[["tier", "gold"], ["odd"], ["none", None]], [{"key": "tier", "value": "gold"}, {"key": "x"}], {"tier": "gold"}],
)
def test_tags_come_as_pairs_as_objects_or_as_one_object(tags: Any) -> None:
    assert occurrence({"tags": tags}).tags == (("tier", "gold"),)


def test_tags_tell_what_the_event_itself_does_not() -> None:
    found = occurrence(
        {"tags": [["level", "fatal"], ["environment", "dev"], ["release", "1.2"], ["url", "https://a.test"]]}
    )
    assert (found.level, found.environment, found.release, found.url) == ("fatal", "dev", "1.2", "https://a.test")


def test_nothing_at_all_is_an_empty_occurrence() -> None:
    assert occurrence(None) == Occurrence(event_id="")


def test_glitchtips_snake_case_lists_read_as_well() -> None:
    said = {"event_id": "ab", "date_created": "2031-03-14T09:26:53+00:00", "title": "KeyError"}
    found = occurrence(said)
    assert (found.event_id, found.occurred_at, found.title) == (
        "ab",
        datetime(2031, 3, 14, 9, 26, 53, tzinfo=UTC),
        "KeyError",
    )


ODD: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "entries",
                    "type",
                    "data",
                    "values",
                    "frames",
                    "stacktrace",
                    "exception",
                    "threads",
                    "tags",
                    "context",
                    "key",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(said=ODD)
def test_whatever_is_said_it_never_raises(said: Any) -> None:
    assert isinstance(occurrence(said), Occurrence)


@needs_samples
def test_a_recorded_event_gives_its_frames() -> None:
    said = json.loads((samples() / "084_GET_event_latest_200.json").read_text())["body"]
    found = occurrence(said)
    assert [frame.function for frame in found.faults[0].frames] == ["<module>", "charge"]
    assert found.faults[0].frames[1].context_line is not None
    assert (found.environment, found.release, found.level) == ("production", "shop@1.2.3", "error")
