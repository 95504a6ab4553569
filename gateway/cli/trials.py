"""`landbridge adapter try` and `diff`: a manifest on its agency, over recorded replies, beside another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from contracts.errors import AskMalformed, StoreUnavailable
from contracts.material import digest_of
from contracts.text import text
from gateway.api.versions import beside
from gateway.cli.dossier import Known, known_keys
from gateway.cli.inside import in_house, operator, own_act
from gateway.cli.options import AsJson, Kinds
from gateway.cli.runs import over_last
from gateway.cli.versions import which_of
from gateway.cli.words import pick
from gateway.registry import Document, DocumentKind, DocumentState
from gateway.trials import (
    MOST_PER_KIND,
    PER_KIND,
    PROJECTS,
    Comparison,
    FileReply,
    Trial,
    TrialOrder,
    given,
    is_evidence,
    read_file,
    sample_in,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from contracts.exchange import Evidence
    from gateway.house import House
    from gateway.trials.comparing import SampleCompared
    from gateway.trials.results import FieldTried, ReplyTried

Target = Annotated[
    str, typer.Argument(help=pick("部门标识，或清单文件", "the agency, or a manifest file of its name"))
]
OfVersion = Annotated[
    int | None, typer.Option(help=pick("版本号，默认在用版本", "version; the one in force without"))
]


def try_out(
    target: Target,
    project_code: Annotated[str | None, typer.Argument(help=pick("投资项目代码", "project code"))] = None,
    *,
    version: OfVersion = None,
    sample: Annotated[
        Path | None,
        typer.Option(exists=True, help=pick("离线读取已录制的返回", "read a recorded reply, asking nobody")),
    ] = None,
    known: Known = None,
    kind: Kinds = None,
    case: Annotated[str, typer.Option(help=pick("办件编号或任务编号", "case or task number"))] = "trial",
    content_type: Annotated[
        str, typer.Option(help=pick("返回文件的 Content-Type", "Content-Type of a reply in a file"))
    ] = "",
    last: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=PROJECTS,
            help=pick(
                "改用最近向该部门查询过的若干项目", "the projects it was last asked about instead, so many"
            ),
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Asks as the consumer `trial`, granted and logged; shows every field's path, raw value and outcome.

    A manifest file over a reply in a file needs neither: nobody is asked, and nothing is kept.
    """
    if last is not None and (project_code or sample or known):
        raise AskMalformed(text("--last 不与项目、样例或已知键同用", "--last stands alone"))
    file = _in_file(target)
    if file and sample and sample.is_file() and not is_evidence(sample):
        _over_file(
            file, FileReply(sample.read_bytes(), content_type, known_keys(known)), kind, as_json=as_json
        )

    async def meant(house: House) -> Document:
        return file or await beside(house, which_of(target), version)

    if last is not None:
        over_last(meant, last, kind or (), case, as_json=as_json)

    async def work(house: House) -> tuple[int, bytes]:
        document = await meant(house)
        if sample:
            evidence = sample_in(sample, document.name, house.trials.now())
            trial = await house.trials.read_sample(document, evidence, own_act())
            return 200, trial.model_dump_json(by_alias=True, exclude_none=True).encode()
        words = {"project_code": project_code, "known": known_keys(known), "case": case}
        order = TrialOrder.model_validate(words | ({"kinds": tuple(kind)} if kind else {}))
        reply = await house.trials.pull(document, order, operator())
        return reply.status, reply.body

    status, octets = in_house(work)
    _show(status, octets, as_json=as_json)
    raise typer.Exit(0 if status == 200 and not _unkept(octets) else 1)


def _unkept(octets: bytes) -> bool:
    """Whether of some kind nothing could be kept, and so nothing is shown."""
    errors = [kind.error for kind in Trial.model_validate_json(octets).kinds]
    return any(error.type == StoreUnavailable.type for error in errors if error)


def _over_file(document: Document, reply: FileReply, kinds: list[str] | None, *, as_json: bool) -> NoReturn:
    """The trial of a manifest file over a reply in a file; ends with 1 where the reply cannot be read."""
    from gateway.building import utc_now

    trial = read_file(document.text, f"{document.name}.yaml", next(iter(kinds or ()), None), reply, utc_now())
    _show(200, trial.model_dump_json(by_alias=True, exclude_none=True).encode(), as_json=as_json)
    raise typer.Exit(1 if any(each.error for kind in trial.kinds for each in kind.replies) else 0)


def diff(
    target: Target,
    version: OfVersion = None,
    against: Annotated[
        int | None,
        typer.Option(help=pick("对比的版本，默认在用版本", "beside this version")),
    ] = None,
    samples: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True,
            help=pick(
                "样例目录，可多次；默认用凭据库中该部门最近的返回",
                "sample folder, repeatable; without: the agency's newest replies in the vault",
            ),
        ),
    ] = None,
    replies: Annotated[
        int,
        typer.Option(
            min=1,
            max=MOST_PER_KIND,
            help=pick("每类材料最近的返回份数", "newest replies in the vault, so many of each kind"),
        ),
    ] = PER_KIND,
    as_json: AsJson = False,
) -> None:
    """Field by field over recorded replies; ends with 1 where the two part."""
    file = _in_file(target)

    async def work(house: House) -> Comparison:
        after = file or await beside(house, which_of(target), version)
        before = await beside(house, which_of(after.name), against)
        found = (_sample(house, after.name, path) for path in _cases(samples))
        over = given(found) if samples else None
        return await house.trials.compare(before, after, own_act(), given=over, per_kind=replies)

    found = in_house(work)
    if as_json:
        typer.echo(found.model_dump_json(by_alias=True, exclude_none=True, indent=2))
    else:
        _show_comparison(found)
    raise typer.Exit(1 if found.differing else 0)


def _in_file(target: str) -> Document | None:
    """A file's text as a draft that nobody keeps; None where no file is meant."""
    path = Path(target)
    if path.suffix not in (".yaml", ".yml") or not path.is_file():
        return None
    content, by = path.read_text("utf-8"), operator()
    digest = digest_of(content.encode())
    return Document(DocumentKind.AGENCY, path.stem, 0, digest, content, by, DocumentState.DRAFT, by=by)


def _sample(house: House, agency: str, path: Path) -> Evidence:
    return sample_in(path, agency, house.trials.now())


def _cases(folders: list[Path] | None) -> Iterator[Path]:
    """Sample folders, and those within folders of them; files as they are."""
    for folder in folders or ():
        if folder.is_file() or (folder / "ask.json").exists():
            yield folder
        else:
            cases = (ask.parent for ask in sorted(folder.glob("*/ask.json")))
            yield from (case for case in cases if any(case.glob("reply.*")))


def _show(status: int, octets: bytes, *, as_json: bool) -> None:
    found = json.loads(octets)
    if as_json or status != 200:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    trial = Trial.model_validate_json(octets)
    for kind in trial.kinds:
        key = pick(f"，所用键 {kind.key}", f", by {kind.key}") if kind.key else ""
        typer.echo(f"{kind.kind}{key}")
        if kind.error:
            typer.echo(f"  {pick(kind.error.detail.zh, kind.error.detail.en)}")
        for reply in kind.replies:
            _show_reply(reply)
    for kind_withheld in trial.withheld:
        typer.echo(pick(f"{kind_withheld}：未授权测试", f"{kind_withheld}: not granted to trials"))


def _show_reply(reply: ReplyTried) -> None:
    typer.echo(f"  {reply.evidence}  HTTP {reply.status}")
    for row in reply.rows:
        table = Table(box=None, pad_edge=False)
        for title in ("字段 field", "路径 path", "原值 raw", "函数 as", "结果 value"):
            table.add_column(title, overflow="fold")
        for each in row:
            table.add_row(*_cells(each))
        Console().print(table)
    if reply.error:
        typer.echo(f"  {pick(reply.error.detail.zh, reply.error.detail.en)}")
    for material in reply.materials:
        names = ", ".join(file.name for file in material.attachments)
        files = pick(f"；附件：{names}", f"; attachments: {names}") if names else ""
        typer.echo(f"  {material.retrieval.value} {material.legal.value}{files}")
    for signal in reply.drift:
        typer.echo(
            pick(f"  未映射 {signal.path}：{signal.reason}", f"  left over {signal.path}: {signal.reason}")
        )


def _cells(each: FieldTried) -> tuple[str, ...]:
    if each.masked:
        outcome = "•••"
    elif each.error:
        outcome = "✗ " + pick(each.error.zh, each.error.en)
    else:
        outcome = _written(each.value)
    raw = "•••" if each.masked else _written(each.raw)
    return each.field, each.path or "", raw, " ".join(each.functions), outcome


def _written(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _show_comparison(found: Comparison) -> None:
    title = f"{found.agency} v{found.before} → v{found.after}"
    typer.echo(
        pick(
            f"{title}：样例 {found.replies} 份，{found.differing} 份有差异，"
            f"其中 {found.failed} 份此版本无法读取",
            f"{title}: {found.replies} samples, {found.differing} read differently, "
            f"{found.failed} of them not at all",
        )
    )
    if found.unreadable:
        typer.echo(
            pick(
                f"两个版本都无法读取 {found.unreadable} 份",
                f"neither version reads {found.unreadable} of them",
            )
        )
    for failing in found.failures:
        typer.echo(f"  {failing.replies}\t{failing.kind}\t{pick(failing.why.zh, failing.why.en)}")
    for field in found.fields:
        typer.echo(f"  {field.replies}\t{field.kind}\t{field.field}")
    for sample in found.samples:
        _show_sample(sample)
    if left := found.differing - len(found.samples):
        typer.echo(pick(f"另有 {left} 份有差异的未逐项列出", f"{left} more that differ are counted only"))


def _show_sample(sample: SampleCompared) -> None:
    typer.echo(f"{sample.kind}\t{sample.evidence}")
    for name, error in (("before", sample.before_error), ("after", sample.after_error)):
        if error:
            typer.echo(f"  {name}: {pick(error.detail.zh, error.detail.en)}")
    for each in sample.fields:
        before, after = ("•••", "•••") if each.masked else (_written(each.before), _written(each.after))
        typer.echo(f"  [{each.row}] {each.field}\t{each.verdict.value}\t{before} → {after}")
    if sample.left:
        typer.echo(
            pick(f"  另有 {sample.left} 处不同未列出", f"  {sample.left} more differences are not listed")
        )
