"""The agencies of the crash tests: one answers over REST with many small files, one drops packages."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from tests.intake.bench import PDF, notice_of, zipped
from tests.streaming.scene import ASK, CODE, MANIFEST

ROOT = Path(__file__).resolve().parents[2]
FILES = 60
DROPPING = "mdj-survey"
OFFICE = "drawings"

GRANTS = """
grants:
  - id: test
    consumer: registration
    purposes: [first-registration]
    valid: {from: 2026-01-01, until: 2099-12-31}
    approval: 测试
    kinds: &all {investment-filing: {}, survey-package: {}}
  - id: repulls
    consumer: repull
    purposes: [repull]
    valid: {from: 2026-01-01, until: 2099-12-31}
    approval: 测试
    kinds: *all
"""
SETTLED = "0.2s"

__all__ = ["ASK", "FILES", "OFFICE", "configure", "deliver", "drawing", "make_office"]


def drawing(number: int) -> bytes:
    """A file of the office's, no two alike; every eighth is longer than two of the vault's segments."""
    pattern = hashlib.shake_128(b"drawing %d" % number).digest(900)
    return pattern * (2500 if number % 8 == 0 else 3)


def make_office(_desk: Any) -> ASGIApp:
    """One row about the project of ASK, with FILES files."""
    listed = [{"name": f"图{n}.pdf", "path": f"files/{n}", "size": len(drawing(n))} for n in range(FILES)]

    async def row(_request: Request) -> Response:
        return JSONResponse({"rows": [{"xmdm": CODE, "fj": listed}]})

    async def file(request: Request) -> Response:
        return Response(drawing(int(request.path_params["number"])), media_type="application/pdf")

    return Starlette(routes=[Route("/filings", row), Route("/files/{number:int}", file)])


def configure(folder: Path, base: str) -> Path:
    """Manifests and grants for both agencies; the dropping one's files settle at once."""
    (folder / "agencies").mkdir(parents=True)
    manifest = MANIFEST.format(port=base.rpartition(":")[2])
    (folder / "agencies" / "drawings.yaml").write_text(manifest, "utf-8")
    survey = (ROOT / "config" / "agencies" / f"{DROPPING}.yaml").read_text("utf-8")
    assert "settle: 10s" in survey
    survey = survey.replace("settle: 10s", f"settle: {SETTLED}\n    patience: 1s")
    (folder / "agencies" / f"{DROPPING}.yaml").write_text(survey, "utf-8")
    (folder / "grants.yaml").write_text(GRANTS, "utf-8")
    shutil.copy(ROOT / "config" / "rules.yaml", folder)
    return folder


def deliver(drop: Path, number: int, *, sick: bool = False) -> str:
    """Drop a package, written elsewhere first and renamed when done; gives its number."""
    inbox, package = drop / DROPPING / "in", f"DCHY-231005-2026-{number:04d}"
    inbox.mkdir(parents=True, exist_ok=True)
    files = {"宗地图.pdf": PDF + package.encode()}
    notice = notice_of(files, package=package)
    if sick:
        notice = notice.replace(b'size="', b'size="1')
    made = zipped(drop / f".{package}" / f"{package}.zip", {"manifest.xml": notice, **files})
    assert zipfile.is_zipfile(made)
    for path in (made.with_name(f"{made.name}.sha256"), made):
        path.rename(inbox / path.name)
    made.parent.rmdir()
    return package
