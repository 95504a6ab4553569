"""Drop folders of a test, an intake that sweeps them, and a bench to make deliveries on."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from adapters.filedrop import FileDropAdapter
from adapters.manifest import Manifest, load
from contracts.audit import Draft, Recorded
from gateway.intake import Drop, Intake, Swept
from gateway.store.database import Database
from gateway.store.tables import deliveries, delivery_files, delivery_keys, quarantine
from gateway.vault import Vault

ROOT = Path(__file__).resolve().parents[2]
SETTLE = timedelta(seconds=10)
PATIENCE = timedelta(hours=1)


def manifest_of(agency: str, **replaced: str) -> Manifest:
    yaml = (ROOT / "config" / "agencies" / f"{agency}.yaml").read_text("utf-8")
    for old, new in replaced.items():
        assert old in yaml
        yaml = yaml.replace(old, new)
    return load(yaml, f"{agency}.yaml")


@dataclass
class Harbour:
    """Everything an intake stands on. `recorded` are the entries it asked for."""

    home: Path
    database: Database
    vault: Vault
    clock: Any
    drops: list[Drop]
    recorded: list[Draft] = field(default_factory=list)
    intake: Intake = field(init=False)

    def __post_init__(self) -> None:
        self.open_again()

    def open_again(self) -> None:
        """As after a restart: nothing is remembered but what is on the disk."""
        self.intake = Intake(
            self.root, self.home / "spool", self.database, self.vault, self.record, self.published
        )

    @property
    def root(self) -> Path:
        return self.home / "drop"

    def inbox(self, agency: str = "mdj-survey") -> Path:
        folder = self.root / agency / "in"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    async def published(self) -> list[Drop]:
        return self.drops

    async def record(self, draft: Draft) -> Recorded:
        self.recorded.append(draft)
        return Recorded(origin="test/log", index=len(self.recorded) - 1, leaf=bytes(32), size=1)

    async def sweep(self, after: timedelta = timedelta(0)) -> Swept:
        self.clock.advance(after.total_seconds())
        return await self.intake.sweep(self.clock())

    async def take_in(self) -> Swept:
        """Seen, and seen again unchanged once settled."""
        await self.sweep()
        return await self.sweep(SETTLE)

    async def rows(self, table: Any) -> list[Any]:
        return await self.database.read(lambda connection: list(connection.execute(select(table)).all()))

    async def deliveries(self) -> list[Any]:
        return sorted(await self.rows(deliveries), key=lambda row: (row.agency, row.package, row.version))

    async def files(self) -> list[Any]:
        return await self.rows(delivery_files)

    async def keys(self) -> list[Any]:
        return await self.rows(delivery_keys)

    async def refusals(self) -> list[Any]:
        return await self.rows(quarantine)

    def adapter(self, agency: str = "mdj-survey") -> FileDropAdapter:
        drop = next(each for each in self.drops if each.manifest.agency == agency)
        return FileDropAdapter(drop.manifest, drop.version, None, str, self.clock, self.intake)  # type: ignore[arg-type]

    def lying(self, where: str, agency: str = "mdj-survey") -> list[str]:
        """Files in `in`, `done` or `quarantine`, by path."""
        folder = self.root / agency / where
        return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture
async def harbour(tmp_path: Path, clock: Any, database_url: str) -> AsyncIterator[Harbour]:
    database = Database(database_url, readers=1)
    drops = [Drop(manifest_of(agency), 1) for agency in ("mdj-survey", "mdj-defence", "mdj-archive")]
    yield Harbour(tmp_path, database, Vault(tmp_path / "vault", bytes(range(32))), clock, drops)
    await database.close()


@pytest.fixture(scope="session")
def projects() -> list[dict[str, Any]]:
    text = (ROOT / "demo" / "projects.json").read_text("utf-8")
    return json.loads(text, parse_float=Decimal)["projects"]


Now = Callable[[], datetime]
