"""`landbridge adapter`: check a manifest, probe an agency, pull from one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adapters.manifest import load as load_manifest
from gateway.api.agencies import in_force
from gateway.cli import agency as agency_desk
from gateway.cli import drafts, trials, versions
from gateway.cli.dossier import Case, Full, Known, Operator, Purpose, ask_house, known_keys, show
from gateway.cli.freeze import freeze
from gateway.cli.inside import in_house
from gateway.cli.options import Agency, AsJson, Kinds
from gateway.cli.words import pick

if TYPE_CHECKING:
    from gateway.house import House
    from gateway.rooms import Answer

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

app.command(
    help=pick("读取并冻结 WSDL，写入适配清单", "Read a WSDL, freeze it, and write it into its manifest")
)(freeze)
app.command(
    help=pick(
        "存入草稿版本，或由 WSDL、OpenAPI、前置库、样例起草清单",
        "Keep a draft version, or draft a manifest from a WSDL, OpenAPI, a database or a sample",
    )
)(drafts.draft)
app.command(help=pick("提交草稿，请另一人核对", "Ask a second person to look"))(versions.submit)
app.command(help=pick("撤回草稿", "Give a draft up"))(versions.withdraw)
app.command(help=pick("退回他人提交的版本", "Say no to another's submission"))(versions.reject)
app.command(help=pick("发布他人提交的版本", "Put another's submission in force"))(versions.publish)
app.command(help=pick("回退到以前发布的版本", "Go back to a version published earlier"))(versions.rollback)
app.command(help=pick("版本历史", "Versions and what was done to them"))(versions.history)
app.command("try", help=pick("向部门测试某一版本", "Try a version on its agency"))(trials.try_out)
app.command(help=pick("以录制的返回对比两个版本", "Compare two versions over recorded replies"))(trials.diff)

app.command(
    help=pick("测试部门接口：设置、连接、凭据", "Probe an agency: settings, connection, credentials")
)(agency_desk.probe)
app.command(help=pick("部门概况及受其影响的事项", "An agency, and what depends on it"))(agency_desk.show)
app.command(help=pick("暂停使用某部门的数据", "Stop using an agency's data for now"))(agency_desk.pause)
app.command(help=pick("恢复使用某部门的数据", "Use an agency's data again"))(agency_desk.resume)
app.command(help=pick("添加联系人或通话备注", "Note whom to call, or what was said"))(agency_desk.note)
app.command(help=pick("查看备注", "What is noted about an agency"))(agency_desk.notes)
app.command("deliveries", help=pick("投递情况及隔离原因", "Deliveries, and why some were set aside"))(
    agency_desk.deliveries_of
)
app.command(help=pick("将隔离的投递重新放入接收目录", "Put a delivery that was set aside back"))(
    agency_desk.redeliver
)


@app.command(help=pick("检查适配清单文件", "Check manifest files"))
def validate(
    files: Annotated[
        list[Path], typer.Argument(exists=True, dir_okay=False, help=pick("清单文件", "manifest files"))
    ],
) -> None:
    """Each file by the same rules as publication; the first that fails names every line and field."""
    for path in files:
        manifest = load_manifest(path.read_text("utf-8"), path.name)
        kinds = ", ".join(material.kind for material in manifest.materials)
        typer.echo(pick(f"{path.name}：有效。材料：{kinds}", f"{path.name}: valid. Kinds: {kinds}"))


@app.command(
    help=pick(
        "向部门重新查询其全部材料（以需求方 cli 的身份）",
        "Ask an agency afresh for all its kinds, as the consumer cli",
    )
)
def pull(
    agency: Agency,
    project_code: Annotated[str, typer.Argument(help=pick("投资项目代码", "project code"))],
    *,
    case: Case,
    operator: Operator,
    purpose: Purpose = "trial",
    kind: Kinds = None,
    known: Known = None,
    as_json: AsJson = False,
    full: Full = False,
) -> None:
    """Nothing kept is used; the pull is granted and logged like any other."""

    async def asked(house: House) -> Answer:
        kinds = tuple(kind or (await in_force(house, agency)).kinds)
        words: dict[str, Any] = {
            "project_code": project_code,
            "procedure": "first-registration",
            "max_age": 0,
            "kinds": kinds,
        }
        words |= {"case": case, "purpose": purpose, "operator": operator, "known": known_keys(known)}
        answer = await ask_house(house, words)
        for (_, of, place), signal in house.agencies.drift.items():
            typer.echo(pick("接口变化信号", "drift") + f"\t{of}\t{place}\t{signal.reason}")
        return answer

    show(in_house(asked), as_json=as_json, full=full)
