"""CODEOWNERS at the size of GitHub's limit: how long a file of 40,000 rules takes to read, and a path to match.

Everything is made from one seed, so that two runs ask the same. Paths are distinct and the memory of directories is
empty at the start of each round. PyPI's `codeowners` answers a sample of the same paths in the same run; every
difference is put down to a known defect of one side, or the run fails.
"""

import argparse
import gc
import importlib
import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from vedette.rules.codeowners import parse

RULES: Final = 40_000
PATHS: Final = 10_000
BYTES: Final = 3_000_000

_WORDS: Final = """
account adapter alert archive audit balance batch billing branch bridge broker budget bundle cache canvas
card cart catalog channel charge checkout claim client cluster column connector console contract courier
credit currency customer dashboard delivery deposit digest discount dispute engine escrow exchange export
feature feed filter folder fraud gateway gift graph identity import index ingest insight inventory
invoice journal kernel label ledger limit loyalty mailer market merchant message meter mobile notice
offer onboarding order partner payment payout pipeline planner policy portal price product profile promo
provider queue quote rate receipt refund region report reserve return review reward risk route sandbox
schedule search segment session settlement shipment signal snapshot source statement stock storage stream
subscription supply support tax team tender terminal token tracker transfer vault
""".split()  # noqa: SIM905 - a hundred and twenty lines would say no more
_ENDINGS: Final = (".py", ".ts", ".tsx", ".go", ".java", ".kt", ".rb", ".sql", ".md", ".yaml", ".proto", ".css")
_ROOTS: Final = ("services", "libraries", "applications", "infrastructure", "platform", "tools")


def rival() -> Any:
    """PyPI's `codeowners`; this file bears the same name and would be found first when it is run as a script."""
    here = Path(__file__).resolve().parent
    kept = sys.path[:]
    sys.path[:] = [place for place in kept if Path(place).resolve() != here]
    try:
        return importlib.import_module("codeowners").CodeOwners
    finally:
        sys.path[:] = kept


def make_tree(chance: random.Random) -> list[str]:
    """The directories of a large repository: two thirds as many as rules, each below one that was there before."""
    tree = [f"{root}/{word}" for root in _ROOTS for word in chance.sample(_WORDS, 20)]
    seen = set(tree)
    while len(tree) < RULES * 2 // 3:
        parent = chance.choice(tree)
        name = chance.choice(_WORDS) if chance.random() < 0.7 else f"{chance.choice(_WORDS)}-{chance.choice(_WORDS)}"
        directory = f"{parent}/{name}"
        if directory.count("/") < 6 and directory not in seen:
            seen.add(directory)
            tree.append(directory)
    return tree


def _file_name(chance: random.Random) -> str:
    return f"{chance.choice(_WORDS)}_{chance.choice(_WORDS)}{chance.choice(_ENDINGS)}"


def _pattern(chance: random.Random, directory: str) -> str:
    """One pattern; the shares follow large public files: mostly directories and files, a few real globs."""
    dice = chance.random()
    if dice < 0.55:
        return f"/{directory}/"
    if dice < 0.80:
        return f"/{directory}/{_file_name(chance)}"
    if dice < 0.87:
        return f"/{directory}/*"
    if dice < 0.91:
        return f"/{directory}/**/*{chance.choice(_ENDINGS)}"
    if dice < 0.94:
        return f"/{directory}/{chance.choice(_WORDS)}_*"
    if dice < 0.96:
        return f"/{directory.rpartition('/')[0]}/*/{_file_name(chance)}"
    if dice < 0.98:
        return _file_name(chance)
    return f"**/{chance.choice(_WORDS[:12])}/{_file_name(chance)}"


def make_file(chance: random.Random, directories: list[str]) -> str:
    """A file of 40,000 rules and about 3 MB, the limit of GitHub."""
    owners = [f"@acme/{a}-{b}" for a in _WORDS[:40] for b in ("core", "api", "web")]
    lines = ["* @acme/platform", "*.md @acme/writers", "*.sql @acme/data @acme/storage"]
    while len(lines) < RULES:
        given = "" if chance.random() < 0.01 else " ".join(chance.sample(owners, chance.choice((1, 1, 1, 2))))
        lines.append(f"{_pattern(chance, chance.choice(directories))} {given}".rstrip())
    # Comments bring it to size, as they do in life.
    missing = BYTES - sum(len(line) + 1 for line in lines)
    comment = f"# {'-' * max(missing // (RULES // 8) - 3, 0)}\n"
    return "".join(f"{'' if at % 8 else comment}{line}\n" for at, line in enumerate(lines))


def make_paths(chance: random.Random, directories: list[str], *, each: int) -> list[str]:
    """Distinct paths, `each` to a directory; one directory in ten is new to the file."""
    paths: dict[str, None] = {}
    while len(paths) < PATHS:
        directory = chance.choice(directories)
        if chance.random() < 0.1:
            directory = f"{directory}/{chance.choice(_WORDS)}/{chance.choice(_WORDS)}"
        paths.update(dict.fromkeys(f"{directory}/{_file_name(chance)}" for _ in range(each)))
    return chance.sample(list(paths), PATHS)


def _timed(work: Callable[[], object]) -> float:
    """Seconds of processor time: on an idle machine the time on the clock, on a busy one not that of others."""
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


def _time_matching(text: str, paths: list[str]) -> float:
    """Seconds to match all paths with a file just read: no directory is remembered, no answer was given before."""
    owners = parse(text)
    return _timed(lambda: [owners.match(path) for path in paths])


def _known_defect(pattern: str | None) -> bool:
    """Whether a pattern is one of the two that `codeowners` 0.9 reads otherwise than GitHub does."""
    return pattern is not None and ("[" in pattern or pattern.endswith("/**/"))


def _differences(text: str, theirs: Any, paths: list[str]) -> list[tuple[str, str | None, Any]]:
    """The paths that the two answer differently, each with our pattern and theirs."""
    ours = parse(text)
    found: list[tuple[str, str | None, Any]] = []
    for path in paths:
        match = ours.match(path)
        owners, line, pattern, _ = theirs.matching_line(path)
        told = None if line is None else (tuple(owner for _, owner in owners), line)
        if told != (match and (match.owners, match.line)):
            found.append((path, match.pattern if match else None, pattern))
    return found


def measure(*, rounds: int, sample: int) -> dict[str, object]:
    """Run everything once and return the figures; fails loudly where the two answers differ without a known cause."""
    chance = random.Random(20_240_229)
    directories = make_tree(chance)
    text = make_file(chance, directories)
    # Large repositories keep five to twenty files in a directory; four is the harder case, one the hardest.
    paths = make_paths(chance, directories, each=4)
    scattered = make_paths(chance, directories, each=1)
    chosen = chance.sample(paths, sample)
    index = [_timed(lambda: parse(text)) for _ in range(rounds)]
    match = [_time_matching(text, paths) for _ in range(rounds)]
    match_scattered = [_time_matching(text, scattered) for _ in range(rounds)]
    # On the very same sample and as cold: what is remembered would favour us over all the paths.
    match_sample = min(_time_matching(text, chosen) for _ in range(rounds))
    theirs = rival()(text)
    their_match = _timed(lambda: [theirs.of(path) for path in chosen])
    different = _differences(text, theirs, chosen)
    unexplained = [each for each in different if not (_known_defect(each[1]) or _known_defect(each[2]))]
    if unexplained:
        raise SystemExit(f"{len(unexplained)} of {sample} answers differ without a known cause: {unexplained[:5]}")
    return {
        "rules": len(parse(text).rules),
        "bytes": len(text.encode()),
        "paths": PATHS,
        "index_ms": round(min(index) * 1e3, 1),
        "index_ms_median": round(statistics.median(index) * 1e3, 1),
        "match_us_per_path": round(min(match) / PATHS * 1e6, 2),
        "match_us_per_path_median": round(statistics.median(match) / PATHS * 1e6, 2),
        "match_us_per_path_one_a_directory": round(min(match_scattered) / PATHS * 1e6, 2),
        "ratio_to_codeowners": round(their_match / match_sample, 1),
        "sample": sample,
        "match_us_per_path_on_sample": round(match_sample / sample * 1e6, 2),
        "codeowners_us_per_path": round(their_match / sample * 1e6, 1),
        "owned": sum(1 for path in chosen if theirs.of(path)),
        "different": len(different),
    }


def main() -> None:
    """Measure, check the promises and print them; `--out` also writes them to a file."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="fewer rounds and a smaller sample, under 45 seconds")
    options.add_argument("--out", type=Path, help="also write the JSON object to this file")
    chosen = options.parse_args()
    figures = measure(rounds=5, sample=100) if chosen.quick else measure(rounds=15, sample=1000)
    line = json.dumps(figures)
    if chosen.out:
        chosen.out.write_text(line + "\n")
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
