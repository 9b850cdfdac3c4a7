"""JSON lines: the suite of sinks, the shipped queries, and what can happen to a file."""

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.conformance.sinks import ISSUE, POINT, Kept, SinkCase, SinkConformance, Spot, at, push
from tests.house.documents import fences
from tests.house.sources import ROOT
from vedette.errors import Unauthorised, Unavailable
from vedette.integrations.jsonl import Config, JsonLines
from vedette.model.issues import IssueKey
from vedette.model.metrics import Point
from vedette.ports.http import Fence, LeaseSpent

PAGE = ROOT / "docs" / "how-to" / "write-json-lines.md"
SHIPPED = {language: body for _, language, body in fences(PAGE)}


def made(path: Path, **settings: Any) -> JsonLines:
    return JsonLines("file", Config(path=path, **settings), timeout=2)


def read(folder: Path) -> list[dict[str, Any]]:
    """Every line of the folder's files, in the order of files and lines."""
    return [json.loads(line) for file in sorted(folder.glob("*.jsonl")) for line in file.read_bytes().splitlines()]


def fold(lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """By the Python that the page shows."""
    names: dict[str, Any] = {"__name__": "shown"}
    exec(compile(SHIPPED["python"], "write-json-lines.md", "exec"), names)
    folded: list[dict[str, Any]] = names["fold"]([json.dumps(line) for line in lines])
    return folded


def fold_by_sql(lines: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """By the SQL that the page shows for DuckDB, in SQLite over a table of the lines: the windows are standard SQL."""
    query = SHIPPED["sql"].replace(
        "read_json('errors*.jsonl', format = 'newline_delimited', union_by_name = true)", "raw"
    )
    columns = list(dict.fromkeys(name for line in lines for name in line))
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute(f"CREATE TABLE raw ({', '.join(json.dumps(name) for name in columns)})")
        rows = [[_plain(line.get(name)) for name in columns] for line in lines]
        database.executemany(f"INSERT INTO raw VALUES ({', '.join('?' * len(columns))})", rows)
        return database.execute(query).fetchall()


def _plain(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list | dict) else value


def case_of(folder: Path, **settings: Any) -> SinkCase:
    def points() -> list[dict[str, Any]]:
        return [line for line in fold(read(folder)) if line["type"] == "point"]

    def spot(line: dict[str, Any]) -> Spot:
        return (line["filter"], datetime.fromisoformat(line["end"]))

    return SinkCase(
        made(folder / "errors.jsonl", **settings),
        chart=lambda: {spot(line): line["errors"] for line in points() if line["errors"] is not None},
        kept=lambda: [
            Kept(*spot(line), line["errors"], line["vedette.point_id"])
            for line in read(folder)
            if line["type"] == "point"
        ],
        whole=lambda: {spot(line): line["complete"] for line in points()},
        bodies=lambda: read(folder),
        knows=frozenset(),
    )


class TestJsonLines(SinkConformance):
    """One file."""

    @pytest.fixture
    def case(self, tmp_path: Path) -> Iterator[SinkCase]:
        with closing(case_of(tmp_path)) as case:
            yield case


class TestDailyFiles(SinkConformance):
    """A file for each day."""

    @pytest.fixture
    def case(self, tmp_path: Path) -> Iterator[SinkCase]:
        with closing(case_of(tmp_path, daily=True)) as case:
            yield case


TWICE = (
    POINT,
    at(1, total=5),
    POINT,
    replace(at(1, total=8), revision=2),
    replace(at(1, total=7), revision=1),
    replace(POINT, revision=1, total=43, trending=(replace(ISSUE, issue=IssueKey("default", "9")), ISSUE)),
)
FOLDED = [("2026-03-01T11:55:00Z", "checkout", 8), ("2026-03-01T12:00:00Z", "checkout", 43)]


@pytest.fixture
def twins(tmp_path: Path) -> Path:
    sink = made(tmp_path / "errors.jsonl")
    for point in TWICE:
        push(sink, point)
    return tmp_path


def seen(lines: Sequence[dict[str, Any]]) -> tuple[list[tuple[str, str, int]], list[str]]:
    points = sorted((line["end"], line["filter"], line["errors"]) for line in lines if line["type"] == "point")
    return points, sorted(line["issue"] for line in lines if line["type"] == "issue")


def test_the_shipped_python_folds_twins_and_revisions(twins: Path) -> None:
    assert seen(fold(read(twins))) == (FOLDED, ["4512", "9"])
    script = twins / "fold.py"
    script.write_text(SHIPPED["python"], encoding="utf-8")
    with (twins / "errors.jsonl").open("rb") as lines:
        said = subprocess.run([sys.executable, "-I", script], stdin=lines, capture_output=True, check=True)
    assert seen([json.loads(line) for line in said.stdout.splitlines()]) == (FOLDED, ["4512", "9"])


def test_the_shipped_sql_folds_twins_and_revisions(twins: Path) -> None:
    assert [(end, name, errors) for end, name, _, errors, _, _ in fold_by_sql(read(twins))] == FOLDED


def test_the_shipped_jq_folds_twins_and_revisions(twins: Path) -> None:
    program = shutil.which("jq")
    if program is None:
        pytest.skip("no jq on the PATH: the Debian package jq brings it")
    script = twins / "fold.jq"
    script.write_text(SHIPPED["jq"], encoding="utf-8")
    said = subprocess.run(
        [program, "-cs", "-f", script, twins / "errors.jsonl"], capture_output=True, check=True, timeout=20
    )
    assert seen([json.loads(line) for line in said.stdout.splitlines()]) == (FOLDED, ["4512", "9"])


def test_the_lines_on_the_page_have_the_keys_that_are_written(tmp_path: Path) -> None:
    shown = [json.loads(line) for line in SHIPPED["json"].splitlines()]
    assert [list(line) for line in shown] == [list(line) for line in made(tmp_path / "x").render([POINT])]


@pytest.mark.parametrize("torn", [b'{"type":"poi', b'{"title":"\xc3', b"{" + b"x" * 200_000])
def test_a_torn_last_line_is_taken_away_and_nothing_is_glued_to_it(tmp_path: Path, torn: bytes) -> None:
    file = tmp_path / "errors.jsonl"
    sink = made(file)
    push(sink, at(1, total=5))
    whole = file.read_bytes()
    file.write_bytes(whole + torn)
    push(sink, POINT)
    assert file.read_bytes().startswith(whole + b'{"type":"point"')
    assert [line["errors"] for line in read(tmp_path) if line["type"] == "point"] == [5, 42]


def test_a_file_that_is_nothing_but_a_torn_line_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "errors.jsonl").write_bytes(b'{"type"')
    push(made(tmp_path / "errors.jsonl"), at(0, total=1))
    assert [line["errors"] for line in read(tmp_path)] == [1]


def test_a_whole_line_that_somebody_left_without_its_end_stays(tmp_path: Path) -> None:
    (tmp_path / "errors.jsonl").write_bytes(b'{"mine": 1}')
    push(made(tmp_path / "errors.jsonl"), at(0, total=1))
    assert [line.get("errors") for line in read(tmp_path)] == [None, 1]


def test_many_writers_at_once_glue_and_lose_nothing(tmp_path: Path) -> None:
    def write(n: int) -> None:
        sink = made(tmp_path / "errors.jsonl", max_bytes=20_000)
        for window in range(20):
            push(sink, at(window, filter_=f"writer-{n}", total=window))

    writers = [Thread(target=write, args=(n,)) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    found = [(line["filter"], line["errors"]) for line in read(tmp_path)]
    assert sorted(found) == sorted((f"writer-{n}", window) for n in range(4) for window in range(20))
    sizes = [file.stat().st_size for file in tmp_path.glob("*.jsonl")]
    assert len(sizes) > 1
    assert max(sizes) <= 20_000


def test_a_full_file_is_set_aside_under_the_next_free_name(tmp_path: Path) -> None:
    sink = made(tmp_path / "errors.jsonl", max_bytes=1)
    (tmp_path / "errors.7.jsonl").write_bytes(b"")
    for window in (2, 1, 0):
        push(sink, at(window, total=window))
    assert sorted(file.name for file in tmp_path.glob("*.jsonl")) == [
        "errors.7.jsonl",
        "errors.8.jsonl",
        "errors.9.jsonl",
        "errors.jsonl",
    ]
    assert [line["errors"] for line in read(tmp_path)] == [2, 1, 0]


def test_a_days_file_holds_the_windows_that_end_in_it_and_their_late_revisions(tmp_path: Path) -> None:
    sink = made(tmp_path / "errors.jsonl", daily=True)
    day = timedelta(days=1)
    old = replace(POINT, window=POINT.window.earlier(day), trending=())
    push(sink, POINT, old)
    push(sink, replace(old, total=50, revision=1))
    assert [line["errors"] for line in read_one(tmp_path / "errors-2026-02-28.jsonl")] == [42, 50]
    assert [line["type"] for line in read_one(tmp_path / "errors-2026-03-01.jsonl")] == ["point", "issue"]


def read_one(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_bytes().splitlines()]


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Files of this process end at that many bytes, as a disk does that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_where_there_is_no_room_for_all_lines_none_is_written_and_the_next_push_brings_them(tmp_path: Path) -> None:
    file = tmp_path / "errors.jsonl"
    sink = made(file)
    push(sink, at(1, total=5))
    before = file.read_bytes()
    points: list[Point] = [POINT, at(0, filter_="other", total=3)]
    with room_for(len(before) + 300), pytest.raises(Unavailable) as told:
        push(sink, *points)
    assert "cannot write" in str(told.value)
    assert file.read_bytes() == before
    push(sink, *points)
    assert seen(read(tmp_path))[0] == [
        ("2026-03-01T11:55:00Z", "checkout", 5),
        ("2026-03-01T12:00:00Z", "checkout", 42),
        ("2026-03-01T12:00:00Z", "other", 3),
    ]


def test_a_full_disk_is_told_as_such_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "errors.jsonl").symlink_to("/dev/full")
    with pytest.raises(Unavailable, match=r"no space left on device; .* with room in it"):
        push(made(tmp_path / "errors.jsonl"), POINT)


def test_a_folder_that_is_not_there_is_told_and_found_by_the_check(tmp_path: Path) -> None:
    sink = made(tmp_path / "gone" / "errors.jsonl")
    with pytest.raises(Unavailable, match="no such file or directory"):
        push(sink, POINT)
    (finding,) = sink.check()
    assert (finding.ok, "existing folder" in finding.cure, "existing folder" in finding.message) == (False, True, False)
    (tmp_path / "gone").mkdir()
    push(sink, POINT)
    (finding,) = sink.check()
    assert finding.ok


def test_a_folder_that_may_not_be_written_to_pauses_the_sink_and_loses_nothing(tmp_path: Path) -> None:
    sink = made(tmp_path / "errors.jsonl")
    with nobody(tmp_path):
        with pytest.raises(Unauthorised, match="permission denied"):
            push(sink, POINT)
        (finding,) = sink.check()
        assert not finding.ok
    push(sink, POINT)
    assert len(read(tmp_path)) == 2


@contextmanager
def nobody(folder: Path) -> Iterator[None]:
    """The folder is closed to this process, which root has to step down for."""
    folder.chmod(0o500)
    if is_root := os.geteuid() == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(0o700)


def test_a_lock_that_another_process_keeps_is_waited_for_and_then_told(tmp_path: Path) -> None:
    held = "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, 2); print('held', flush=True); input()"
    lock = tmp_path / "errors.jsonl.lock"
    sink = JsonLines("file", Config(path=tmp_path / "errors.jsonl"), timeout=0.2)
    with subprocess.Popen(
        [sys.executable, "-Ic", held, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(Unavailable, match="another process keeps"):
            push(sink, POINT)
        process.kill()
    push(sink, POINT)
    assert len(read(tmp_path)) == 2


def test_nothing_is_written_once_the_lease_is_over(tmp_path: Path) -> None:
    with pytest.raises(LeaseSpent):
        made(tmp_path / "errors.jsonl").push([POINT], fence=Fence.after(-1))
    assert read(tmp_path) == []


def test_a_push_that_was_killed_half_way_leaves_lines_that_fold_to_the_truth(tmp_path: Path) -> None:
    file = tmp_path / "errors.jsonl"
    sink = made(file)
    points = [at(window, total=window) for window in (3, 2, 1)]
    push(sink, *points)
    whole = file.read_bytes()
    for cut in range(0, len(whole), 97):
        file.write_bytes(whole[:cut])
        push(sink, *points)
        assert sorted(line["errors"] for line in fold(read(tmp_path))) == [1, 2, 3]
