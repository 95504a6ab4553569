"""The table kit's adapter: a question becomes one SELECT, its rows one document of evidence."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import ClassVar
from urllib.parse import quote

from adapters.base import (
    Capabilities,
    Clock,
    Deadline,
    Key,
    Keys,
    Locator,
    Probe,
    ProbeStep,
    Secrets,
    failed,
)
from adapters.decode import Path
from adapters.documents import DocumentAdapter
from adapters.egress import Egress, Reply
from adapters.manifest import Manifest, MaterialRule
from adapters.manifest.parts import SECRET
from adapters.manifest.tables import database_at
from adapters.table.asking import Question, question, tried
from adapters.table.line import Line, Reader, Rows, admitted, connected
from adapters.table.writing import document
from contracts.errors import AgencyFailed, Fault, NotGranted
from contracts.exchange import Evidence, Grant
from contracts.text import text

_HEADERS = (("Content-Type", "application/json; charset=utf-8"),)

_MORE = text(
    "符合条件的行数超过 {most}，未读取：请核对 ask.where，或调整 connection.table.rows",
    "More than {most} rows fit, none was taken: check ask.where, or raise connection.table.rows",
)


class TableAdapter(DocumentAdapter):
    """One agency whose front-end database is read as its manifest says. Nothing is ever written there."""

    CAN: ClassVar = Capabilities()
    """What it can do at most; a manifest may want less."""

    def __init__(
        self, manifest: Manifest, version: int, egress: Egress, secrets: Secrets, clock: Clock
    ) -> None:
        super().__init__(_in_own_words(manifest), version, secrets, clock)
        self._egress = egress
        if manifest.connection.table is None:
            raise AssertionError("a manifest of this protocol has a table section")
        self._table = manifest.connection.table
        self._database = database_at(manifest.connection.base)

    @property
    def capabilities(self) -> Capabilities:
        """Rows: no seal, no digest, no files."""
        return self.CAN

    async def pull(self, grant: Grant, keys: Keys, deadline: Deadline) -> list[Evidence]:
        """Ask for the grant's kind: one statement, whose rows are one piece of evidence.

        Empty when no key opens the kind: nothing was asked. Raises AgencyFailed, also when more rows fit
        than the manifest lets come: none is ever left out in silence.
        """
        rule, key = self._manifest.material(grant.kind), self.key_for(grant.kind, keys)
        if rule is None or key is None:
            return []
        asked, most = self._question(rule, key), self._table.rows
        async with self._line(deadline) as line:
            found = await line.select(asked.statement, asked.values)
            await _check_sortable(rule, found, line)
        if len(found.rows) > most:
            raise failed(Fault.TOO_LARGE, _MORE.fill(most=most))
        async with deadline.kept():
            body = await document(rule.ask.table or "", found, self._manifest.limits.body_bytes)
        evidence = self._evidence(rule, key, self._asked(rule, key), Reply(200, _HEADERS, body))
        await self._read_in_slices(evidence)
        return [evidence]

    async def fetch(self, grant: Grant, locator: Locator, deadline: Deadline) -> AsyncGenerator[bytes, None]:
        """No row names a file. Raises NotGranted, AgencyDeclined (no such address)."""
        del deadline
        if grant.kind != locator.kind or not grant.attachments:
            raise NotGranted
        raise failed(Fault.NO_SUCH_ADDRESS)
        yield b""  # what makes this a stream

    async def probe(self, deadline: Deadline) -> Probe:
        """Settings, connection, credentials; settings hold when the tables and columns they name exist."""
        return Probe(self.agency, tuple((await self._tried(deadline)).values()))

    async def _tried(self, deadline: Deadline) -> dict[str, ProbeStep]:
        steps: dict[str, ProbeStep] = {}
        try:
            async with deadline.kept():
                await admitted(self._egress, self._database, self._reader(), allow_private=self._private)
            steps["settings"] = _passed("settings", "配置可用", "The settings can be used")
            async with self._line(deadline) as line:
                for name in ("connection", "credentials"):
                    steps[name] = _passed(name, *_REACHED[name])
                for rule in self._manifest.materials:
                    await self._look(rule, line)
        except AgencyFailed as error:
            steps |= blamed(error, steps)
        return steps

    async def _look(self, rule: MaterialRule, line: Line) -> None:
        """Whether a kind's table can be read, and has the columns that its manifest names."""
        there = tried(self._table.schema_name, rule.ask)
        found = await line.select(there.statement, there.values)
        columns = set(_types(found))
        if missing := sorted(set(_named(rule)) - columns):
            names = "、".join(missing), ", ".join(missing)
            raise failed(
                Fault.NO_SUCH_ADDRESS,
                text(
                    f"表 {rule.ask.table} 中没有列：{names[0]}", f"Table {rule.ask.table} lacks: {names[1]}"
                ),
            )

        await _check_sortable(rule, found, line)

    @property
    def _private(self) -> bool:
        return self._manifest.connection.allow_private

    def _line(self, deadline: Deadline) -> AbstractAsyncContextManager[Line]:
        return connected(
            self._egress,
            self._database,
            self._reader(),
            deadline,
            allow_private=self._private,
            limit=self._manifest.limits.body_bytes,
        )

    def _reader(self) -> Reader:
        user = self._table.user
        name = self._secret(user) if SECRET.fullmatch(user) else user
        return Reader(name, self._secret(self._table.password), self._table.tls)

    def _question(self, rule: MaterialRule, key: Key) -> Question:
        """What a kind's question becomes; one row beyond those that may come tells that there are more."""
        return question(self._table.schema_name, rule.ask, {key.name: key.value}, self._table.rows + 1)

    def _asked(self, rule: MaterialRule, key: Key) -> dict[str, str]:
        """The question as its evidence tells it."""
        host, port, name = self._database
        place = f"[{host}]" if ":" in host else host
        url = f"postgresql://{place}:{port}/{quote(name, safe='')}"
        return {"method": "SELECT", "url": url, "body": self._question(rule, key).shown()}


_REACHED = {
    "connection": ("对方有应答", "The agency answers"),
    "credentials": ("对方接受我方凭据", "The credentials are accepted"),
}


def _in_own_words(manifest: Manifest) -> Manifest:
    """The manifest, with what we ourselves write around the rows passed over: no agency added it."""
    own = Path("table")
    rules = [rule.model_copy(update={"around": (*rule.around, own)}) for rule in manifest.materials]
    return manifest.model_copy(update={"materials": tuple(rules)})


def _passed(name: str, zh: str, en: str) -> ProbeStep:
    return ProbeStep(name, passed=True, detail=text(zh, en))


_BLAMED = {
    Fault.UNAUTHORISED: "credentials",
    Fault.NO_SUCH_ADDRESS: "settings",
    Fault.OFF_CONTRACT: "settings",
}
"""By fault of somebody who was reached: the step of a probe that fails with it."""


def blamed(error: AgencyFailed, steps: Mapping[str, ProbeStep]) -> dict[str, ProbeStep]:
    """The step a failure belongs to, and that those before it held: whoever refuses us is there."""
    tried = "settings" in steps
    name = _BLAMED.get(error.fault, "connection") if tried else "settings"
    step = ProbeStep(name, passed=False, detail=error.detail, fault=error.fault)
    if not tried or name == "connection":
        return {name: step}
    return {"connection": _passed("connection", *_REACHED["connection"]), name: step}


_TEXTS = (18, 19, 25, 1042, 1043)
"""Types whose values are sorted sign by sign (pg_type.dat): "char", name, text, char(n), varchar."""

_OF_OTHERS = 16_384
"""Numbers of types from here on are given out in each database anew (FirstNormalObjectId, transam.h)."""

_CATEGORY = b"SELECT typcategory FROM pg_catalog.pg_type WHERE oid = $1"

_UNSORTABLE = text(
    "列 {column} 是文本，按字符排序时 999 大于 1001，不能判断哪一行最新："
    "请在 newest 中改用数字或时间列，或请对方提供将其转为数字的视图",
    "Column {column} is text, where 999 comes after 1001: it does not tell the newest row. Name a column of "
    "numbers or times in newest, or have the agency show a view that makes numbers of it",
)


def _types(found: Rows) -> dict[str, int]:
    return {column.name.decode("utf-8", "replace"): column.type for column in found.columns}


async def _check_sortable(rule: MaterialRule, found: Rows, line: Line) -> None:
    """Raise AgencyFailed where rows are sorted by text: an older one would be taken for the newest."""
    newest = rule.ask.newest
    kind = _types(found).get(newest) if newest else None
    if kind is not None and (kind in _TEXTS or await _is_text(kind, line)):
        raise failed(Fault.OFF_CONTRACT, _UNSORTABLE.fill(column=newest or ""))


async def _is_text(kind: int, line: Line) -> bool:
    """Whether a type that the server does not come with calls itself a text: citext, from an extension."""
    if kind < _OF_OTHERS:
        return False
    said = await line.select(_CATEGORY, (str(kind).encode(),))
    return bool(said.rows) and said.rows[0][0] == b"S"


def _named(rule: MaterialRule) -> Iterator[str]:
    """Columns that a kind's rule names, as far as its paths are mere names."""
    paths = [each.at for each in rule.fields.values()] + [each.at for each in rule.legal.values()]
    paths += [each.at for each in rule.about.values() if each != "unstated"]
    yield from (path.name for path in paths if isinstance(path, Path) and path.name is not None)
