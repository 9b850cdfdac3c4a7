"""The log: one JSON object a line, whoever speaks, and no secret in it, whatever it is handed."""

import json
import subprocess
import sys
from typing import Any

SPEAKING = """
import logging, structlog
from vedette.cli.logging import set_up
from vedette.model.issues import IssueKey
from vedette.model.secret import Secret
set_up(level="info")
log = structlog.get_logger("vedette")
log.debug("unheard")
log.info("decided", issue=IssueKey("default", "1"), count=3, names=("a", "b"))
log.info("leaky", secret=Secret(("hunter2",), "env/X"), nested={"s": [Secret(("hunter2",), "env/X")]})
logging.getLogger("somebody.else").warning("spoke of %s", 7)
logging.getLogger("somebody.else").info("unheard")
try:
    raise ValueError("why")
except ValueError:
    log.exception("bug")
"""


def spoken() -> list[dict[str, Any]]:
    done = subprocess.run([sys.executable, "-c", SPEAKING], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_every_line_is_one_object_with_level_and_time() -> None:
    lines = spoken()
    assert [line["event"] for line in lines] == ["decided", "leaky", "spoke of 7", "bug"]
    assert all(line["level"] and line["at"].endswith("Z") for line in lines)
    assert lines[0] | {"at": ""} == {
        "event": "decided",
        "level": "info",
        "at": "",
        "issue": "default/1",
        "count": 3,
        "names": ["a", "b"],
    }
    assert "ValueError: why" in lines[-1]["exception"]


def test_a_secret_that_strays_into_the_log_shows_where_it_came_from_and_nothing_else() -> None:
    leaky = spoken()[1]
    assert "hunter2" not in json.dumps(leaky)
    assert (leaky["secret"], leaky["nested"]) == ("Secret(env/X)", {"s": ["Secret(env/X)"]})
