"""The configuration folder's files: what they hold, and where they and the record part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from contracts.errors import ManifestInvalid
from contracts.material import digest_of
from contracts.text import text
from gateway.registry.documents import Document, DocumentKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

Key = tuple[DocumentKind, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a file and the record part: the file is `new`, `changed`, or `gone` from the folder."""

    kind: DocumentKind
    name: str
    what: str
    published_version: int | None
    published_text: str
    file_text: str


def files_in(folder: Path) -> Iterable[tuple[DocumentKind, str, str]]:
    """Every document of a configuration folder: kind, name, text. Raises ManifestInvalid: unreadable."""
    for path in sorted((folder / "agencies").glob("*.yaml")):
        yield DocumentKind.AGENCY, path.stem, _text_of(path)
    grants = folder / "grants.yaml"
    if grants.exists():
        yield DocumentKind.GRANTS, DocumentKind.GRANTS.value, _text_of(grants)


def differences(folder: Path, published: Mapping[Key, Document]) -> list[Difference]:
    """Where the folder and the versions in force part. Raises ManifestInvalid: an unreadable file."""
    files = {(kind, name): content for kind, name, content in files_in(folder)}
    names = sorted(set(files) | set(published))
    return [part for key in names if (part := _difference(key, published.get(key), files.get(key)))]


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ManifestInvalid(
            text(f"{path.name} 无法按 UTF-8 读取", f"{path.name} cannot be read as UTF-8")
        ) from error


def _difference(key: Key, published: Document | None, content: str | None) -> Difference | None:
    kind, name = key
    if published is None:
        return Difference(kind, name, "new", None, "", content or "")
    if content is None:
        return Difference(kind, name, "gone", published.version, published.text, "")
    if digest_of(content.encode()) == published.digest:
        return None
    return Difference(kind, name, "changed", published.version, published.text, content)
