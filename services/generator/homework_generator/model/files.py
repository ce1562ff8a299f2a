"""Finds the model (a folder, a name on the hub, a LoRA folder) and copies it from a network mount to a local
disk.
"""

import hashlib
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from homework_generator.errors import CannotStart
from homework_generator.model.hardware import GIB
from homework_generator.model.shape import ModelShape

_NETWORK_FILESYSTEMS = ("fuse", "nfs", "cifs", "smb", "9p", "afs", "ceph", "drivefs")
_LOCAL_FUSE = ("fuseblk", "fuse.fuse-overlayfs")
"""NTFS disks and the root of a rootless container are local, although FUSE mounts them."""

_SPARE_BYTES = GIB


@dataclass(frozen=True, slots=True)
class Model:
    """A model that can be loaded: `path` is a folder or a hub name, `adapter` a LoRA folder on top.

    `revision` is the commit of a hub name whose config was read, and from which all else is loaded too.
    """

    name: str
    path: str
    shape: ModelShape
    adapter: Path | None = None
    adapter_rank: int = 16
    revision: str | None = None


def find_model(name: str, revision: str | None = None, *, ignore_fit: bool = False) -> Model:
    """Read the model's config without downloading anything else. Raises CannotStart.

    `revision` is a commit, a tag or a branch of a hub name; None is the newest commit. `ignore_fit` accepts a
    config from which no size can be computed.
    """
    folder = Path(name).expanduser()
    _refuse_gguf(folder, name)
    if not folder.is_dir():
        config = _hub_config(name, revision)
        # The hub's cache keeps a file in a folder that is named after its commit.
        return Model(name, name, _shape(config, ignore_fit), revision=config.parent.name)
    if (folder / "config.json").is_file():
        return Model(name, str(folder), _shape(folder / "config.json", ignore_fit))
    if (adapter := folder / "adapter_config.json").is_file():
        return _with_adapter(name, folder, adapter, ignore_fit)
    raise CannotStart(
        f"the folder {folder} holds no config.json: point MODEL at a merged model or an adapter"
    )


def model_file(model: str, name: str, revision: str | None = None) -> Path | None:
    """A small file beside the weights of a folder or a hub name; None where the model has no such file."""
    folder = Path(model)
    if folder.is_dir():
        return folder / name if (folder / name).is_file() else None
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError

    try:
        return Path(hf_hub_download(model, name, revision=revision))
    except (HfHubHTTPError, OSError):  # no such file, or no hub to ask
        return None


def on_local_disk(model: Model, cache: Path) -> Model:
    """Copy a model from a network mount, with a progress bar, unless it was copied before.

    Raises CannotStart if the disk is too small.
    """
    folder = Path(model.path)
    if not folder.is_dir() or not is_network_mount(folder):
        return model
    return replace(model, path=str(_copied(folder, cache.expanduser())))


def is_network_mount(folder: Path, mounts: Path = Path("/proc/mounts")) -> bool:
    """Whether the folder is on a file system where every read of the weights would cross a network."""
    if not mounts.exists():
        return False
    lines = [line.split() for line in mounts.read_text().splitlines()]
    here = folder.resolve()
    at = [(Path(mount), kind) for _, mount, kind, *_ in lines if here.is_relative_to(Path(mount))]
    if not at:
        return False
    # Several file systems may share a mount point, as an automounter's do. The last one is on top.
    _, kind = max(reversed(at), key=lambda entry: len(entry[0].parts))
    return kind.startswith(_NETWORK_FILESYSTEMS) and kind not in _LOCAL_FUSE


def _shape(config: Path, ignore_fit: bool) -> ModelShape:
    try:
        return ModelShape.read(config)
    except CannotStart:
        if not ignore_fit:
            raise
        return ModelShape.unknown()


def _refuse_gguf(folder: Path, name: str) -> None:
    """Raises CannotStart for a model in llama.cpp's format: a file, a folder or a hub name."""
    if folder.is_dir():
        is_gguf = any(folder.glob("*.gguf")) and not (folder / "config.json").is_file()
    else:
        is_gguf = name.lower().endswith((".gguf", "-gguf"))
    if is_gguf:
        raise CannotStart(
            f"{name} is a GGUF model, made for llama.cpp: point MODEL at the model it was made from, as a "
            "folder with config.json and *.safetensors or as a name on the hub"
        )


def _with_adapter(name: str, folder: Path, config: Path, ignore_fit: bool) -> Model:
    try:
        adapter = json.loads(config.read_text(encoding="utf-8"))
        base, rank = str(adapter["base_model_name_or_path"]), int(adapter["r"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CannotStart(f"{config} names no base model ({error}): save it again with PEFT") from error
    return replace(find_model(base, ignore_fit=ignore_fit), name=name, adapter=folder, adapter_rank=rank)


def _hub_config(name: str, revision: str | None) -> Path:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(hf_hub_download(name, "config.json", revision=revision))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise CannotStart(
            f"there is no model {name!r}: no such folder here (is Drive mounted?), and the hub says: "
            f"{reason[:200]}. Set MODEL to a folder with config.json or to a hub name you may read"
        ) from error


def _copied(folder: Path, cache: Path) -> Path:
    files = [file for file in sorted(folder.iterdir()) if file.is_file()]
    stamp = "".join(f"{file.name}:{file.stat().st_size}:{int(file.stat().st_mtime)};" for file in files)
    target = cache / f"{folder.name}-{hashlib.sha256(stamp.encode()).hexdigest()[:10]}"
    if target.is_dir():
        return target
    # An interrupted copy leaves a draft, and never a folder that looks complete.
    draft = target.with_name(f"{target.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    cache.mkdir(parents=True, exist_ok=True)
    total = sum(file.stat().st_size for file in files)
    free = shutil.disk_usage(cache).free
    if free < total + _SPARE_BYTES:
        raise CannotStart(
            f"the model takes {total / GIB:.1f} GiB, but {cache} has {free / GIB:.1f} GiB left: "
            "free some, or set GENERATOR_CACHE_FOLDER to a larger disk"
        )
    draft.mkdir()
    try:
        _copy_all(files, draft, total)
    except OSError as error:
        raise CannotStart(
            f"the model could not be copied from {folder} ({error}): is Drive still mounted, and its quota "
            "not used up? Start again, or copy it to local disk by hand"
        ) from error
    return draft.rename(target)


def _copy_all(files: list[Path], target: Path, total: int) -> None:
    with _progress(total) as advance:
        for file in files:
            with file.open("rb") as source, (target / file.name).open("wb") as sink:
                while block := source.read(16 * 1024**2):
                    sink.write(block)
                    advance(len(block))
            if (target / file.name).stat().st_size != file.stat().st_size:
                raise OSError(f"{file.name} was cut off")


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal; elsewhere, such as in a notebook's log, a line for every tenth."""
    if not sys.stdout.isatty():
        yield _Tenths(total)
        return
    columns = (TextColumn("copying the model"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress:
        bar = progress.add_task("", total=total)
        yield lambda count: progress.advance(bar, count)


class _Tenths:
    def __init__(self, total: int) -> None:
        self._total = max(1, total)
        self._done = 0

    def __call__(self, count: int) -> None:
        before, self._done = self._done, self._done + count
        if (tenth := self._done * 10 // self._total) > before * 10 // self._total:
            done, total = self._done / GIB, self._total / GIB
            Console().print(f"copying the model to local disk: {tenth}0 %, {done:.1f} of {total:.1f} GiB")
