"""The rules' profiles as config/rules.yaml has them, by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from contracts.errors import ManifestInvalid, NoSuchThing
from contracts.rules import Profile
from contracts.text import text

SHIPPED = "shipped"
"""The profile in force unless another is named; there also where no file is."""


class _Sheet(BaseModel):
    model_config = ConfigDict(extra="forbid")

    uses: list[dict[str, Any]] = Field(default_factory=list)  # the anchor that profiles refer to
    profiles: dict[str, dict[str, Any]] = Field(min_length=1)


@lru_cache(maxsize=8)
def load_profiles(document: str, origin: str = "rules.yaml") -> Mapping[str, Profile]:
    """Read the profiles of a sheet, once a text. Raises ManifestInvalid naming the place and the reason."""
    try:
        sheet = _Sheet.model_validate(YAML(typ="safe").load(document))
        named = {name: {**of, "name": name} for name, of in sheet.profiles.items()}
        return MappingProxyType({name: Profile.model_validate(of) for name, of in named.items()})
    except YAMLError as error:
        raise ManifestInvalid(
            text(f"{origin} 不是有效的 YAML：{error}", f"{origin} is not valid YAML: {error}")
        ) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise ManifestInvalid(
            text(f"{origin} 的 {place}：{first['msg']}", f"{origin} at {place}: {first['msg']}")
        ) from error


def profile_named(folder: Path, name: str = SHIPPED) -> Profile:
    """The profile of that name in a folder's rules.yaml. Raises NoSuchThing, and ManifestInvalid."""
    path = folder / "rules.yaml"
    known = load_profiles(path.read_text("utf-8"), path.name) if path.exists() else {}
    found = known.get(name) or (Profile() if name == SHIPPED else None)
    if found is None:
        names = "、".join(known) or SHIPPED
        raise NoSuchThing(
            text(
                f"没有核验方案 {name}；可用：{names}",
                f"There is no rule profile {name}; known: {names.replace('、', ', ')}",
            )
        )
    return found
