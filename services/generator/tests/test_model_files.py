"""Finding a model, and copying it from a network mount."""

import json
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from homework_generator.errors import CannotStart
from homework_generator.model import files as model_files
from homework_generator.model.files import Model, find_model, is_network_mount, model_file, on_local_disk
from homework_generator.model.preflight import choose
from homework_generator.settings import EngineSettings

from .test_preflight import MINERVA_3B

MOUNTS = """\
overlay / overlay rw 0 0
drive /content/drive fuse rw,nosuid 0 0
/dev/sda1 {here} ext4 rw 0 0
server:/models /mnt/models nfs4 rw 0 0
/dev/sdb1 /media/usb fuseblk rw 0 0
auto /home/school autofs rw 0 0
server:/home /home/school nfs4 rw 0 0
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "marco"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(MINERVA_3B))
    (folder / "model.safetensors").write_bytes(bytes(range(256)) * 100)
    return folder


def test_a_folder_is_found(folder: Path) -> None:
    found = find_model(str(folder))
    assert (found.path, found.adapter) == (str(folder), None)


def test_an_adapter_folder_brings_its_base_model(folder: Path, tmp_path: Path) -> None:
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    (adapter / "adapter_config.json").write_text(
        json.dumps({"base_model_name_or_path": str(folder), "r": 32})
    )
    found = find_model(str(adapter))
    assert (found.path, found.adapter, found.adapter_rank) == (str(folder), adapter, 32)


@pytest.mark.parametrize("name", ["marco.Q4_K_M.gguf", "folder", "someone/Marco-3B-GGUF"])
def test_a_gguf_model_is_refused_with_what_to_use_instead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    for file in ("marco.Q4_K_M.gguf", "folder/model.gguf"):
        (tmp_path / file).write_bytes(b"GGUF")
    with pytest.raises(CannotStart, match=r"GGUF model, made for llama\.cpp: point MODEL at"):
        find_model(name)


def test_a_folder_with_gguf_beside_its_weights_is_a_usual_model(folder: Path) -> None:
    (folder / "model.gguf").write_bytes(b"GGUF")
    assert find_model(str(folder)).path == str(folder)


def test_a_file_beside_the_weights_is_found_or_is_none(folder: Path) -> None:
    (folder / "generation_config.json").write_text("{}")
    assert model_file(str(folder), "generation_config.json") == folder / "generation_config.json"
    assert model_file(str(folder), "no_such.json") is None


def test_an_adapter_without_a_base_is_refused(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(CannotStart, match="names no base model"):
        find_model(str(tmp_path))


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"holds no config\.json"):
        find_model(str(tmp_path))


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("/content/drive/MyDrive/models/marco", True),
        ("/mnt/models/marco", True),
        ("/content/models", False),
        ("/media/usb/models", False),
        ("/home/school/models", True),
    ],
)
def test_network_mounts_are_distinguished_from_disks(tmp_path: Path, folder: str, expected: bool) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS.format(here=tmp_path))
    assert is_network_mount(Path(folder), mounts) is expected


def test_where_mounts_cannot_be_read_nothing_is_copied(tmp_path: Path) -> None:
    assert is_network_mount(tmp_path, tmp_path / "none") is False


def test_a_model_on_a_network_mount_is_copied_once(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_files, "is_network_mount", lambda _: True)
    first = on_local_disk(find_model(str(folder)), tmp_path / "cache")
    assert Path(first.path).parent == tmp_path / "cache"
    assert (Path(first.path) / "model.safetensors").read_bytes() == (
        folder / "model.safetensors"
    ).read_bytes()
    copy = Path(first.path) / "model.safetensors"
    before = copy.stat().st_mtime_ns
    assert on_local_disk(find_model(str(folder)), tmp_path / "cache") == first
    assert copy.stat().st_mtime_ns == before


def test_a_copy_that_was_cut_off_is_made_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_files, "is_network_mount", lambda _: True)
    whole = on_local_disk(find_model(str(folder)), tmp_path / "cache")
    draft = Path(f"{whole.path}.part")
    Path(whole.path).rename(draft)
    (draft / "model.safetensors").write_bytes(b"half")
    again = on_local_disk(find_model(str(folder)), tmp_path / "cache")
    assert (Path(again.path) / "model.safetensors").stat().st_size == 25_600


def test_a_disk_that_is_too_small_is_named(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_files, "is_network_mount", lambda _: True)
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    with pytest.raises(CannotStart, match="GENERATOR_CACHE_FOLDER"):
        on_local_disk(find_model(str(folder)), tmp_path / "cache")


def test_a_local_folder_and_a_hub_name_stay_where_they_are(folder: Path, tmp_path: Path) -> None:
    local = find_model(str(folder))
    assert on_local_disk(local, tmp_path) is local
    hub = Model("org/name", "org/name", local.shape)
    assert on_local_disk(hub, tmp_path) is hub


def test_a_copy_reports_its_progress_without_a_terminal_too(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(model_files, "is_network_mount", lambda _: True)
    on_local_disk(find_model(str(folder)), tmp_path / "cache")
    assert "copying the model to local disk: 100 %" in capsys.readouterr().out


def test_a_mount_that_fails_in_the_middle_says_what_to_do(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise OSError(107, "Transport endpoint is not connected")

    monkeypatch.setattr(model_files, "is_network_mount", lambda _: True)
    monkeypatch.setattr(model_files, "_copy_all", gone)
    with pytest.raises(CannotStart, match="is Drive still mounted"):
        on_local_disk(find_model(str(folder)), tmp_path / "cache")


def test_a_config_that_cannot_be_sized_can_be_loaded_all_the_same(folder: Path) -> None:
    (folder / "config.json").write_text('{"text_config": {"hidden_size": 2560}}')
    with pytest.raises(CannotStart, match="GENERATOR_IGNORE_FIT"):
        find_model(str(folder))
    plan = choose(find_model(str(folder), ignore_fit=True), None, EngineSettings(ignore_fit=True))
    assert plan.max_model_len == 4096


def test_all_of_a_hub_model_is_loaded_from_the_commit_whose_config_was_read(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = tmp_path / "snapshots" / ("c0ffee" * 6 + "cafe")
    shutil.copytree(folder, commit)
    asked: list[str | None] = []

    def download(name: str, file: str, *, revision: str | None = None) -> str:
        asked.append(revision)
        return str(commit / file)

    errors = dict.fromkeys(("HfHubHTTPError", "HFValidationError", "LocalEntryNotFoundError"), LookupError)
    # Only the environment of a GPU has this library.
    monkeypatch.setitem(sys.modules, "huggingface_hub", SimpleNamespace(hf_hub_download=download))
    monkeypatch.setitem(sys.modules, "huggingface_hub.errors", SimpleNamespace(**errors))
    model = find_model("org/name", "v1.2")
    plan = choose(model, None, EngineSettings())
    model_file(plan.model, "generation_config.json", plan.revision)
    assert asked == ["v1.2", commit.name]
    arguments = plan.engine_arguments()
    assert arguments["revision"] == arguments["tokenizer_revision"] == commit.name
    assert commit.name[:12] in [row.chosen for row in plan.rows]
