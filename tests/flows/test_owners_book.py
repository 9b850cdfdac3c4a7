"""The owners at hand: refreshed when due, kept when the other side is down, never guessed when never read."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.databases import lay_tables
from vedette.errors import Unavailable
from vedette.flows.owners import OwnersBook, OwnersText
from vedette.model.owners import CodeownersSource
from vedette.model.settings import StoreSettings
from vedette.store.database import Store

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
REFRESH = timedelta(minutes=10)
ALL, SHOP = CodeownersSource("all"), CodeownersSource("shop", projects=("shop",))


class Shelf:
    """What lies elsewhere: texts by name, or nothing; and how often it was asked for."""

    def __init__(self) -> None:
        self.texts: dict[str, OwnersText] = {}
        self.asked: list[str] = []

    def fetch(self, source: CodeownersSource) -> OwnersText:
        self.asked.append(source.name)
        if source.name not in self.texts:
            raise Unavailable(f"{source.name} cannot be had")
        return self.texts[source.name]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    lay_tables(tmp_path / "v.db")
    opened = Store.open(StoreSettings(url=f"sqlite:///{tmp_path}/v.db"))
    yield opened
    opened.close()


def book(shelf: Shelf, store: Store | None, *sources: CodeownersSource) -> OwnersBook:
    return OwnersBook(sources, fetch=shelf.fetch, store=store, refresh=REFRESH)


def owner(of: OwnersBook, project: str, *, now: datetime) -> tuple[str, bool, str]:
    """Who owns /x, whether that copy is stale, and where it is from."""
    file = of.file_for(project, now=now)
    assert file is not None
    match = file.owners.match("x")
    return (match.owners[0] if match else "", file.stale, file.origin)


def test_a_file_is_read_once_until_it_is_due_and_then_again(shelf: Shelf, store: Store) -> None:
    owners = book(shelf, store, ALL)
    shelf.texts["all"] = OwnersText("* @acme/one", "a" * 40)
    assert owner(owners, "shop", now=NOW) == ("@acme/one", False, "all@" + "a" * 12)
    shelf.texts["all"] = OwnersText("* @acme/two", "b" * 40)
    assert owner(owners, "shop", now=NOW + REFRESH - timedelta(seconds=1))[0] == "@acme/one"
    assert owner(owners, "shop", now=NOW + REFRESH) == ("@acme/two", False, "all@" + "b" * 12)
    assert shelf.asked == ["all", "all"]


def test_while_it_cannot_be_read_the_last_copy_stays_and_says_so(shelf: Shelf, store: Store) -> None:
    owners = book(shelf, store, ALL)
    shelf.texts["all"] = OwnersText("* @acme/one", "a" * 40)
    owner(owners, "shop", now=NOW)
    kept = shelf.texts.pop("all")
    assert owner(owners, "shop", now=NOW + REFRESH) == ("@acme/one", True, "all@" + "a" * 12)
    shelf.texts["all"] = kept
    assert owner(owners, "shop", now=NOW + REFRESH * 2) == ("@acme/one", False, "all@" + "a" * 12)


def test_a_new_process_has_the_last_copy_of_the_old_one(shelf: Shelf, store: Store) -> None:
    shelf.texts["all"] = OwnersText("* @acme/one", "a" * 40)
    owner(book(shelf, store, ALL), "shop", now=NOW)
    shelf.texts.clear()
    assert owner(book(shelf, store, ALL), "shop", now=NOW) == ("@acme/one", True, "all@" + "a" * 12)


def test_a_file_that_was_never_read_lets_nobody_guess(shelf: Shelf, store: Store) -> None:
    owners = book(shelf, store, ALL)
    with pytest.raises(Unavailable, match="all could not be read yet"):
        owners.file_for("shop", now=NOW)


def test_a_file_that_was_never_read_is_asked_for_again_soon(shelf: Shelf, store: Store) -> None:
    owners = book(shelf, store, ALL)
    with pytest.raises(Unavailable):
        owners.file_for("shop", now=NOW)
    shelf.texts["all"] = OwnersText("* @acme/one")
    with pytest.raises(Unavailable):
        owners.file_for("shop", now=NOW + timedelta(seconds=19))
    assert owner(owners, "shop", now=NOW + timedelta(seconds=20))[0] == "@acme/one"


@pytest.mark.parametrize("order", [(ALL, SHOP), (SHOP, ALL)])
def test_the_file_for_all_never_stands_in_for_the_one_that_names_the_project(
    shelf: Shelf, store: Store, order: tuple[CodeownersSource, ...]
) -> None:
    shelf.texts["all"] = OwnersText("* @acme/one")
    owners = book(shelf, store, *order)
    with pytest.raises(Unavailable, match="shop"):
        owners.file_for("shop", now=NOW)
    assert owner(owners, "desk", now=NOW)[0] == "@acme/one"


def test_nor_does_a_later_file_for_all_or_an_unread_one_that_comes_first(shelf: Shelf, store: Store) -> None:
    shelf.texts["later"] = OwnersText("* @acme/late")
    unread_all, unread_shop = CodeownersSource("first"), CodeownersSource("named", projects=("shop",))
    owners = book(shelf, store, unread_all, unread_shop, CodeownersSource("later"))
    for project in ("shop", "desk"):
        with pytest.raises(Unavailable):
            owners.file_for(project, now=NOW)


def test_an_unread_file_of_another_project_is_no_hindrance(shelf: Shelf, store: Store) -> None:
    shelf.texts["all"] = OwnersText("* @acme/one")
    owners = book(shelf, store, SHOP, ALL)
    assert owner(owners, "desk", now=NOW)[0] == "@acme/one"
    assert book(shelf, store, SHOP).file_for("desk", now=NOW) is None


def test_a_book_that_may_not_write_writes_nothing(shelf: Shelf, store: Store) -> None:
    shelf.texts["all"] = OwnersText("* @acme/one")
    OwnersBook([ALL], fetch=shelf.fetch, store=store, refresh=REFRESH, dry=True).file_for("x", now=NOW)
    shelf.texts.clear()
    with pytest.raises(Unavailable):
        book(shelf, store, ALL).file_for("x", now=NOW)
