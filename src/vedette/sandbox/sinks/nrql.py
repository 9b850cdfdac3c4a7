"""The part of NRQL that our documents use, so that the queries that stand there are run and not believed.

A query is `SELECT`s of `latest`, `sum` or `count(*)` from an event type or from another query, with `WHERE a IN (…)` or
`a = …`, joined by AND, `FACET` and `TIMESERIES n minutes`; `SINCE …` and `LIMIT MAX` are read and mean everything.

Law: where New Relic promises no order, neither does this: of two records of one moment `latest` may be either, and is
the one that came first, so that nothing can rely on the other.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
_ATTRIBUTE = r"(?:`[^`]+`|[A-Za-z_][\w]*)"
_QUERY = re.compile(
    rf"""^\s*FROM\s+(?P<source>\(.*\)|\w+)
    \s+SELECT\s+(?P<select>.+?)
    (?:\s+WHERE\s+(?P<where>.+?))?
    (?:\s+FACET\s+(?P<facet>{_ATTRIBUTE}(?:\s*,\s*{_ATTRIBUTE})*))?
    (?:\s+TIMESERIES\s+(?P<minutes>\d+)\s+minutes?)?
    (?:\s+SINCE\s+(?P<since>\d+\s+\w+\s+ago))?
    (?:\s+LIMIT\s+(?P<limit>MAX))?\s*$""",
    re.VERBOSE | re.DOTALL,
)
_SELECTED = re.compile(rf"(?P<function>latest|sum|count)\((?P<of>\*|{_ATTRIBUTE})\)(?:\s+AS\s+(?P<name>\w+))?")
_CONDITION = re.compile(rf"(?P<of>{_ATTRIBUTE})\s*(?:IN\s*\((?P<many>[^)]*)\)|=\s*(?P<one>'[^']*'|\d+))")


@dataclass(frozen=True, slots=True)
class _Selected:
    function: str
    of: str
    name: str


def ask(query: str, records: Sequence[Row]) -> list[Row]:
    """The rows: of each facet (and bucket, `begin` in seconds) what was selected; ValueError where it is no query."""
    found = _QUERY.match(_flat(query))
    if found is None:
        raise ValueError(f"this is no query that is known here: {query}")
    source = found["source"]
    rows = ask(source[1:-1], records) if source.startswith("(") else _of_type(source, records)
    wanted = [row for row in rows if _holds(found["where"], row)]
    facet = [_bare(each) for each in (found["facet"] or "").split(",") if each.strip()]
    bucket = 60 * int(found["minutes"]) if found["minutes"] else 0
    return _grouped(wanted, facet, bucket, _selected(found["select"]))


def _grouped(rows: Sequence[Row], facet: Sequence[str], bucket: int, selected: Sequence[_Selected]) -> list[Row]:
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        begin = _moment(row) // 1000 // bucket * bucket if bucket else None
        key = (*(row.get(name) for name in facet), begin)
        if None not in key[:-1]:
            groups.setdefault(key, []).append(row)
    return [
        dict(zip((*facet, "begin"), key, strict=True))
        | {each.name: _FUNCTIONS[each.function](group, each.of) for each in selected}
        for key, group in groups.items()
    ]


def _moment(row: Row) -> int:
    """Milliseconds of a record, or of the bucket of an inner query."""
    return int(row["timestamp"]) if "timestamp" in row else int(row["begin"]) * 1000


def _latest(rows: Sequence[Row], of: str) -> Any:
    told = [row for row in rows if row.get(of) is not None]
    return max(told, key=_moment)[of] if told else None


def _sum(rows: Sequence[Row], of: str) -> Any:
    return sum(row[of] for row in rows if row.get(of) is not None)


_FUNCTIONS: dict[str, Callable[[Sequence[Row], str], Any]] = {
    "latest": _latest,
    "sum": _sum,
    "count": lambda rows, _: len(rows),
}


def _of_type(name: str, records: Sequence[Row]) -> list[Row]:
    return [record for record in records if record["eventType"] == name]


def _holds(where: str | None, row: Row) -> bool:
    return all(_one_holds(part, row) for part in re.split(r"\s+AND\s+", where)) if where else True


def _one_holds(condition: str, row: Row) -> bool:
    found = _CONDITION.fullmatch(condition.strip())
    if found is None:
        raise ValueError(f"this is no condition that is known here: {condition}")
    wanted = (found["many"] or found["one"]).split(",")
    return str(row.get(_bare(found["of"]))) in [each.strip().strip("'") for each in wanted]


def _selected(text: str) -> list[_Selected]:
    parts = [part.strip() for part in text.split(",")]
    found = [_SELECTED.fullmatch(part) for part in parts]
    if None in found:
        raise ValueError(f"this is nothing that can be selected here: {text}")
    return [
        _Selected(one["function"], _bare(one["of"]), one["name"] or f"{one['function']}.{_bare(one['of'])}")
        for one in found
        if one
    ]


def _bare(name: str) -> str:
    return name.strip().strip("`")


def _flat(query: str) -> str:
    return " ".join(query.split())
