"""The intake's rows: what is known, what was set aside, and how a delivery is found."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, delete, func, insert, select, update

from adapters.base import HeldFile
from contracts.identifiers import normalise
from contracts.time import parse_instant
from gateway.store.tables import deliveries, delivery_files, delivery_keys, quarantine

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from adapters.filedrop import Indexed
    from gateway.intake.unpacking import Goods

_ROWS_A_STATEMENT = 500


@dataclass(frozen=True, slots=True)
class Arrival:
    """A delivery about to be known: whose, what, by which manifest version read, when (stored form)."""

    id: str
    agency: str
    manifest_version: int
    arrived_at: str
    goods: Goods

    @property
    def package(self) -> str:
        """The agency's number for it, as later deliveries are compared."""
        return normalise(self.goods.said.package)


@dataclass(frozen=True, slots=True)
class SetAside:
    """A delivery that was refused. `digest` None where it could not be read, `at` in stored form.

    `put_back_at`, `put_back_by`: it lies in its folder again since, by whose order.
    """

    id: str
    agency: str
    name: str
    digest: str | None
    reason: str
    zh: str
    en: str
    at: str
    put_back_at: str | None = None
    put_back_by: str | None = None

    @property
    def written(self) -> str:
        """The reason as it is laid beside the delivery."""
        told = f"未接收：{self.zh}。\nNot taken in: {self.en}."
        return f"{self.name}\n\n{told}\n\n[{self.reason}] {self.digest or ''}\n"


def name_of(prefix: str, *facts: str) -> str:
    """A stable id: the same facts always have the same one."""
    letters = base64.b32encode(hashlib.sha256("\0".join(facts).encode()).digest()).decode().lower()
    return f"{prefix}-{letters[:26]}"


def known(connection: Connection, delivery: str) -> bool:
    """Whether a delivery was taken in before, whatever became of it since."""
    return connection.execute(select(deliveries.c.id).where(deliveries.c.id == delivery)).first() is not None


def next_version(connection: Connection, agency: str, package: str) -> int:
    """The version the next delivery under this number has."""
    own = (deliveries.c.agency == agency) & (deliveries.c.package == package)
    newest: int | None = connection.execute(select(func.max(deliveries.c.version)).where(own)).scalar()
    return (newest or 0) + 1


def make_known(connection: Connection, arrival: Arrival) -> None:
    """The delivery is in force from here on, and the one before it no more. Once known, nothing happens."""
    if known(connection, arrival.id):
        return
    own = (deliveries.c.agency == arrival.agency) & (deliveries.c.package == arrival.package)
    version = next_version(connection, arrival.agency, arrival.package)
    in_force = own & deliveries.c.superseded_at.is_(None)
    connection.execute(update(deliveries).where(in_force).values(superseded_at=arrival.arrived_at))
    row = {
        "id": arrival.id,
        "agency": arrival.agency,
        "package": arrival.package,
        "version": version,
        "digest": arrival.goods.digest,
        "notice": arrival.goods.notice,
        "manifest_version": arrival.manifest_version,
        "arrived_at": arrival.arrived_at,
    }
    connection.execute(insert(deliveries).values(**row))
    files = [
        {"delivery": arrival.id, "path": file.path, "sha256": f"sha256:{file.sha256}", "bytes": file.bytes}
        for file in arrival.goods.files
    ]
    for first in range(0, len(files), _ROWS_A_STATEMENT):
        connection.execute(insert(delivery_files), files[first : first + _ROWS_A_STATEMENT])
    _index(connection, arrival.id, arrival.goods.said.keys)


def _index(connection: Connection, delivery: str, keys: Iterable[Indexed]) -> None:
    rows = [{"delivery": delivery, "kind": each.kind, "key": each.key, "norm": each.norm} for each in keys]
    if rows:
        connection.execute(insert(delivery_keys), rows)


def read_by_others(connection: Connection, agency: str, version: int) -> list[tuple[str, str]]:
    """Deliveries in force whose keys another manifest version read: their ids and notices."""
    own = (deliveries.c.agency == agency) & deliveries.c.superseded_at.is_(None)
    found = select(deliveries.c.id, deliveries.c.notice).where(own, deliveries.c.manifest_version != version)
    return [(row.id, row.notice) for row in connection.execute(found)]


def read_anew(connection: Connection, delivery: str, version: int, keys: Iterable[Indexed]) -> None:
    """The keys as this manifest version reads them, in place of the old ones."""
    connection.execute(delete(delivery_keys).where(delivery_keys.c.delivery == delivery))
    _index(connection, delivery, keys)
    this = deliveries.c.id == delivery
    connection.execute(update(deliveries).where(this).values(manifest_version=version))


def in_force(
    connection: Connection, agency: str, kind: str, key: tuple[str, str], *, starts: bool
) -> list[tuple[Row[Any], tuple[HeldFile, ...]]]:
    """Deliveries in force found by a key's name and normalised value, oldest first, with their files."""
    name, norm = key
    fits = delivery_keys.c.norm.startswith(norm, autoescape=True) if starts else delivery_keys.c.norm == norm
    named = select(delivery_keys.c.delivery).where(
        delivery_keys.c.kind == kind, delivery_keys.c.key == name, fits
    )
    own = (deliveries.c.agency == agency) & deliveries.c.superseded_at.is_(None)
    found = select(deliveries).where(own, deliveries.c.id.in_(named))
    rows = connection.execute(found.order_by(deliveries.c.arrived_at, deliveries.c.id)).all()
    return [(row, _files(connection, row.id)) for row in rows]


def _files(connection: Connection, delivery: str) -> tuple[HeldFile, ...]:
    found = select(delivery_files).where(delivery_files.c.delivery == delivery)
    rows = connection.execute(found.order_by(delivery_files.c.path))
    return tuple(HeldFile(row.path, row.sha256.removeprefix("sha256:"), row.bytes) for row in rows)


def last_arrived(connection: Connection, agency: str) -> datetime | None:
    """When a delivery last came in."""
    newest = select(func.max(deliveries.c.arrived_at)).where(deliveries.c.agency == agency)
    found = connection.execute(newest).scalar()
    return parse_instant(found) if found else None


@dataclass(frozen=True, slots=True)
class Arrived:
    """A delivery taken in: `version` counts those under its number, `files` and `octets` all of it."""

    id: str
    package: str
    version: int
    arrived_at: str
    superseded_at: str | None
    files: int
    octets: int


def arrived(connection: Connection, agency: str, most: int) -> list[Arrived]:
    """The newest deliveries taken in."""
    newest = (
        select(deliveries)
        .where(deliveries.c.agency == agency)
        .order_by(deliveries.c.arrived_at.desc(), deliveries.c.id)
        .limit(most)
    )
    rows = connection.execute(newest).all()
    counted = select(
        delivery_files.c.delivery, func.count(), func.coalesce(func.sum(delivery_files.c.bytes), 0)
    ).where(delivery_files.c.delivery.in_([row.id for row in rows]))
    files = {
        name: (count, int(size)) for name, count, size in connection.execute(counted.group_by("delivery"))
    }
    return [
        Arrived(
            row.id, row.package, row.version, row.arrived_at, row.superseded_at, *files.get(row.id, (0, 0))
        )
        for row in rows
    ]


def quarantined(connection: Connection, agency: str, most: int) -> list[SetAside]:
    """The newest deliveries set aside, those that were put back since too."""
    own = select(quarantine).where(quarantine.c.agency == agency)
    rows = connection.execute(own.order_by(quarantine.c.at.desc(), quarantine.c.id).limit(most))
    return [SetAside(**dict(row._mapping)) for row in rows]  # noqa: SLF001  public, underscored against columns


def put_back(connection: Connection, name: str, at: str, by: str) -> None:
    """A delivery set aside lies in its folder again; what is wrong with it now is another refusal."""
    this = quarantine.c.id == name
    connection.execute(update(quarantine).where(this).values(put_back_at=at, put_back_by=by))


def aside(connection: Connection, name: str) -> SetAside | None:
    """A refusal by its id."""
    row = connection.execute(select(quarantine).where(quarantine.c.id == name)).first()
    return SetAside(**dict(row._mapping)) if row else None  # noqa: SLF001  public, underscored against columns


def set_aside(connection: Connection, aside: SetAside) -> None:
    """The refusal stands."""
    connection.execute(insert(quarantine).values(**asdict(aside)))
