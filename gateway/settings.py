"""Settings: environment `LANDBRIDGE_*`, or files it names, over `config/landbridge.yaml` over defaults."""

from __future__ import annotations

import os
from collections.abc import Iterable
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from contracts.audit import FLOOR_DAYS, PERSONAL_FLOOR_DAYS
from contracts.errors import ManifestInvalid, SetupIncomplete
from contracts.text import text


class Settings(BaseSettings):
    """Everything an operator may set. Law sets the floors of the two retention periods."""

    model_config = SettingsConfigDict(env_prefix="LANDBRIDGE_", frozen=True, extra="forbid")

    home: Path = Field(Path("var"), description="Keys, database and vault | 密钥、数据库与凭据库所在目录")
    config: Path = Field(
        Path("config"), description="Manifests, grants, rules | 适配清单、授权、规则所在目录"
    )
    rules_profile: str = Field(
        "shipped", description="Profile of config/rules.yaml in force | 在用的核验方案（config/rules.yaml）"
    )
    drop: Path | None = Field(
        None,
        description="Drop folders, one an agency; default home/drop | 文件投递接收目录，默认 home 下的 drop",
    )
    drop_seconds: float = Field(
        5.0, ge=0.1, le=3600, description="Seconds between looks at the drop folders | 查看接收目录的间隔秒数"
    )
    database_url: str | None = Field(
        None,
        repr=False,
        description="postgresql://… for several workers or machines; default SQLite in home"
        " | 数据库地址：多进程或多机用 postgresql://…，默认用 home 下的 SQLite",
    )
    host: str = Field("127.0.0.1", description="Address to listen on | 监听地址")
    port: int = Field(8100, ge=0, le=65535, description="Port to listen on | 监听端口")
    public_url: str | None = Field(
        None, description="Address consumers use; signatures cover it | 需求方访问地址，签名覆盖此地址"
    )
    trusted_proxies: str = Field(
        "",
        description=(
            "Front proxies whose X-Forwarded-For is believed: addresses or networks, by commas"
            " | 可信前置代理的地址或网段，逗号分隔；只采信它们的 X-Forwarded-For"
        ),
    )
    log_origin: str = Field(
        "landbridge.local/log",
        pattern=r"^[!-*,-~]{1,200}$",
        description="The log's name in checkpoints | 审计日志名称",
    )
    log_patience_seconds: float = Field(
        2.0, gt=0, le=2.0, description="How long an ask waits for the log | 等待日志落盘的最长秒数"
    )
    wait_seconds: int = Field(
        15, ge=1, le=60, description="Default budget of one ask | 单次请求的默认时限（秒）"
    )
    cache_materials: int = Field(20_000, ge=0, description="Kept answers in memory | 内存缓存条数")
    redis_url: str | None = Field(
        None,
        pattern=r"^(rediss?|unix)://",
        repr=False,
        description="Redis or Valkey that nodes share, if any | 各节点共用的 Redis 或 Valkey，默认不用",
    )
    attachment_limit_bytes: int = Field(
        4 << 30, ge=1 << 20, description="Largest attachment | 附件大小上限（字节）"
    )
    retention_days: int = Field(
        PERSONAL_FLOOR_DAYS, ge=FLOOR_DAYS, description="Log entries are kept at least | 日志最短留存天数"
    )
    retention_personal_days: int = Field(
        PERSONAL_FLOOR_DAYS,
        ge=PERSONAL_FLOOR_DAYS,
        description="…where personal information was given | 涉及个人信息的日志最短留存天数",
    )
    disk_reserve_mb: int = Field(
        1024, ge=0, description="Not ready below this free space, in MB | 可用空间低于此值（MB）即未就绪"
    )
    log_format: Literal["json", "text"] | None = Field(
        None,
        description="json or text; default json unless at a terminal | 运行日志格式，默认非终端时为 json",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe that is told | 运行日志级别"
    )
    idle_minutes: int = Field(
        30, ge=1, le=120, description="Signed-in people are signed out after idling | 无操作自动退出的分钟数"
    )
    oidc_issuer: str | None = Field(
        None,
        pattern=r"^https?://[^\s?#]+$",
        description="OpenID Connect provider for the console | 控制台统一身份认证（OpenID Connect）地址",
    )
    oidc_client: str = Field("landbridge", description="Client id there | 在认证平台登记的应用标识")
    oidc_secret: SecretStr = Field(SecretStr(""), description="Client secret | 应用密钥")
    oidc_claim: str = Field("sub", description="Claim that is the account's name | 哪个声明对应本系统账号名")
    strangers_per_minute: int = Field(
        120, ge=1, description="Unknown callers heard per address | 每地址每分钟受理的未知来访上限"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then environment, then files it names, then the file in the configuration folder."""
        folder = Path(init_settings().get("config") or os.environ.get("LANDBRIDGE_CONFIG") or "config")
        return (
            init_settings,
            env_settings,
            InitSettingsSource(settings_cls, _from_named_files(settings_cls.model_fields)),
            InitSettingsSource(settings_cls, _from_file(folder / "landbridge.yaml")),
        )

    @field_validator("trusted_proxies")
    @classmethod
    def _somebody_in_particular(cls, written: str) -> str:
        """Trusting everybody would let every caller write its own address."""
        for each in _parted(written):
            if ip_network(each).prefixlen == 0:
                raise ValueError("names everybody")
        return written

    @property
    def proxies(self) -> list[str]:
        """The front proxies believed about who is calling, each an address or a network."""
        return _parted(self.trusted_proxies)

    @property
    def database(self) -> str:
        """The database URL in use."""
        return self.database_url or f"sqlite:///{(self.home / 'landbridge.sqlite').absolute()}"

    @property
    def drops(self) -> Path:
        """Where the drop folders are."""
        return self.drop or self.home / "drop"

    @property
    def base_url(self) -> str:
        """The address consumers use, without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


def _parted(written: str) -> list[str]:
    return [each.strip() for each in written.split(",") if each.strip()]


def _from_named_files(names: Iterable[str]) -> dict[str, str]:
    """What stands in files that `LANDBRIDGE_<NAME>_FILE` name: no secret has to be in the environment."""
    paths = {name: os.environ.get(f"LANDBRIDGE_{name.upper()}_FILE") for name in names}
    return {name: _inside(name, Path(path)) for name, path in paths.items() if path}


def _inside(name: str, path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        variable = f"LANDBRIDGE_{name.upper()}_FILE"
        raise SetupIncomplete(
            text(f"{variable} 所指的文件无法读取", f"The file that {variable} names cannot be read")
        ) from error


def _from_file(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        found = YAML(typ="safe").load(path.read_text("utf-8"))
    except (YAMLError, UnicodeDecodeError) as error:
        raise ManifestInvalid(
            text(f"{path.name} 不是有效的 YAML", f"{path.name} is not valid YAML")
        ) from error
    return dict(found or {})
