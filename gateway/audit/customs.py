"""What is usual here: the thresholds of config/unusual.yaml beyond which an auditor's attention is drawn."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from contracts.errors import ManifestInvalid
from contracts.reasons import why
from contracts.text import text

if TYPE_CHECKING:
    from pathlib import Path

FILE = "unusual.yaml"

Weekday = Annotated[int, Field(ge=1, le=7)]
Many = Annotated[int, Field(ge=1, le=1_000_000)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class OutOfHours(_Part):
    """Asks on days or at hours at which nobody works."""

    opens: int = Field(8, ge=0, le=23, description="Full hour at +08:00 at which work begins | 上班整点")
    closes: int = Field(18, ge=1, le=24, description="Full hour at which it ends | 下班整点")
    weekdays: list[Weekday] = Field(
        [1, 2, 3, 4, 5], description="Days of work, Monday is 1 | 工作日，星期一为 1"
    )
    holidays: list[date] = Field([], description="Days off that fall on them | 落在工作日的节假日")
    working_days: list[date] = Field([], description="Days of work on other days | 调休上班日")
    machines: list[str] = Field(
        ["repull"], description="Consumers that work at any hour | 不分昼夜运行的需求方"
    )
    asks: Many = Field(3, description="Asks by one operator in the period | 同一操作员在时段内的次数")

    @model_validator(mode="after")
    def _in_order(self) -> OutOfHours:
        if self.opens >= self.closes:
            raise ValueError("opens must be before closes")
        return self

    def is_work(self, day: date, hour: int) -> bool:
        """Whether somebody is expected to work in that hour of that day at +08:00."""
        at_work = day in self.working_days or (day.isoweekday() in self.weekdays and day not in self.holidays)
        return at_work and self.opens <= hour < self.closes


class Bursts(_Part):
    """More asks than a person makes."""

    asks: Many = Field(60, description="Asks by one operator | 同一操作员的次数")
    minutes: int = Field(10, ge=1, le=1440, description="within so many minutes | 多少分钟之内")


class ManyProjects(_Part):
    """More projects than a person works on."""

    projects: Many = Field(30, description="Projects of one operator on one day | 同一操作员一天内的项目数")


class UnfitPurposes(_Part):
    """Kinds asked for a purpose for which nobody is granted them."""

    asks: Many = Field(3, description="Asks by one consumer in the period | 同一需求方在时段内的次数")


class UnusedGrants(_Part):
    """Grants that nobody seems to need."""

    days: int = Field(90, ge=1, le=3650, description="Days without use | 未使用的天数")


class RepeatedRefusals(_Part):
    """Somebody who goes on trying."""

    refusals: Many = Field(5, description="Refusals of one operator on one day | 同一操作员一天内的拒绝次数")


class Customs(_Part):
    """The file `config/unusual.yaml`; what it leaves out has the shipped value."""

    out_of_hours: OutOfHours = OutOfHours()
    bursts: Bursts = Bursts()
    many_projects: ManyProjects = ManyProjects()
    unfit_purposes: UnfitPurposes = UnfitPurposes()
    unused_grants: UnusedGrants = UnusedGrants()
    repeated_refusals: RepeatedRefusals = RepeatedRefusals()


@lru_cache(maxsize=4)
def load_customs(document: str, origin: str = FILE) -> Customs:
    """Read the thresholds, once a text. Raises ManifestInvalid naming the place and the reason."""
    try:
        return Customs.model_validate(YAML(typ="safe").load(document) or {})
    except YAMLError as error:
        raise ManifestInvalid(
            text(f"{origin} 不是有效的 YAML：{error}", f"{origin} is not valid YAML: {error}")
        ) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place, told = ".".join(str(step) for step in first["loc"]), why(first)
        raise ManifestInvalid(
            text(f"{origin} 的 {place}：{told.zh}", f"{origin} at {place}: {told.en}")
        ) from error


def customs_in(folder: Path) -> Customs:
    """Those of a configuration folder, the shipped ones where it has no such file. Raises ManifestInvalid."""
    path = folder / FILE
    try:
        return load_customs(path.read_text("utf-8"))
    except FileNotFoundError:
        return Customs()
    except (OSError, UnicodeDecodeError) as error:
        raise ManifestInvalid(text(f"{FILE} 无法读取", f"{FILE} cannot be read")) from error
