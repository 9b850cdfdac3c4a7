"""`make bench` collects what every benchmark says in its last line, and hides no failure."""

import json
from pathlib import Path

from bench.__main__ import find_runs, main

GOOD = """import sys
if __name__ == "__main__":
    print("warming up")
    print('{"per_s": 1500, "words": %d}' % len(sys.argv))
"""
SILENT = "if __name__ == '__main__':\n    print('done')\n"
FALLING = "import sys\nif __name__ == '__main__':\n    print('{\"duplicates\": 1}')\n    sys.exit(1)\n"


def written(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return folder


def test_the_last_line_of_each_benchmark_is_its_result(tmp_path: Path) -> None:
    folder = written(tmp_path, intake=GOOD, shared="RATE = 1\n")
    assert main(["--folder", str(folder), "--quick"]) == 0
    report = json.loads((folder / "results.json").read_text())
    assert report["quick"] is True
    assert report["machine"]["cores"] >= 1
    assert list(report["results"]) == ["intake"]
    assert report["results"]["intake"] | {"took_s": 0} == {"per_s": 1500, "words": 2, "took_s": 0}


def test_the_torture_runs_once_per_store(tmp_path: Path) -> None:
    runs = list(find_runs(written(tmp_path, torture=GOOD), quick=False))
    assert [(run.name, run.arguments) for run in runs] == [
        ("torture_sqlite", ("--store", "sqlite")),
        ("torture_postgres", ("--store", "postgres")),
    ]


def test_a_benchmark_without_a_result_fails_the_run_and_says_so(tmp_path: Path) -> None:
    folder = written(tmp_path, silent=SILENT, falling=FALLING, intake=GOOD)
    assert main(["--folder", str(folder)]) == 1
    results = json.loads((folder / "results.json").read_text())["results"]
    assert results["silent"]["failed"] == "exit 0; the last line is no JSON object: 'done'"
    assert results["falling"] | {"took_s": 0} == {"duplicates": 1, "failed": "exit 1", "took_s": 0}
    assert "failed" not in results["intake"]


def test_a_folder_without_benchmarks_is_a_failure(tmp_path: Path) -> None:
    assert main(["--folder", str(tmp_path)]) == 1


def test_one_benchmark_run_again_leaves_the_figures_of_the_others(tmp_path: Path) -> None:
    folder = written(tmp_path, intake=GOOD, store=GOOD)
    main(["--folder", str(folder)])
    written(tmp_path, store=GOOD.replace("1500", "1700"))
    assert main(["--folder", str(folder), "--only", "store"]) == 0
    results = json.loads((folder / "results.json").read_text())["results"]
    assert (results["intake"]["per_s"], results["store"]["per_s"]) == (1500, 1700)
    assert "at" in results["store"]
