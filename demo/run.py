"""The demo: a project's way through the gateway, told in numbered steps, every claim of it checked."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from contracts.kinds import personal_fields
from contracts.project_file import ProjectFile
from demo import drop
from demo.city import HC, LATER, City, open_city
from demo.client import Proof
from demo.control import Fault
from demo.proofs import Answer, NotProven
from gateway.cli.words import Lang, language

ASKED = (
    "investment-filing",
    "land-transfer-contract",
    "land-use-planning-permit",
    "construction-planning-permit",
    "planning-verification",
    "company-record",
    "construction-permit",
    "presale-permit",
    "fire-acceptance",
    "completion-filing",
    "land-price-payment",
    "land-deed-tax",
)
"""What three agencies serve on being asked: over REST, over SOAP, and over REST with JSON in JSON."""

DROPPED = ("survey-package", "civil-defence")
"""What agencies drop by themselves."""

SERVED = ASKED + DROPPED

HOUSING = ("construction-permit", "presale-permit", "fire-acceptance", "completion-filing")
"""What is missing when the housing bureau's SOAP service is out."""

OWN = ("land-right", "cadastral-import", "common-parts")
"""Facts of the registration system's own registers, and the applicant's list: it declares them."""

ENTRY_SHOWN = ("at", "kind", "consumer", "operator", "case", "purpose", "age")

Say = Callable[[str, str], None]
Show = Callable[[Console, Mapping[str, Any], Lang], None]
Found = dict[str, list[Mapping[str, Any]]]


class Unmet(Exception):
    """A claim of the story did not hold; `zh` and `en` say which."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(en)


@dataclass
class Story:
    """Says each step with its number, and stops at the first claim that does not hold."""

    say: Say
    show: Show
    step: int = field(default=0)

    def tell(self, zh: str, en: str) -> None:
        """Begin the next step."""
        self.step += 1
        self.say(f"\n【{self.step}】{zh}", f"\n[{self.step}] {en}")

    def hold(self, claim: bool, zh: str, en: str) -> None:  # noqa: FBT001  a claim holds or does not
        """Say what holds. Raises Unmet when it does not."""
        if not claim:
            raise Unmet(zh, en)
        self.say(f"    ▪ {zh}", f"    ▪ {en}")

    def print_dossier(self, dossier: Mapping[str, Any]) -> None:
        """Show a dossier as the consumer got it."""
        self.show(Console(), dossier, language())


async def run(
    say: Say, show: Show, home: Path | None = None, stay: Callable[[City], Awaitable[None]] | None = None
) -> int:
    """Play the whole story; 0 when every claim held, 1 naming the first that did not.

    `say(zh, en)` prints one sentence, `show(console, dossier, lang)` one dossier. `home` is an empty
    folder to keep what the gateway writes; without it a temporary one. Everything started is stopped; before
    that, `stay` is what the city stays open for once the story is told.
    """
    story = Story(say, show)
    with tempfile.TemporaryDirectory(prefix="landbridge-demo-") as folder:
        try:
            async with open_city(Path(folder), home or Path(folder) / "home") as city:
                await _tell(city, story)
                if stay:
                    city.control.clock.catch_up()
                    await stay(city)
        except (Unmet, NotProven) as doubt:
            say(f"\n✗ 第 {story.step} 步不成立：{doubt.zh}", f"\n✗ Step {story.step} does not hold: {doubt}")
            return 1
    say("\n以上各步全部成立，所启动的服务均已停止。", "\nEvery step held; all that was started is stopped.")
    return 0


async def _tell(city: City, story: Story) -> None:
    one, two, three = (city.projects[name] for name in ("P1", "P2", "P3"))
    await _deliveries(city, story)
    await _first_ask(city, story, one)
    await _same_ask(city, story, one)
    await _no_purpose(city, story, one)
    await _agency_out(city, story, one)
    await _late_drawings(city, story, two)
    await _without_code(city, story, two)
    await _defective(city, story, three)
    await _whole_log(city, story)


async def _deliveries(city: City, story: Story) -> None:
    story.tell(
        "测绘单位、人防部门、档案馆向接收目录投递成果",
        "Surveyors, civil defence and the archive drop their files",
    )
    for native in city.natives.values():
        drop.deliver_package(city.drops, native)
        drop.deliver_document(city.drops, native)
        drop.deliver_drawings(city.drops, native, present=True)
    swept = await city.collect()
    story.hold(
        swept.ingested >= len(city.natives) * 2 and not swept.quarantined,
        f"{swept.ingested} 批文件校验无误，各入库一次",
        f"{swept.ingested} deliveries were whole, and each was taken in once",
    )


async def _first_ask(city: City, story: Story, project: ProjectFile) -> None:
    story.tell(f"登记系统为首次登记查询“{project.name}”", f"The registration system asks for {project.name}")
    answer, proof = await _asked(city, ask_for(project))
    found = _dossier(story, answer)
    story.hold(
        _statuses(found) == {"received"},
        f"{len(SERVED)} 类材料经 REST、SOAP、文件投递取自六个部门",
        f"{len(SERVED)} kinds came from six agencies over REST, SOAP and file drop",
    )
    wrong = [kind for kind in SERVED if _fields(found, kind) != _truth(project, kind)]
    story.hold(
        not wrong,
        "逐字段与部门数据相等，未授权的个人信息不在其中",
        "every field equals the agencies'; personal fields nobody granted are not among them",
    )
    _hold_oracle(story, project, answer)
    _say_proof(story, proof)


async def _same_ask(city: City, story: Story, project: ProjectFile) -> None:
    story.tell("同一请求再来一次", "The same ask again")
    size, heard = await _size(city), _heard(city)
    answer, proof = await _asked(city, ask_for(project))
    story.hold(
        answer.status_code == 200 and _heard(city) == heard,
        "由缓存应答，没有再打扰部门",
        "answered from the cache; the agency heard nothing",
    )
    story.hold(
        await _size(city) == size + 1,
        f"日志恰好增加一条，即第 {proof.receipt.index} 条：",
        f"the log grew by exactly one entry, number {proof.receipt.index}:",
    )
    entry = "  ".join(f"{name}={proof.entry[name]}" for name in ENTRY_SHOWN)
    story.say(f"      {entry}", f"      {entry}")


async def _no_purpose(city: City, story: Story, project: ProjectFile) -> None:
    story.tell("一次没有写明用途的请求", "An ask that states no purpose")
    size = await _size(city)
    ask = {name: value for name, value in ask_for(project).items() if name != "purpose"}
    answer, proof = await _asked(city, ask)
    problem = answer.json()
    story.hold(
        answer.status_code == 400 and problem["type"].endswith("ask-incomplete"),
        f"被拒绝（400）：{problem['title']}。{problem['todo']['zh']}",
        f"refused with 400: {problem['title_en']}. {problem['todo']['en']}",
    )
    story.hold(
        proof.entry["kind"] == "refused" and await _size(city) == size + 1,
        f"拒绝同样签名、同样留痕：日志第 {proof.receipt.index} 条",
        f"a refusal is signed and logged like any answer: entry {proof.receipt.index}",
    )


async def _agency_out(city: City, story: Story, project: ProjectFile) -> None:
    story.tell(
        "三小时后住建 SOAP 服务停机，而请求要求现查（max_age 为 0）",
        "Three hours later the housing bureau's SOAP service is down, and the ask wants everything afresh",
    )
    city.control.clock.advance(LATER)
    await city.control.fault(HC, Fault.DOWN)
    answer, proof = await _asked(city, {**ask_for(project), "max_age": 0})
    found = _dossier(story, answer)
    material = [material for kind in HOUSING for material in found[kind]]
    others = [kind for kind in SERVED if kind not in HOUSING]
    story.hold(
        _statuses(found, HOUSING) == {"stale"}
        and all(each["error"]["type"] == "agency-unavailable" and each["last_good"] for each in material),
        "如实注明部门未应答（unavailable），附上次有效副本及其时间，不冒充新查结果",
        "it says so, and shows the last good copy with its age, never as if it were new",
    )
    story.hold(
        _statuses(found, others) == {"received"},
        "其他部门的材料不受影响",
        "the other agencies' materials are none the worse",
    )
    _say_proof(story, proof)
    await city.control.fault(HC, None)


async def _late_drawings(city: City, story: Story, project: ProjectFile) -> None:
    story.tell(
        f"服务恢复，查询更过名、分两期、图件迟到的“{project.name}”",
        f"The service is back; {project.name}: two phases, a developer renamed, drawings late",
    )
    answer, _ = await _asked(city, ask_for(project))
    found = _dossier(story, answer, brief=True)
    permits = "、".join(
        str(permit["fields"].get("permit_no")) for permit in found["construction-planning-permit"]
    )
    story.hold(
        _fields(found, "construction-planning-permit") == _truth(project, "construction-planning-permit"),
        f"两期规划许可俱全：{permits}",
        f"the planning permits of both phases came: {permits}",
    )
    _hold_oracle(story, project, answer)
    drop.deliver_drawings(city.drops, city.natives["P2"], present=False)
    await city.collect()
    again, proof = await _asked(city, ask_for(project))
    _dossier(story, again)
    story.hold(
        (_verdict(answer, "R19"), _verdict(again, "R19")) == ("WARN", "PASS"),
        "竣工图随后投递到位，图件核验由提示转为通过",
        "the late drawings arrived, and the check on drawings turned from WARN to PASS",
    )
    _say_proof(story, proof)


async def _without_code(city: City, story: Story, project: ProjectFile) -> None:
    story.tell("只知道宗地代码、不知道项目代码", "A parcel code is known, and no project code")
    parcel = project.materials["land-right"][0].fields["parcel_code"]
    ask = {name: value for name, value in ask_for(project).items() if name != "project_code"}
    answer, proof = await _asked(city, {**ask, "known": {"parcel_code": parcel}})
    body = answer.json()
    story.hold(
        body.get("project_code") == project.project_code and body["found_by"]["key"] == "parcel_code",
        f"由宗地代码 {parcel} 找到项目 {project.project_code}，并注明据何找到",
        f"the parcel code {parcel} leads to {project.project_code}, and the answer says what led there",
    )
    _say_proof(story, proof)


async def _defective(city: City, story: Story, project: ProjectFile) -> None:
    story.tell(f"有缺陷的“{project.name}”", f"{project.name}, which is not in order")
    answer, proof = await _asked(city, ask_for(project))
    _dossier(story, answer)
    _hold_oracle(story, project, answer)
    _say_proof(story, proof)


async def _whole_log(city: City, story: Story) -> None:
    story.tell("审计员通读日志，自行复算", "An auditor reads the whole log and computes it anew")
    entries = await asyncio.to_thread(city.auditor.read_log)
    head = city.auditor.seen
    story.hold(
        head is not None and head.size == len(entries),
        f"{len(entries)} 条日志的默克尔根与检查点签名一致",
        f"the Merkle root of its {len(entries)} entries is the one the checkpoint signs",
    )
    answered = [entry for entry in entries if entry["kind"] in {"answered", "refused"}]
    story.hold(
        len(answered) == 8 and all("answer_digest" in entry for entry in answered),
        "八次应答（含一次拒绝）都在其中，各有正文摘要",
        "all eight answers are there, the refusal among them, each with the digest of its body",
    )
    await asyncio.to_thread(city.registration.checkpoint)
    story.hold(
        city.registration.seen is not None,
        "登记系统先后见过的检查点前后一致：日志只增不改",
        "the checkpoints the registration system saw agree with each other: the log only grew",
    )


def ask_for(project: ProjectFile) -> dict[str, Any]:
    """The registration system's question: it knows name and applicant, and declares its own facts."""
    return {
        "project_code": project.project_code,
        "known": {"project_name": project.name, "holder_uscc": project.developer["uscc"]},
        "procedure": "first-registration",
        "declared": {kind: [_present(one.fields) for one in project.materials[kind]] for kind in OWN},
        "case": f"DEMO-{project.id}-0001",
        "purpose": "first-registration",
        "operator": "demo.clerk",
    }


async def _asked(city: City, ask: Mapping[str, Any]) -> tuple[Answer, Proof]:
    """Ask and verify in a thread: the consumer is a program of its own. Raises NotProven."""
    answer = await asyncio.to_thread(city.registration.ask, ask)
    return answer, await asyncio.to_thread(city.registration.prove, answer)


async def _size(city: City) -> int:
    return (await asyncio.to_thread(city.registration.checkpoint)).size


def _dossier(story: Story, answer: Answer, *, brief: bool = False) -> Found:
    """The materials by kind; the dossier is printed unless `brief`. Raises Unmet when the answer is none."""
    body = answer.json()
    if answer.status_code != 200:
        raise Unmet(
            f"未得到材料包（{answer.status_code}）：{body.get('detail')}",
            f"no dossier: {body.get('detail_en')}",
        )
    if not brief:
        story.print_dossier(body)
    found: Found = {}
    for material in body["materials"]:
        found.setdefault(material["kind"], []).append(material)
    return found


def _statuses(found: Found, kinds: Iterable[str] = SERVED) -> set[str]:
    return {
        material["retrieval"] for kind in kinds for material in found.get(kind, [{"retrieval": "absent"}])
    }


def _heard(city: City) -> int:
    return sum(len(desk.asked) for desk in city.control.desks.values())


def _verdict(answer: Answer, rule: str) -> str:
    return next(str(check["result"]) for check in answer.json()["checks"] if check["rule"] == rule)


def _hold_oracle(story: Story, project: ProjectFile, answer: Answer) -> None:
    """Every rule's verdict is the one worked out by hand beforehand."""
    expected = {check["rule"]: check["result"] for check in project.expected_checks}
    wrong = [rule for rule, result in expected.items() if _verdict(answer, rule) != result]
    counts = "  ".join(f"{word} {list(expected.values()).count(word)}" for word in ("PASS", "WARN", "FAIL"))
    story.hold(
        not wrong,
        f"{len(expected)} 条核验结论与事先人工推定的一致：{counts}",
        f"the verdicts of {len(expected)} rules are those worked out by hand: {counts}",
    )


def _fields(found: Found, kind: str) -> list[dict[str, Any]]:
    return sorted((dict(material["fields"]) for material in found[kind]), key=str)


def _truth(project: ProjectFile, kind: str) -> list[dict[str, Any]]:
    """What the agency holds, less the personal fields."""
    return sorted((_present(each.fields, personal_fields(kind)) for each in project.materials[kind]), key=str)


def _present(fields: Mapping[str, Any], without: tuple[str, ...] = ()) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None and name not in without}


def _say_proof(story: Story, proof: Proof) -> None:
    index, size = proof.receipt.index, proof.checkpoint.size
    story.say(
        f"    ▪ 需求方自行核验：正文摘要、签名、回执、日志第 {index} 条、共 {size} 条的检查点中的包含证明",
        f"    ▪ the consumer verified digest, signature, receipt, entry {index}, its inclusion among {size}",
    )
