"""Backup and restore: one moment of a working store, whole, and never over something."""

import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from tests.store.conftest import ISSUE, NOW, ROUTE, a_delivery, a_job, enqueue, lease
from tests.store.test_durability import PATIENCE
from tests.store.test_sqlite import intact
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.settings import StoreSettings
from vedette.store import deliveries, journal, ledger, limits, queue
from vedette.store.archive import MANIFEST, count
from vedette.store.backup import backup, restore
from vedette.store.database import Store, StoreRefused, StoreUnavailable, Tx


@pytest.fixture
def pair(
    request: pytest.FixtureRequest, store_settings: StoreSettings, tmp_path: Path
) -> Iterator[tuple[StoreSettings, StoreSettings]]:
    """A store and a place for its copy, both of one engine."""
    if store_settings.url.startswith("sqlite"):
        yield store_settings, StoreSettings(url=f"sqlite:///{tmp_path}/new/other.db")
        return
    yield store_settings, StoreSettings(url=request.getfixturevalue("postgres_url"))


def fill(store: Store) -> None:
    """Something in every table that matters, with bytes and words that are hard to copy."""
    store.accept(a_delivery(1, body=bytes(range(256)) * 50)).result(PATIENCE)
    enqueue(store, a_job(order="tab\tand\nline \\N é"), a_job())

    def work(tx: Tx) -> None:
        ledger.claim(tx, issue=ISSUE, track="main", generation=1, route=ROUTE, owner="@ö", now=NOW, as_of=NOW)
        journal.write(tx, NewEntry(EntryKind.DECISION, reason="first", sentence="a\tb\\c\nd", issue=ISSUE), now=NOW)
        limits.pause(tx, "jira", reason="401", now=NOW)

    store.write(work)


def test_a_restored_store_is_the_same_and_goes_on(pair: tuple[StoreSettings, StoreSettings], tmp_path: Path) -> None:
    settings, other = pair
    with Store.open(settings) as store:
        fill(store)
        copied = backup(settings, tmp_path / "vedette.backup")
        before = store.read(count)
        body = store.read(lambda tx: deliveries.get(tx, 1))
        jobs = store.read(lambda tx: queue.listing(tx, limit=9))
        claims = store.read(lambda tx: ledger.history(tx, ISSUE))
    assert copied.rows == before
    assert copied.bytes == (tmp_path / "vedette.backup").stat().st_size
    assert restore(tmp_path / "vedette.backup", other).rows == before
    with Store.open(other) as restored:
        assert restored.health().ok
        assert restored.read(count) == before
        assert restored.read(lambda tx: deliveries.get(tx, 1)) == body
        assert restored.read(lambda tx: queue.listing(tx, limit=9)) == jobs
        assert restored.read(lambda tx: ledger.history(tx, ISSUE)) == claims
        (entry,) = restored.read(lambda tx: journal.of_issue(tx, ISSUE, limit=5))
        assert entry.sentence == "a\tb\\c\nd"
        assert restored.accept(a_delivery(1, body=bytes(range(256)) * 50)).result(PATIENCE).repeat
        assert restored.accept(a_delivery(2)).result(PATIENCE).id > 1
        assert enqueue(restored, a_job()) == [3]
        assert lease(restored) == []  # the pause came along


def test_a_backup_under_load_is_one_consistent_moment(
    pair: tuple[StoreSettings, StoreSettings], tmp_path: Path
) -> None:
    settings, other = pair
    stop = threading.Event()
    acknowledged: list[int] = []

    def load(store: Store) -> None:
        number = 0
        while not stop.is_set():
            futures = [store.accept(a_delivery(number + n, body=b"%d" % (number + n) * 200)) for n in range(8)]
            acknowledged.extend(future.result(PATIENCE).id for future in futures)
            # Two facts that commit together must be found together.
            store.write(lambda tx, n=number: [queue.enqueue(tx, a_job(order=f"{n}/{i}"), now=NOW) for i in range(2)])  # type: ignore[misc]
            number += 8

    with Store.open(settings) as store:
        thread = threading.Thread(target=load, args=(store,))
        thread.start()
        for number in range(3):
            while len(acknowledged) < 200 * (number + 1):
                stop.wait(0.01)
            known = len(acknowledged)
            copied = backup(settings, tmp_path / f"{number}.backup")
            assert known <= copied.rows["deliveries"]
        stop.set()
        thread.join()
    restore(tmp_path / "2.backup", other)
    with Store.open(other) as restored:
        rows = restored.read(count)
        assert rows == copied.rows
        assert rows["jobs"] % 2 == 0
        ids = restored.read(lambda tx: set(tx.execute(sa.text("SELECT id FROM deliveries")).scalars()))
        assert set(acknowledged[:known]) <= ids
    assert other.url.startswith("postgresql") or intact(other)


def test_a_store_that_holds_something_is_not_restored_over(
    pair: tuple[StoreSettings, StoreSettings], tmp_path: Path
) -> None:
    settings, other = pair
    with Store.open(settings) as store:
        fill(store)
    backup(settings, tmp_path / "b")
    with pytest.raises(StoreRefused, match=r"is not empty \(\w+ has rows\); restore into a new one"):
        restore(tmp_path / "b", settings)
    with Store.open(settings) as store:
        assert store.read(count)["jobs"] == 2
    with Store.open(other) as started:  # a first start, which leaves only its own rows
        started.write(lambda tx: limits.configure(tx, "jira", rate_per_s=1, concurrency=1, now=NOW))
        with pytest.raises(StoreRefused, match="stop it before a restore"):
            restore(tmp_path / "b", other)
    assert restore(tmp_path / "b", other).rows["jobs"] == 2


def test_a_file_that_is_no_backup_or_was_damaged_is_refused(
    pair: tuple[StoreSettings, StoreSettings], tmp_path: Path
) -> None:
    settings, other = pair
    with Store.open(settings) as store:
        fill(store)
    good = tmp_path / "good"
    backup(settings, good)
    with pytest.raises(StoreRefused, match="exists already; name another file"):
        backup(settings, good)
    bad = tmp_path / "bad"
    with pytest.raises(StoreRefused, match="does not exist"):
        restore(bad, other)
    bad.write_bytes(good.read_bytes()[:-100])
    with pytest.raises(StoreRefused, match="is not a backup of Vedette, or was cut short"):
        restore(bad, other)
    middle = bytearray(good.read_bytes())
    with zipfile.ZipFile(good) as archive:
        largest = max(archive.infolist(), key=lambda one: one.compress_size)
    # In the middle of what a checksum covers: a header between two entries holds bytes that nobody reads.
    middle[largest.header_offset + 30 + len(largest.filename) + largest.compress_size // 2] ^= 0xFF
    bad.write_bytes(bytes(middle))
    with pytest.raises(StoreRefused, match=r"is damaged|cut short"):
        restore(bad, other)
    with Store.open(other) as untouched:
        assert not any(untouched.read(count).values())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"engine": "oracle"}, "is a backup of oracle"),
        ({"revision": "9999_future"}, "install the version that wrote it"),
    ],
)
def test_a_backup_of_another_kind_is_refused(
    change: dict[str, str], words: str, sqlite_settings: StoreSettings, tmp_path: Path
) -> None:
    Store.open(sqlite_settings).close()
    backup(sqlite_settings, tmp_path / "b")
    with zipfile.ZipFile(tmp_path / "b") as archive, zipfile.ZipFile(tmp_path / "c", "w") as changed:
        manifest = msgspec.json.decode(archive.read(MANIFEST)) | change
        changed.writestr(MANIFEST, msgspec.json.encode(manifest))
    with pytest.raises(StoreRefused, match=words):
        restore(tmp_path / "c", StoreSettings(url=f"sqlite:///{tmp_path}/new.db"))


def test_a_backup_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(StoreRefused, match=r"nowhere\.db does not exist"):
        backup(StoreSettings(url=f"sqlite:///{tmp_path}/nowhere.db"), tmp_path / "b")
    with pytest.raises((StoreUnavailable, StoreRefused)):
        backup(StoreSettings(url=f"postgresql://v@/v?host={tmp_path}"), tmp_path / "b")
    assert list(tmp_path.iterdir()) == []
