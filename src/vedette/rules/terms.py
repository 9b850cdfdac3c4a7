"""Terms: does an event, or a row of alike events, hold the texts that a filter looks for."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from vedette.model.issues import Occurrence
from vedette.model.metrics import Filter, Part, Row, Term, Terms

Texts = Mapping[Part, str]
# A text from strangers is searched no further than this, so that no pattern is let loose on megabytes.
_LONGEST = 20_000


def holds(terms: Terms, texts: Texts) -> bool:
    """Whether the texts hold at least one term of `any`, every one of `all`, and none of `none`."""
    if terms.any and not any(_found(term, texts) for term in terms.any):
        return False
    return all(_found(term, texts) for term in terms.all) and not any(_found(term, texts) for term in terms.none)


def row_wanted(each: Filter, row: Row) -> bool:
    """Whether the filter counts the row: its project is named, and its texts hold the terms."""
    if each.projects and row.project not in each.projects:
        return False
    return holds(each.terms, {Part.TITLE: row.title, Part.CULPRIT: row.culprit, Part.MESSAGE: row.message})


def event_wanted(each: Filter) -> Callable[[Occurrence], bool]:
    """Whether the filter counts an event that is read in full, by its terms alone."""
    return lambda event: not each.terms.each or holds(each.terms, texts_of(event))


def texts_of(event: Occurrence) -> Texts:
    """The texts of an event's parts; a stack is one line a frame, tags one line each."""
    frames = (frame for fault in event.faults for frame in fault.frames)
    stack = "\n".join(
        " ".join(filter(None, (frame.filename or frame.abs_path, frame.module, frame.function))) for frame in frames
    )
    tags = "\n".join(f"{key}:{value}" for key, value in event.tags)
    return {
        Part.TITLE: event.title,
        Part.MESSAGE: event.message,
        Part.CULPRIT: event.culprit,
        Part.STACK: stack,
        Part.TAGS: tags,
    }


def _found(term: Term, texts: Texts) -> bool:
    return any(_in(term, texts.get(part, "")[:_LONGEST]) for part in term.parts)


def _in(term: Term, text: str) -> bool:
    if term.pattern:
        return _compiled(term.text, case=term.case).search(text) is not None
    return term.text in text if term.case else term.text.casefold() in text.casefold()


@lru_cache(maxsize=1024)
def _compiled(pattern: str, *, case: bool) -> re.Pattern[str]:
    return re.compile(pattern, re.NOFLAG if case else re.IGNORECASE)
