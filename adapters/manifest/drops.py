"""What an agency that drops files leaves in its folder, and when a delivery is whole."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from adapters.manifest.parts import Duration, PathRule, Rule


class ListedFiles(Rule):
    """The files a notice names, each with a digest: `name` is the path within the delivery."""

    rows: PathRule
    name: PathRule
    sha256: PathRule | None = None
    sm3: PathRule | None = None
    bytes: PathRule | None = None


class NoticeRule(Rule):
    """The file that says what a delivery holds; `package` is the number a later delivery replaces it by."""

    name: str = Field(pattern=r"^[^/\\\x00-\x1f]{1,100}$")
    how: Literal["xml", "json", "csv"] = Field(alias="as")
    package: PathRule
    files: ListedFiles


class DropRule(Rule):
    """What the agency leaves in its drop folder, and when a delivery is whole."""

    form: Literal["zip", "folder"]
    notice: NoticeRule
    settle: Duration = Field(default=10.0, gt=0, le=3600, description="size and time unchanged for so long")
    patience: Duration = Field(default=3600.0, gt=0, description="then what is incomplete is set aside")
    sidecar: Literal["required", "optional"] = Field(
        default="optional", description="a digest beside the ZIP, NAME.zip.sha256 or NAME.zip.sm3"
    )
    files: int = Field(default=2000, ge=1, le=2000, description="files of one delivery, at most")
    total_bytes: int = Field(default=8 << 30, ge=1024, description="octets of one delivery unpacked, at most")
    ignore: tuple[str, ...] = Field(
        default=("Thumbs.db", "desktop.ini", ".DS_Store", "__MACOSX/*"),
        description="paths in a delivery that nobody needs; * stands for anything",
    )
