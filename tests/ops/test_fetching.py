"""Fetching weights over a real socket: only the file that is meant is ever kept, and it is kept whole."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from backend.config import Settings
from backend.errors import SettingError
from backend.ops.fetching import FetchFailed, fetch
from backend.vision.engines import manifest
from backend.vision.engines.manifest import Manifest

CONTENT = bytes(range(256)) * 2000


class _Answers(BaseHTTPRequestHandler):
    """What the server does follows from the path."""

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.path == "/gone":
            self.send_error(404)
        elif self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/right")
            self.end_headers()
        elif self.path == "/silent":
            time.sleep(2.5)
        else:
            content = {"/other": CONTENT[::-1], "/endless": CONTENT * 40}.get(self.path, CONTENT)
            self.send_response(200)
            if self.path != "/endless":
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[:100_000] if self.path == "/broken" else content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    found = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    found.asked = []
    found.daemon_threads = True
    thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield found
    found.shutdown()
    found.server_close()
    thread.join()


@pytest.fixture
def place(settings: Settings) -> Settings:
    return settings.but(models_timeout=settings.models_timeout.__class__(seconds=1))


def weights(place: Settings, server, path: str = "/right", **changes: object) -> Manifest:
    """A manifest of CONTENT, whose address is the server's."""
    folder = place.data_path / "models"
    folder.mkdir(parents=True, exist_ok=True)
    content = yaml.safe_load((manifest.SHIPPED / "yunet.yaml").read_text())
    content |= {"name": "ours", "file": "ours.onnx", "sha256": hashlib.sha256(CONTENT).hexdigest(),
                "size": len(CONTENT), "url": f"http://127.0.0.1:{server.server_address[1]}{path}", **changes}
    (folder / "ours.yaml").write_text(yaml.safe_dump(content))
    return manifest.find(place, "ours")


def kept(place: Settings) -> list[str]:
    return sorted(path.name for path in (place.data_path / "models").iterdir() if path.suffix != ".lock")


@pytest.mark.parametrize("path", ["/right", "/moved"])
def test_weights_come_from_the_address_in_their_manifest(place, server, path) -> None:
    steps = []
    done = fetch(place, weights(place, server, path), progress=lambda *step: steps.append(step))
    assert (done.path.read_bytes(), done.new) == (CONTENT, True)
    assert steps[-1] == (len(CONTENT), len(CONTENT)) and len(steps) > 2
    assert kept(place) == ["ours.onnx", "ours.yaml"]


def test_what_is_there_already_is_not_fetched_again(place, server) -> None:
    ours = weights(place, server)
    fetch(place, ours)
    asked = len(server.asked)
    assert not fetch(place, ours).new
    assert len(server.asked) == asked


@pytest.mark.parametrize(("path", "said"), [
    ("/other", r"is not YuNet: its SHA-256 is"),
    ("/gone", "answers 404"),
    ("/broken", "broke off|cannot be reached"),
    ("/endless", "is larger than 512000 bytes"),
    ("/silent", "no answer in time"),
])
def test_what_goes_wrong_leaves_what_was_there(place, server, path, said) -> None:
    ours = weights(place, server, path)
    (place.data_path / "models" / "ours.onnx").write_bytes(b"what was there")
    with pytest.raises(FetchFailed, match=said):
        fetch(place, ours)
    assert kept(place) == ["ours.onnx", "ours.yaml"]
    assert (place.data_path / "models" / "ours.onnx").read_bytes() == b"what was there"


def test_nobody_there_is_said_in_one_line(place, server) -> None:
    ours = weights(place, server)
    with pytest.raises(FetchFailed, match="cannot be reached") as error:
        fetch(place, ours, "http://127.0.0.1:9/file")
    assert "\n" not in str(error.value) and len(str(error.value)) < 400


def test_a_manifest_without_a_size_is_held_to_the_setting(place, server) -> None:
    ours = weights(place, server, size=None)
    with pytest.raises(FetchFailed, match="larger than 100000 bytes"):
        fetch(place.but(models_max_bytes=100_000), ours)
    assert fetch(place, ours).new


def test_a_file_is_taken_as_well_as_an_address(place, server, tmp_path: Path) -> None:
    ours = weights(place, server, url=None)
    with pytest.raises(SettingError, match=r"no address of its own; run: .* --from"):
        fetch(place, ours)
    with pytest.raises(FetchFailed, match="cannot be read"):
        fetch(place, ours, str(tmp_path / "nowhere.onnx"))
    (tmp_path / "theirs.onnx").write_bytes(CONTENT)
    assert fetch(place, ours, str(tmp_path / "theirs.onnx")).path.read_bytes() == CONTENT
    assert server.asked == []


def test_without_a_digest_nothing_is_fetched(place, server) -> None:
    with pytest.raises(SettingError, match="not confirmed"):
        fetch(place, weights(place, server, sha256=None))
    assert server.asked == []


def test_a_folder_that_cannot_be_written_is_named(place, server) -> None:
    ours = weights(place, server)
    with pytest.raises(SettingError, match="cannot be written"):
        fetch(place.but(data_dir=place.data_path / "models" / "ours.yaml"), ours)
