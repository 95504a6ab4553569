"""What is wrong with an installation, each finding by its name and with its fix; looking changes nothing."""

from __future__ import annotations

import os
import resource
import stat
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import packages_distributions
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError
from sqlalchemy import make_url

from adapters.egress import Egress
from adapters.manifest import load as load_manifest
from contracts.errors import LandbridgeError, SetupIncomplete
from contracts.reasons import why
from contracts.text import Text, text
from gateway.audit.customs import customs_in
from gateway.building import open_house
from gateway.jobs import giveback
from gateway.keys import KeyRing
from gateway.readiness import free_megabytes
from gateway.registry import DocumentKind
from gateway.settings import Settings
from gateway.store.database import transaction
from gateway.store.engine import backend_of, open_engine
from gateway.store.guards import missing_guards
from gateway.store.migrate import is_empty, pending
from gateway.vault import read_through

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from adapters.manifest import Manifest
    from gateway.house import House

T = TypeVar("T")

OPEN_FILES = 1024
"""Fewer open files than this, and a busy hour runs out of them: connections, vault objects, the database."""

SAMPLE = 5
"""Vault objects read to their end."""

NETWORKED = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs"}
)
"""File systems, and all of FUSE, on which SQLite's WAL is not safe: it needs the memory of one machine."""

_OTHER_VARIABLES = {
    "LANDBRIDGE_LANG",
    "LANDBRIDGE_BACKUP_PASSPHRASE",
    "LANDBRIDGE_HTTPS_PORT",
    "LANDBRIDGE_SOAK",
}
"""Variables of ours that are no settings."""

_SHADOWED = text(
    "{other} 也提供 {package} 包；请在独立环境中安装陆桥",
    "{other} owns the package {package} too; give Landbridge an environment of its own",
)
_SETTING = text(
    "设置 {name} 无效：{zh}；请修改环境变量或 config/landbridge.yaml",
    "Setting {name}: {en}; change the variable, or config/landbridge.yaml",
)
_UNKNOWN = text(
    "没有设置 {names}，该环境变量不起作用；请核对名称（config/REFERENCE.md）",
    "There is no setting {names}, so the variable does nothing; see config/REFERENCE.md for its name",
)
_NO_CONFIG = text(
    "配置目录 {path} 不存在；请修改 LANDBRIDGE_CONFIG，或在该处放置适配清单与授权",
    "There is no folder {path}; change LANDBRIDGE_CONFIG, or put manifests and grants there",
)
_NO_PUBLIC_URL = text(
    "未设置 LANDBRIDGE_PUBLIC_URL；签名覆盖的地址与需求方访问的地址不一致时核验会失败",
    "LANDBRIDGE_PUBLIC_URL is not set; signatures fail where it differs from the address consumers use",
)
_ODD_PUBLIC_URL = text(
    "LANDBRIDGE_PUBLIC_URL 应为 http(s)://主机[:端口]，不带查询串",
    "LANDBRIDGE_PUBLIC_URL must read http(s)://host[:port], without a query",
)
_NO_HOME = text(
    "数据目录 {home} 不可写；请修改属主或 LANDBRIDGE_HOME",
    "Home {home} cannot be written; change its owner or LANDBRIDGE_HOME",
)
_OPEN_HOME = text(
    "{path} 可被其他用户访问（权限 {mode}）；请执行 chmod go-rwx {path}",
    "{path} is open to other users (mode {mode}); run chmod go-rwx {path}",
)
_NETWORKED = text(
    "SQLite 数据库位于网络文件系统（{kind}），断电或并发时可能损坏；请移到本地磁盘，或改用 PostgreSQL",
    "The SQLite database is on a network file system ({kind}), which may damage it; move it to a local disk",
)
_FEW_FILES = text(
    "可打开文件数上限为 {limit}，少于 {due}；请在服务单元中设置 LimitNOFILE={due} 或更高",
    "Only {limit} files may be open, fewer than {due}; set LimitNOFILE={due} or more in the service unit",
)
_LITTLE_ROOM = text(
    "可用空间 {free} MB，低于 LANDBRIDGE_DISK_RESERVE_MB（{reserve}）；请清理或扩容",
    "{free} MB free, less than LANDBRIDGE_DISK_RESERVE_MB ({reserve}); make room",
)
_NOT_SET_UP = text(
    "尚未初始化；首次运行 landbridge serve 时自动完成", "Not set up yet; the first landbridge serve does it"
)
_MIGRATIONS = text("有 {count} 个待升级版本；重启网关即可", "{count} migrations wait; restart the gateway")
_UNGUARDED = text(
    "审计日志缺少防篡改触发器 {names}；请运行 landbridge audit verify 查明改动，再从备份恢复",
    "The log's triggers {names} are missing; find out with landbridge audit verify what was changed",
)
_LAX = text(
    "PostgreSQL 的 {names} 已关闭，断电时已确认的记录可能丢失或损坏；"
    "请在 postgresql.conf 中改为 on 并重新加载",
    "PostgreSQL has {names} off, so a power cut may lose or damage what was acknowledged; turn it on in "
    "postgresql.conf and reload",
)
_DRIFTED = text(
    "{count} 个配置文件与在用版本不同；运行 landbridge config diff",
    "{count} files differ from the versions in force; run landbridge config diff",
)
_DROP_SHUT = text(
    "接收目录 {path} 不可读写；请修改其属主或权限",
    "The drop folder {path} cannot be used; change its owner or mode",
)
_DROP_OPEN = text(
    "任何用户都可向 {path} 投递；请执行 chmod o-w {path}",
    "Anybody may drop files in {path}; run chmod o-w {path}",
)
_ORIGIN = text(
    "部门地址 {host} 无法使用：{why}；请检查 DNS，内网地址须在清单中设置 allow_private: true",
    "The agency's address {host} cannot be used: {why}. Check DNS; private ones need allow_private: true",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, and what is wrong with it, if anything."""

    name: str
    trouble: Text | None


async def examine(mounts: Path = Path("/proc/self/mountinfo")) -> AsyncIterator[Finding]:
    """Everything, from the outside in; what depends on something that is broken is not looked at.

    `mounts` is what Linux says of mounted file systems (proc_pid_mountinfo(5)).
    """
    yield Finding("packages", _packages())
    try:
        settings = Settings()
    except (ValidationError, LandbridgeError) as error:
        yield Finding("settings", _unset(error))
        return
    yield Finding("settings", _strange_variables(os.environ))
    for finding in _around(settings, mounts):
        yield finding
    database = _trial(partial(_database, settings))
    yield Finding("database", database)
    if not database:
        yield Finding("durability", _trial(partial(_durability, settings)))
    if is_known_empty(settings):
        return
    keys = _trial(partial(_keys, settings))
    yield Finding("keys", keys)
    if database or keys:
        return
    async for finding in _inside(settings):
        yield finding


def is_known_empty(settings: Settings) -> bool:
    """Whether there is a database to speak of; one that cannot be reached is one."""
    try:
        return is_empty(settings.database)
    except LandbridgeError:
        return False


def _trial(attempt: Callable[[], Text | None]) -> Text | None:
    try:
        return attempt()
    except SetupIncomplete as error:
        return error.detail  # what to do in general is to run what is running here
    except LandbridgeError as error:
        return text(f"{error.detail.zh}。{error.todo.zh}", f"{error.detail.en}. {error.todo.en}")
    except OSError as error:
        return text(f"系统错误：{error.strerror}", f"The system says: {error.strerror}")


def _unset(error: ValidationError | LandbridgeError) -> Text:
    """Which setting, and why; never its value, which may be a secret."""
    if isinstance(error, LandbridgeError):
        return error.detail
    first = error.errors(include_input=False, include_url=False)[0]
    name, told = "_".join(str(step) for step in first["loc"]).upper(), why(first)
    return _SETTING.fill(name=f"LANDBRIDGE_{name}", zh=told.zh, en=told.en)


def _strange_variables(environ: Iterable[str]) -> Text | None:
    """A misspelt variable sets nothing, and nobody complains."""
    names = {f"LANDBRIDGE_{name.upper()}" for name in Settings.model_fields}
    names |= {f"{name}_FILE" for name in names} | _OTHER_VARIABLES
    ours = (name for name in environ if name.startswith("LANDBRIDGE_"))
    strange = sorted(name for name in ours if name not in names and not name.startswith("LANDBRIDGE_SECRET_"))
    return _UNKNOWN.fill(names=", ".join(strange)) if strange else None


def _packages() -> Text | None:
    """Our package names are generic: another distribution owning one would shadow ours."""
    owners = packages_distributions()
    for package in ("gateway", "adapters", "contracts", "demo"):
        others = sorted(set(owners.get(package, ())) - {"landbridge"})
        if others:
            return _SHADOWED.fill(other=others[0], package=package)
    return None


def _around(settings: Settings, mounts: Path) -> Iterator[Finding]:
    """What needs no open house."""
    yield Finding("public_url", _public_url(settings))
    yield Finding("home", _home(settings.home))
    missing = not settings.config.is_dir()
    yield Finding("config-folder", _NO_CONFIG.fill(path=settings.config) if missing else None)
    yield Finding("unusual", _trial(partial(_customs, settings)))
    yield Finding("disk", _trial(partial(_disk, settings)))
    yield Finding("file-system", _trial(partial(_file_system, settings, mounts)))
    yield Finding("open-files", _open_files())


def _customs(settings: Settings) -> None:
    """Read only when an auditor looks: whoever broke the file would not be there."""
    customs_in(settings.config)


def _public_url(settings: Settings) -> Text | None:
    if settings.public_url is None:
        return None if settings.host in {"127.0.0.1", "::1", "localhost"} else _NO_PUBLIC_URL
    scheme, _, rest = settings.public_url.partition("://")
    fits = scheme in {"http", "https"} and rest and not set(rest) & set("?#@ ")
    return None if fits else _ODD_PUBLIC_URL


def _home(home: Path) -> Text | None:
    place = next(each for each in (home, *home.absolute().parents) if each.exists())
    if not (place.is_dir() and os.access(place, os.W_OK | os.X_OK)):
        return _NO_HOME.fill(home=home)
    if place == home and (mode := _mode(home)) & 0o022:
        return _OPEN_HOME.fill(path=home, mode=f"{mode:04o}")
    secrets = [path for path in (home / "secrets").rglob("*") if path.is_file()]
    for path in [each for each in (home / "keys", *secrets) if each.exists()]:
        if (mode := _mode(path)) & 0o077:
            return _OPEN_HOME.fill(path=path, mode=f"{mode:04o}")
    return None


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _disk(settings: Settings) -> Text | None:
    if not settings.home.exists():
        return None
    free, reserve = free_megabytes(settings), settings.disk_reserve_mb
    return _LITTLE_ROOM.fill(free=free, reserve=reserve) if free < reserve else None


def _file_system(settings: Settings, mounts: Path) -> Text | None:
    """Which file system the SQLite database is on, by the longest mount point above it."""
    url = make_url(settings.database)
    if url.get_backend_name() != "sqlite" or not mounts.exists():
        return None
    place = Path(str(url.database)).resolve()
    above = [
        (len(point.parts), kind)
        for point, kind in map(_mounted, mounts.read_text("utf-8").splitlines())
        if place.is_relative_to(point)
    ]
    kind = max(above, default=(0, ""))[1]
    return _NETWORKED.fill(kind=kind) if kind in NETWORKED or kind.startswith("fuse.") else None


def _mounted(line: str) -> tuple[Path, str]:
    before, _, after = line.partition(" - ")
    point = before.split()[4].encode().decode("unicode_escape")  # \040 is a space
    return Path(point), after.split()[0]


def _open_files() -> Text | None:
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    few = limit != resource.RLIM_INFINITY and limit < OPEN_FILES
    return _FEW_FILES.fill(limit=limit, due=OPEN_FILES) if few else None


def _database(settings: Settings) -> Text | None:
    """Reachable, migrated, guarded."""
    if is_empty(settings.database):
        return _NOT_SET_UP
    if waiting := pending(settings.database):
        return _MIGRATIONS.fill(count=waiting)
    missing = _seen(settings, missing_guards)
    return _UNGUARDED.fill(names=", ".join(sorted(missing))) if missing else None


def _durability(settings: Settings) -> Text | None:
    lax = _seen(settings, backend_of(settings.database).lax)
    return _LAX.fill(names=", ".join(lax)) if lax else None


def _seen(settings: Settings, look: Callable[[Connection], T]) -> T:
    """What there is to see in the database, by a connection that cannot write."""
    engine = open_engine(settings.database, writes=False)
    try:
        with transaction(engine) as connection:
            return look(connection)
    finally:
        engine.dispose()


def _keys(settings: Settings) -> Text | None:
    KeyRing.open(settings.home, create=False)
    return None


async def _inside(settings: Settings) -> AsyncIterator[Finding]:
    """What only an open house can tell."""
    try:
        async with open_house(settings, looking=True) as house:
            for name, trouble in (await house.readiness.parts()).items():
                if name not in {"database", "disk", "keys"}:  # said already, in more words
                    yield Finding(name, trouble.detail if trouble else None)
            yield Finding("vault-sample", _trial(partial(_sample, house)))
            parts = await house.registry.differences(settings.config) if settings.config.is_dir() else ()
            yield Finding("config", _DRIFTED.fill(count=len(parts)) if parts else None)
            yield Finding("stand-ins", await giveback.trouble(house))
            async for finding in _of_agencies(house):
                yield finding
    except LandbridgeError as error:
        yield Finding("house", error.detail)


def _sample(house: House) -> Text | None:
    folder = house.settings.home / "vault"
    for path in islice(folder.glob("[0-9a-f][0-9a-f]/*"), SAMPLE):
        read_through(folder, house.keys.vault, f"sha256:{path.parent.name}{path.name}")
    return None


async def _of_agencies(house: House) -> AsyncIterator[Finding]:
    await house.safe.refresh()
    for adapter in await house.agencies.all():
        for named in adapter.secrets:
            yield Finding(named, _trial(partial(_resolved, house, named)))
    async with Egress() as egress:
        for manifest in await _readable(house):
            if manifest.connection.drop:
                folder = house.settings.drops / manifest.agency / "in"
                yield Finding(f"drop:{manifest.agency}", _drop(folder))
            elif manifest.connection.base:
                yield Finding(f"origin:{manifest.agency}", await _origin(egress, manifest))


async def _readable(house: House) -> list[Manifest]:
    """The manifests in force that can be used; of the others `agencies` has said so."""
    in_force = await house.registry.current(DocumentKind.AGENCY)
    usable = [in_force[name] for name in in_force if name not in house.agencies.broken]
    return [load_manifest(document.text, f"{document.name}.yaml") for document in usable]


def _resolved(house: House, named: str) -> Text | None:
    house.safe(named)
    return None


def _drop(folder: Path) -> Text | None:
    """The first sweep makes what is missing; who may write is the operator's to say."""
    place = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not os.access(place, os.R_OK | os.W_OK | os.X_OK):
        return _DROP_SHUT.fill(path=place)
    open_to_all = folder.exists() and folder.stat().st_mode & stat.S_IWOTH
    return _DROP_OPEN.fill(path=folder) if open_to_all else None


async def _origin(egress: Egress, manifest: Manifest) -> Text | None:
    connection = manifest.connection
    try:
        await egress.admit(*connection.place, allow_private=connection.allow_private)
    except LandbridgeError as error:
        why, base = error.detail, str(connection.base)
        return text(_ORIGIN.zh.format(host=base, why=why.zh), _ORIGIN.en.format(host=base, why=why.en))
    return None
