"""Which occurrences are alike."""

from typing import Any

import pytest

from vedette.sandbox.sentry import grouping


def crashed(*functions: str, kind: str = "BoomError", value: str = "boom", library: str = "get") -> dict[str, Any]:
    ours = [{"module": "shop", "function": name, "in_app": True} for name in functions]
    theirs = {"module": "library", "function": library, "in_app": False}
    return {"exception": {"values": [{"type": kind, "value": value, "stacktrace": {"frames": [*ours, theirs]}}]}}


def said(text: str) -> dict[str, Any]:
    return {"message": text}


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (crashed("buy"), crashed("buy"), True),
        (crashed("buy", value="1"), crashed("buy", value="2"), True),
        (crashed("buy", library="get"), crashed("buy", library="post"), True),
        (crashed("buy"), crashed("sell"), False),
        (crashed("buy"), crashed("buy", kind="OtherError"), False),
        (crashed(library="get"), crashed(library="post"), False),
        (said("job 17 took 3.5 s"), said("job 18 took 0.1 s"), True),
        (said("job 17 failed"), said("job 17 was slow"), False),
        (crashed("buy") | {"fingerprint": ["a"]}, said("x") | {"fingerprint": ["a"]}, True),
        (crashed("buy") | {"fingerprint": ["{{ default }}", "a"]}, crashed("buy"), False),
        (crashed("buy") | {"fingerprint": ["{{ default }}"]}, crashed("buy"), True),
    ],
)
def test_occurrences_are_alike_by_fingerprint_then_own_frames_then_template(
    one: dict[str, Any], other: dict[str, Any], alike: bool
) -> None:
    assert (grouping.hashes(one) == grouping.hashes(other)) is alike


def test_the_culprit_is_the_own_frame_nearest_to_the_crash_or_the_transaction() -> None:
    assert grouping.culprit(crashed("enter", "buy")) == "shop in buy"
    assert grouping.culprit(crashed("buy") | {"transaction": "/cart"}) == "/cart"
    assert grouping.culprit(said("hello")) == ""
