"""The folder store: whole or not at all, nothing left behind, no way out of a package."""

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from seattime.errors import DiskFull, NotFound, Unavailable
from seattime.storage.package_files import RESERVE_BYTES, FolderStaging, FolderStore
from tests.storage.zips import files_below


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "packages")


def staged(store: FolderStore, **files: bytes) -> FolderStaging:
    staging = store.stage(0)
    for name, data in files.items():
        staging.write(name, [data])
    return staging


def publish(store: FolderStore, key: str, *names: str) -> None:
    staging = store.stage(0)
    for name in names:
        staging.write(name, [name.encode()])
    staging.publish(key)


def test_files_are_found_only_once_published(store: FolderStore, tmp_path: Path) -> None:
    staging = store.stage(0)
    staging.write("a/b.html", [b"one", b"two"])
    assert (list(staging.names), staging.head("a/b.html", 4)) == (["a/b.html"], b"onet")
    assert not store.exists("k1")
    with pytest.raises(NotFound):
        store.path("k1", "a/b.html")
    staging.publish("k1")
    assert store.exists("k1")
    with store.open("k1", "a/b.html") as file:
        assert file.read() == b"onetwo"
    assert [path.name for path in (tmp_path / "packages").iterdir()] == ["k1"]


def test_what_is_discarded_leaves_nothing_behind(store: FolderStore, tmp_path: Path) -> None:
    staging = staged(store, a=b"1")
    staging.discard()
    staging.discard()
    assert files_below(tmp_path) == {}
    assert list((tmp_path / "packages").iterdir()) == []


def test_discarding_after_publishing_does_nothing(store: FolderStore) -> None:
    staging = staged(store, a=b"1")
    staging.publish("k1")
    staging.discard()
    assert store.path("k1", "a").read_bytes() == b"1"


def test_an_interrupted_import_may_publish_the_same_key_again(store: FolderStore, tmp_path: Path) -> None:
    staged(store, old=b"1").publish("k1")
    staged(store, new=b"2").publish("k1")
    assert files_below(tmp_path / "packages") == {"k1/new": b"2"}


def test_another_version_is_untouched_by_an_import_and_a_deletion(store: FolderStore) -> None:
    publish(store, "k1", "a")
    staging = staged(store, a=b"new")
    assert store.path("k1", "a").read_bytes() == b"a"
    staging.publish("k2")
    store.delete("k2")
    assert (store.exists("k1"), store.exists("k2")) == (True, False)
    assert store.path("k1", "a").read_bytes() == b"a"


def test_deleting_what_is_not_there_is_no_error(store: FolderStore, tmp_path: Path) -> None:
    store.delete("k1")
    publish(store, "k1", "a")
    store.delete("k1")
    store.delete("k1")
    assert list((tmp_path / "packages").iterdir()) == []


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../k2/secret",
        "a/../../k2/secret",
        "/etc/passwd",
        "a//b",
        "a/./b",
        "..\\k2\\secret",
        "b\0",
        "missing",
        "folder",
        "folder/",
        "x" * 5000,
        "\ud800",
    ],
)
def test_no_name_leads_out_of_a_package_or_to_a_folder(store: FolderStore, name: str) -> None:
    publish(store, "k2", "secret")
    publish(store, "k1", "b", "folder/c")
    with pytest.raises(NotFound):
        store.path("k1", name)


@pytest.mark.parametrize("key", ["", ".", "..", "../x", "a/b", "-x", ".staging-x", "x" * 129, "é"])
def test_what_is_no_key_finds_nothing_and_publishes_nothing(store: FolderStore, tmp_path: Path, key: str) -> None:
    with pytest.raises(NotFound):
        store.path(key, "a")
    with pytest.raises(NotFound):
        store.delete(key)
    assert not store.exists(key)
    staging = staged(store, a=b"1")
    with pytest.raises(ValueError, match="cannot be the key"):
        staging.publish(key)
    staging.discard()
    assert files_below(tmp_path) == {}


def test_a_link_that_somebody_put_there_leads_nowhere(store: FolderStore, tmp_path: Path) -> None:
    publish(store, "k1", "a")
    (tmp_path / "outside").write_bytes(b"secret")
    (tmp_path / "packages" / "k1" / "link").symlink_to(tmp_path / "outside")
    with pytest.raises(NotFound):
        store.path("k1", "link")


def test_a_name_in_another_case_or_normal_form_is_found(store: FolderStore) -> None:
    publish(store, "k1", "Img/Logo.PNG", "img/größe.png", "e\u0301.html")
    assert store.path("k1", "img/logo.png").read_bytes() == b"Img/Logo.PNG"
    assert store.path("k1", "IMG/GRÖSSE.png").read_bytes() == "img/größe.png".encode()
    assert store.path("k1", "é.html").read_bytes() == "e\u0301.html".encode()


def test_a_full_disk_is_told_in_one_sentence_and_leaves_nothing(store: FolderStore, tmp_path: Path) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"some"
        raise OSError(errno.ENOSPC, "No space left on device")

    staging = store.stage(0)
    with pytest.raises(DiskFull) as caught:
        staging.write("a", chunks())
    assert caught.value.message == "The server's disk is full; nothing of the package was kept."
    staging.discard()
    assert files_below(tmp_path) == {}


def test_a_disk_that_fails_otherwise_is_no_fault_of_the_package(store: FolderStore) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"some"
        raise OSError(errno.EIO, "Input/output error")

    staging = store.stage(0)
    with pytest.raises(Unavailable, match="could not write the package"):
        staging.write("a", chunks())


def test_a_package_that_cannot_fit_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "packages", free_bytes=lambda path: RESERVE_BYTES + 5 * 1024**2)
    store.stage(5 * 1024**2).discard()
    with pytest.raises(DiskFull) as caught:
        store.stage(5 * 1024**2 + 1)
    assert caught.value.message == "The package needs 6 MB, but the server has room for 5 MB only."
    assert list((tmp_path / "packages").iterdir()) == []


def test_leftovers_of_a_killed_process_are_cleared_and_nothing_younger(store: FolderStore, tmp_path: Path) -> None:
    assert store.clear_leftovers(older_than=1e12) == 0
    publish(store, "k1", "a")
    staging = staged(store, a=b"1")
    (folder,) = [path for path in (tmp_path / "packages").iterdir() if path.name != "k1"]
    begun = folder.stat().st_mtime
    assert store.clear_leftovers(older_than=begun) == 0
    assert store.clear_leftovers(older_than=begun + 1) == 1
    assert files_below(tmp_path / "packages") == {"k1/a": b"a"}
    staging.discard()


def test_staged_files_cannot_be_used_after_their_end(store: FolderStore) -> None:
    staging = staged(store, a=b"1")
    staging.discard()
    with pytest.raises(ValueError, match="published or discarded already"):
        staging.write("b", [b"2"])


def test_the_names_of_a_package_are_told_in_order_without_links(store: FolderStore, tmp_path: Path) -> None:
    publish(store, "k1", "sub/b", "sub/a", "index.html")
    publish(store, "k2", "other")
    (tmp_path / "outside").write_bytes(b"secret")
    (tmp_path / "packages" / "k1" / "link").symlink_to(tmp_path / "outside")

    assert store.names("k1", "") == ["index.html", "sub/a", "sub/b"]
    assert store.names("k1", "sub/") == ["sub/a", "sub/b"]
    assert store.names("k3", "") == []
