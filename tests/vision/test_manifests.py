"""Manifests: those of the product are complete, and one that is wrong says which field and where."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from backend.errors import SettingError
from backend.vision.engines import manifest


@pytest.fixture
def content() -> dict:
    return yaml.safe_load((manifest.SHIPPED / "sface.yaml").read_text()) | {"name": "ours", "file": "ours.onnx"}


@pytest.fixture
def folder(settings) -> Path:
    path = settings.data_path / "models"
    path.mkdir(parents=True)
    return path


def write(folder: Path, content: object, name: str = "ours.yaml") -> Path:
    (folder / name).write_text(yaml.safe_dump(content))
    return folder / name


def test_the_product_s_own_are_complete(settings) -> None:
    found = manifest.all_manifests(settings)
    assert {name: one.kind for name, one in found.items()} == {
        "mobilefacenet": "embedder", "sface": "embedder", "yunet": "detector", "minifasnet": "liveness"}
    for one in found.values():
        assert one.shipped and one.sha256 and one.size and one.licence.name and one.measured
    for name in ("mobilefacenet", "sface"):
        point = found[name].operating
        assert 0 < point.threshold(1000, point.usual, 0.001) < point.ceiling


def test_an_operator_s_own_lies_beside_the_weights(settings, folder, content) -> None:
    write(folder, content | {"version": 3})
    ours = manifest.find(settings, "ours", "embedder")
    assert (ours.engine, ours.shipped, ours.file) == ("ours-v3", False, "ours.onnx")


@pytest.mark.parametrize(("change", "said"), [
    ({"name": "Ours!"}, "name cannot be 'Ours!'"),
    ({"name": "dlib"}, "name none of dlib"),
    ({"kind": "clock"}, "kind must be one of detector, embedder, liveness"),
    ({"file": "../secret.key"}, "file cannot be '../secret.key'"),
    ({"file": 7}, "file is missing or of another kind"),
    ({"sha256": "f00"}, "sha256 cannot be 'f00'"),
    ({"url": "file:///etc/passwd"}, "url cannot be"),
    ({"size": 0}, "size must lie between 1 and 1e\\+11"),
    ({"size": True}, "size is missing or of another kind"),
    ({"licence": None}, "licence must hold lines"),
    ({"licence": {"name": " "}}, r"licence\.name cannot be"),
    ({"version": None}, "version is missing"),
    ({"input": {"side": 112}}, r"input\.alignment is missing"),
    ({"output": {"dimension": 128, "nmae": "x"}}, r"output\.nmae is no field of a manifest"),
    ({"operating_point": {"base": 0.3}}, r"operating_point\.per_frame is missing"),
    ({"operating_point": {"base": "low"}}, r"operating_point\.base is missing or of another kind"),
    ({"colour": "rgb"}, "colour is no field of a manifest"),
])
def test_a_wrong_one_says_which_field(settings, folder, content, change, said) -> None:
    write(folder, content | change)
    with pytest.raises(SettingError, match=rf"ours\.yaml: .*{said}"):
        manifest.find(settings, "ours")


@pytest.mark.parametrize(("part", "change", "said"), [
    ("input", {"colour": "grey"}, "must be rgb or bgr"),
    ("input", {"divisor": 0}, "must lie between"),
    ("input", {"batch": 1.5}, "of another kind"),
    ("input", {"alignment": [[1, 2]] * 4}, "five pairs"),
    ("input", {"alignment": [[1, 200]] * 5}, "inside the crop"),
    ("operating_point", {"ceiling": -1}, "must lie between"),
])
def test_so_does_one_whose_inner_part_is_wrong(settings, folder, content, part, change, said) -> None:
    write(folder, content | {part: content[part] | change})
    with pytest.raises(SettingError, match=said):
        manifest.find(settings, "ours")


@pytest.mark.parametrize("text", ["- a\n- b\n", "name: [", "\x00"])
def test_what_is_no_manifest_at_all_is_named(settings, folder, text) -> None:
    (folder / "broken.yaml").write_text(text)
    with pytest.raises(SettingError, match=r"broken\.yaml"):
        manifest.find(settings, "ours")
    assert manifest.find(settings, "yunet").shipped  # nobody is kept from another
    assert [line for line in manifest.wrong_manifests(settings) if "broken.yaml" in line]


def test_a_digest_is_the_same_in_capitals(settings, folder, content) -> None:
    write(folder, content | {"sha256": content["sha256"].upper()})
    assert manifest.find(settings, "ours").sha256 == content["sha256"]


def test_two_of_one_name_or_of_one_engine_are_refused(settings, folder, content) -> None:
    write(folder, content | {"name": "sface"})
    with pytest.raises(SettingError, match=r"named sface, as sface\.yaml is already"):
        manifest.find(settings, "ours")
