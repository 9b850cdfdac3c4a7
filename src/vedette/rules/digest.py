"""Digest: the words of the one ticket that lists what was held back, and of its comments; short, and never cut."""

from collections.abc import Sequence

from vedette.model.document import Block, Bullets, Document, Inline, Link, Paragraph, Text
from vedette.model.flood import Held, HeldState, Place
from vedette.rules.rendering import TITLE_LIMIT, cut, one_line

#: Issues and characters that a digest lists at most: every tracker holds that, in its own markup too.
LISTED, COMMENTED, ROOM = 60, 40, 14_000
_TITLE, _WHY = 120, 200


def digest_title(place: Place, count: int, *, link: str) -> str:
    """One line that ends with the link, as every ticket's."""
    what = "1 error" if count == 1 else f"{count} errors"
    words = f"Held back: {what} without a ticket of their own in {place.project}"
    return f"{cut(words, max(1, TITLE_LIMIT - len(link) - 1))} {link}"


def digest_body(place: Place, held: Sequence[Held], *, link: str, page: str) -> Document:
    """Which errors wait here, why, and what a person can do; `page`: our own page about it, "" where there is none."""
    blocks: list[Block] = [
        Paragraph((Text(f"{_errors(held)} held back: more tickets were wanted in {place} than the caps allow."),)),
        Paragraph((Text("They are counted on, and get no ticket of their own while this digest is open."),)),
        *listed(held, most=LISTED, page=page),
        Paragraph((Text("To give them tickets: "), Text("vedette tickets split THIS-TICKET", code=True))),
        Paragraph((Text("Closing this digest says: dealt with. What is seen again after that is decided anew."),)),
    ]
    if page:
        blocks.append(Paragraph((Text("All of them, with buttons: "), Link(page))))
    elif link:
        blocks.append(Paragraph((Text("Sentry: "), Link(link))))
    return Document(tuple(blocks))


def more_held(held: Sequence[Held], *, page: str) -> Document:
    """A comment about issues that were held back since."""
    intro = Paragraph((Text(f"{_errors(held)} held back since."),))
    return Document((intro, *listed(held, most=COMMENTED, page=page)))


def no_longer_held(split: Sequence[tuple[Held, str, str]], left: Sequence[tuple[Held, str]], *, page: str) -> Document:
    """A comment about issues that have a ticket now (with its key and address), and about those that want none."""
    rows: list[tuple[Inline, ...]] = [
        (Link(url, key) if url else Text(key), Text(f": {_called(each)}")) for each, key, url in split
    ]
    rows += [(Text(f"{_called(each)}: no ticket, {cut(why, _WHY)}"),) for each, why in left]
    shown = _fitting(rows, most=COMMENTED)
    intro = Paragraph((Text("No longer held back here:"),))
    return Document((intro, Bullets(shown), *_rest(len(rows) - len(shown), page=page)))


def closing(page: str) -> Document:
    """The last comment of a digest in which nothing is left."""
    more = (Text(" "), Link(page)) if page else ()
    return Document((Paragraph((Text("Nothing is held back here any more; this digest is closed."), *more)),))


def listed(held: Sequence[Held], *, most: int, page: str) -> tuple[Block, ...]:
    """The issues as a list that fits, and how many more there are."""
    shown = _fitting([_item(each) for each in held], most=most)
    return (Bullets(shown), *_rest(len(held) - len(shown), page=page)) if shown else ()


def _item(held: Held) -> tuple[Inline, ...]:
    users = f", {held.users} users" if held.users else ""
    of = f" of {held.project}" if held.project else ""
    owner = f", owner {held.owner}" if held.owner else ""
    asked = ", a ticket is asked for" if held.state is HeldState.ASKED else ""
    return Link(held.link, _called(held)), Text(f": {held.events} events{users}{of}{owner}{asked}")


def _called(held: Held) -> str:
    return cut(one_line(held.title) or f"issue {held.issue.id}", _TITLE)


def _errors(held: Sequence[Held]) -> str:
    return "1 error was" if len(held) == 1 else f"{len(held)} errors were"


def _fitting(rows: Sequence[tuple[Inline, ...]], *, most: int) -> tuple[tuple[Inline, ...], ...]:
    kept: list[tuple[Inline, ...]] = []
    left = ROOM
    for row in rows[:most]:
        left -= sum(len(part.text) + (len(part.url) if isinstance(part, Link) else 0) for part in row)
        if left < 0:
            break
        kept.append(row)
    return tuple(kept)


def _rest(count: int, *, page: str) -> tuple[Block, ...]:
    if count <= 0:
        return ()
    where = (Text("see "), Link(page)) if page else (Text("`vedette tickets held` lists them"),)
    return (Paragraph((Text(f"… and {count} more: "), *where)),)
