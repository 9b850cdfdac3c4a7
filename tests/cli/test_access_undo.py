"""`vedette access undo` on the command line, against a stand-in Sentry over HTTP."""

import json
from pathlib import Path

import pytest

from tests.cli.test_access_plan import Say, checksum_in, config, say, sentry, writes
from vedette.sandbox.sentry import SentryStandIn

__all__ = ["config", "say", "sentry"]


@pytest.fixture
def file(say: Say, tmp_path: Path) -> Path:
    """The undo file of a run that made everything that is declared."""
    code, out, err = say("apply", "--checksum", checksum_in(say("plan")[1]))
    assert code == 0, out + err
    (path,) = tmp_path.glob("access-undo-*.json")
    return path


def names(say: Say) -> list[str]:
    """What the organisation lacks of what is declared, in words."""
    plan = json.loads(say("plan", "--no-record", "--format", "json")[1])
    return sorted(
        f"{each['change']} {each.get('email') or each.get('project') or each.get('team')}"
        for each in plan["organizations"][0]["changes"]
    )


def test_a_run_is_taken_back_and_the_organisation_is_as_before(say: Say, tmp_path: Path, sentry: SentryStandIn) -> None:
    before = names(say)
    code, out, err = say("apply", "--checksum", checksum_in(say("plan")[1]))
    assert code == 0, out + err
    (path,) = tmp_path.glob("access-undo-*.json")
    assert names(say) == []
    made = len(writes(sentry))
    flags = ["--delete-project", "warehouse", "--delete-team", "data", "--allow-deletions"]
    code, out, err = say("undo", str(path), *flags)
    assert (code, err) == (0, ""), out
    assert "- delete team data" in out
    assert "it takes back what run 1 did" in out
    assert f"vedette access undo {path}" in out
    assert "The declaration still stands" in out
    assert len(writes(sentry)) == made
    code, out, err = say("undo", str(path), "--checksum", checksum_in(out), *flags)
    assert code == 0, out + err
    assert "run 2: " in out
    assert "The declaration still stands" in out
    assert names(say) == before
    code, out, _ = say("undo", str(path), *flags)
    assert code == 0
    assert "There is nothing to take back." in out
    assert "--checksum" not in out
    assert "run 2  " in say("runs")[1]
