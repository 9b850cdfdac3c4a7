"""Asking: which questions the filters of an instance come to, so that filters that ask alike share one."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from vedette.model.metrics import Filter, Part, Question


def questions(filters: Iterable[Filter], *, counts_windows: bool = True) -> Mapping[Question, tuple[Filter, ...]]:
    """The questions that answer every filter, each with the filters it answers; both in the filters' order.

    Filters share a question that differs in projects and aggregated terms alone: rows tell the project, and terms are
    looked for in the rows. One that needs the events themselves has a question of its own, since what is read depends
    on its terms. `counts_windows`: whether the server adds up by itself.
    """
    shared: dict[Question, list[Filter]] = {}
    for each in filters:
        shared.setdefault(_common(each, counts_windows=counts_windows), []).append(each)
    return {
        replace(
            common,
            projects=_together(group),
            by_project=_by_project(group),
            rows_matter=any(each.terms.each for each in group),
        ): tuple(group)
        for common, group in shared.items()
    }


def fingerprint(question: Question) -> str:
    """The same for the same question, in another process too: 32 hexadecimal characters."""
    said = (
        question.instance,
        *(",".join(sorted(each)) for each in (question.projects, question.environments)),
        *(",".join(sorted(each)) for each in (question.levels, question.releases)),
        question.query,
        ",".join(sorted(question.parts)),
        ",".join(question.tags),
        str(question.events),
        question.alone,
    )
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:32]


def _common(each: Filter, *, counts_windows: bool) -> Question:
    parts = frozenset(part for term in each.terms.each for part in term.parts)
    events = not counts_windows or any(part.needs_events for part in parts)
    return Question(
        each.instance,
        environments=tuple(sorted(set(each.environments))),
        levels=tuple(sorted(set(each.levels))),
        releases=tuple(sorted(set(each.releases))),
        query=each.query.strip(),
        parts=parts,
        tags=each.group_by,
        events=events,
        alone=each.name if events else "",
    )


def _together(group: Iterable[Filter]) -> tuple[str, ...]:
    named = [each.projects for each in group]
    return () if () in named else tuple(sorted({slug for slugs in named for slug in slugs}))


def _by_project(group: Sequence[Filter]) -> bool:
    """Whether several filters would learn their totals and users from those of their projects."""
    return len({each.projects for each in group if not each.terms.each}) > 1


def whole_question(each: Filter, question: Question) -> bool:
    """Whether the filter wants all that the question asks for, so that the question's own total is the filter's."""
    same = not each.projects or set(each.projects) == set(question.projects)
    return same and (not each.terms.each or question.events)


def read_in_full(question: Question) -> bool:
    """Whether events must come with their stack and tags."""
    return any(part in (Part.STACK, Part.TAGS) for part in question.parts)
