import re
import ssl
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.error import URLError

import pytest

from avatar.errors import DiskSpaceError, DownloadError, WeightsError
from models import downloads
from models.downloads import Transfer, download, noted_size
from models.sources import WeightFile

if TYPE_CHECKING:
    from tests.models.conftest import Server

CONTENT = bytes(index * 7 % 251 for index in range(900_000))
HALF = 400_000


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "RETRY_PAUSES_S", (0.0, 0.0))


def fetch(server: "Server", folder: Path) -> list[Transfer]:
    seen: list[Transfer] = []
    download(server.entry(), server.url, folder, seen.append)
    return seen


def part(folder: Path) -> Path:
    return folder / "net.bin.part"


def assert_whole(folder: Path) -> None:
    assert (folder / "net.bin").read_bytes() == CONTENT
    assert not part(folder).exists()


def test_a_file_arrives_whole_and_tells_how_far_it_is(server: "Server", folder: Path) -> None:
    seen = fetch(server, folder)
    assert_whole(folder)
    assert [transfer.done for transfer in seen] == sorted(transfer.done for transfer in seen)
    assert seen[0] == Transfer("net.bin", 0, len(CONTENT))
    assert seen[-1] == Transfer("net.bin", len(CONTENT), len(CONTENT))


def test_a_dropped_connection_goes_on_where_it_was(server: "Server", folder: Path) -> None:
    server.cuts = [300_000, 1, 50_000]
    fetch(server, folder)
    assert_whole(folder)
    assert server.asked == ["", "bytes=300000-", "bytes=300001-", "bytes=350001-"]


def test_what_arrived_before_a_failure_is_kept_for_the_next_call(server: "Server", folder: Path) -> None:
    server.cuts = [HALF, 0, 0]
    with pytest.raises(
        DownloadError, match=r"net\.bin \(net\) broke off.*python main\.py models download net"
    ) as caught:
        fetch(server, folder)
    assert caught.value.retryable
    assert part(folder).read_bytes() == CONTENT[:HALF]
    assert not (folder / "net.bin").exists()
    assert fetch(server, folder)[0].done == HALF
    assert_whole(folder)
    assert server.asked[-1] == f"bytes={HALF}-"


def test_a_server_without_ranges_is_asked_anew(server: "Server", folder: Path) -> None:
    server.honours_range = False
    part(folder).write_bytes(b"x" * 1000)
    assert fetch(server, folder)[0].done == 0
    assert_whole(folder)
    assert server.asked == ["bytes=1000-"]


def test_a_beginning_of_another_version_is_taken_anew(server: "Server", folder: Path) -> None:
    part(folder).write_bytes(b"x" * 1000)
    fetch(server, folder)
    assert_whole(folder)
    assert server.asked == ["bytes=1000-", ""]


def test_a_file_that_changed_while_the_connection_was_down_is_taken_anew(server: "Server", folder: Path) -> None:
    server.content = b"x" * len(CONTENT)
    server.cuts = [HALF, 0, 0]
    with pytest.raises(DownloadError):
        fetch(server, folder)
    server.content = CONTENT
    fetch(server, folder)
    assert_whole(folder)


@pytest.mark.parametrize("length", [len(CONTENT), len(CONTENT) + 5])
def test_a_part_that_cannot_be_gone_on_with_is_settled(length: int, server: "Server", folder: Path) -> None:
    part(folder).write_bytes((CONTENT + b"extra")[:length])
    fetch(server, folder)
    assert_whole(folder)
    assert server.asked == ([] if length == len(CONTENT) else [""])


def test_a_range_that_the_server_finds_unsatisfiable_starts_anew(server: "Server", folder: Path) -> None:
    part(folder).write_bytes(CONTENT[:1000])
    server.statuses = [416]
    fetch(server, folder)
    assert_whole(folder)
    assert server.asked == ["bytes=1000-", ""]


def test_a_redirect_is_followed_with_the_range(server: "Server", folder: Path) -> None:
    part(folder).write_bytes(CONTENT[:1000])
    moved = server.url.replace("net.bin", "moved")
    download(server.entry(moved), moved, folder, lambda _: None)
    assert_whole(folder)
    assert server.asked == ["bytes=1000-"]


def test_wrong_bytes_are_deleted_and_named(server: "Server", folder: Path) -> None:
    (folder / "net.bin").write_bytes(b"what was there")
    server.content = CONTENT[:-1] + b"!"
    with pytest.raises(
        WeightsError, match=r"net\.bin \(net\) arrived wrong and was deleted: its SHA-256 is "
    ) as caught:
        fetch(server, folder)
    assert not caught.value.retryable
    assert not part(folder).exists()
    assert (folder / "net.bin").read_bytes() == b"what was there"


def test_a_file_of_another_size_is_refused_before_it_is_read(server: "Server", folder: Path) -> None:
    part(folder).write_bytes(CONTENT[:1000])
    server.content = b"<html>sign in</html>"
    with pytest.raises(WeightsError, match=r"holds 20 bytes instead of 900000"):
        fetch(server, folder)
    assert part(folder).read_bytes() == CONTENT[:1000]


def test_a_file_without_end_is_cut_off(server: "Server", folder: Path) -> None:
    server.says_length = False
    server.content = CONTENT * 3
    with pytest.raises(WeightsError, match=r"it has \d+ bytes instead of 900000"):
        fetch(server, folder)
    assert not part(folder).exists()


def test_a_missing_file_is_not_asked_for_again(server: "Server", folder: Path) -> None:
    server.statuses = [404, 404]
    with pytest.raises(WeightsError, match=r"answered 404 \(Not Found\) for http.*weights\.yaml") as caught:
        fetch(server, folder)
    assert not isinstance(caught.value, DownloadError)
    assert len(server.asked) == 1


def test_a_busy_server_is_asked_again(server: "Server", folder: Path) -> None:
    server.statuses = [503, 429]
    fetch(server, folder)
    assert_whole(folder)


def test_a_server_that_stays_busy_is_given_up(server: "Server", folder: Path) -> None:
    server.statuses = [503] * 9
    with pytest.raises(DownloadError, match="answered 503"):
        fetch(server, folder)
    assert len(server.asked) == 3


def test_a_server_that_is_gone_is_told_in_one_message(server: "Server", folder: Path) -> None:
    server.shutdown()
    server.server_close()
    with pytest.raises(DownloadError) as caught:
        fetch(server, folder)
    assert re.fullmatch(
        r"net\.bin \(net\) cannot be downloaded: 127\.0\.0\.1 cannot be reached \(.*refused.*\)\. "
        r"When you are online, run `python main\.py models download net`\.",
        str(caught.value),
    )


def test_a_certificate_that_is_not_trusted_has_its_own_cure(
    server: "Server", folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise URLError(ssl.SSLCertVerificationError(1, "certificate verify failed"))

    monkeypatch.setattr(downloads, "urlopen", refuse)
    with pytest.raises(DownloadError, match="SSL_CERT_FILE"):
        download(server.entry(), "https://example.org/net.bin", folder, lambda _: None)


def test_a_full_disk_is_told_before_anything_is_asked(
    server: "Server", folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("avatar.files.shutil.disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(DiskSpaceError, match="0 MB free"):
        fetch(server, folder)
    assert server.asked == []


def without_size(server: "Server") -> WeightFile:
    return server.entry().model_copy(update={"size": None})


def test_a_size_that_nobody_tells_is_the_servers(server: "Server", folder: Path) -> None:
    seen: list[Transfer] = []
    server.cuts = [300_000, 50_000]
    download(without_size(server), server.url, folder, seen.append)
    assert_whole(folder)
    assert {transfer.total for transfer in seen} == {len(CONTENT)}
    assert server.asked == ["", "bytes=300000-", "bytes=350000-"]
    assert noted_size(folder, without_size(server)) == len(CONTENT)


def test_a_size_that_not_even_the_server_tells_is_what_comes(server: "Server", folder: Path) -> None:
    seen: list[Transfer] = []
    server.says_length = False
    download(without_size(server), server.url, folder, seen.append)
    assert_whole(folder)
    assert seen[-1] == Transfer("net.bin", len(CONTENT), 0)


def test_a_whole_part_of_unknown_size_is_settled_without_asking(server: "Server", folder: Path) -> None:
    part(folder).write_bytes(CONTENT)
    download(without_size(server), server.url, folder, lambda _: None)
    assert_whole(folder)
    assert server.asked == []


def test_room_for_a_size_that_the_server_tells_is_asked_for(
    server: "Server", folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("avatar.files.shutil.disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(DiskSpaceError):
        download(without_size(server), server.url, folder, lambda _: None)


def test_a_hash_that_third_parties_tell_is_said_to_be_theirs(server: "Server", folder: Path) -> None:
    server.content = b"!" + CONTENT[1:]
    told = server.entry().model_copy(update={"hash_from": "third parties"})
    with pytest.raises(WeightsError, match=r"third parties tell of it and not its publisher.*entry in configs"):
        download(told, server.url, folder, lambda _: None)
    assert not part(folder).exists()
