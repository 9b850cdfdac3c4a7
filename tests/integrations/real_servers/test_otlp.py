"""OTLP into a real server, where the machine has one that takes it, with the value read back."""

import re
import shutil
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.integrations.real_servers.launcher import prometheus
from tests.integrations.real_servers.points import last_window, point
from vedette.integrations.otlp import Config, Otlp
from vedette.ports.http import Fence

# Prometheus takes OTLP from 2.47 on behind a flag, and from 3.0 on with one of another name.
FIRST = (2, 47)


def version() -> tuple[int, ...] | None:
    program = shutil.which("prometheus")
    if program is None:
        return None
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"version (\d+)\.(\d+)", said.stdout + said.stderr)
    return (int(found[1]), int(found[2])) if found else None


@pytest.mark.parametrize("encoding", ["protobuf", "json"])
def test_a_total_is_read_back_and_the_same_again_changes_nothing(tmp_path: Path, encoding: str) -> None:
    there = version()
    if there is None or there < FIRST:
        has = f"is {there[0]}.{there[1]}" if there else "is not on the PATH"
        pytest.skip(f"no server here takes OTLP: prometheus {has}, and takes it from 2.47 on")
    flag = "--web.enable-otlp-receiver" if there >= (3, 0) else "--enable-feature=otlp-write-receiver"
    with prometheus(tmp_path, flag) as server:
        config = Config.model_validate(
            {"url": f"{server.url}/api/v1/otlp/v1/metrics", "encoding": encoding, "allow_private": True}
        )
        with closing(Otlp("otel", config, timeout=5)) as sink:
            for _ in range(2):
                sink.push([point(0, ago=1), point(42)], fence=Fence.after(10))
        end = int(last_window().end.timestamp())
        ((labels, samples),) = server.instant('{__name__=~"vedette[._]errors"}[1h]', at=end + 1)
    assert (labels["filter"], samples) == ("checkout", [(end - 300, "0"), (end, "42")])
