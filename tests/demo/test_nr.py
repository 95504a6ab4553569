"""The natural resources bureau over real HTTP: finds as a real one would, serves files, fails as told."""

import json
from decimal import Decimal

import httpx2
import pytest

from demo.city import NR, PROJECTS
from demo.control import REPLIES, Control, Fault
from demo.nr import BLOCK, KINDS_OF_FILE, SEARCHES, create, octets_of
from demo.nr_shapes import ENDPOINTS, reply

NATIVES = json.loads(PROJECTS.read_text(encoding="utf-8"), parse_float=Decimal)["projects"]
P1, P2 = NATIVES
LAND_PERMIT = "地字第231005202100003号"


@pytest.fixture
async def control():
    control = Control()
    yield control
    await control.close()


@pytest.fixture
async def bureau(control):
    base = await control.open(NR, lambda desk: create(NATIVES, desk))
    async with httpx2.AsyncClient(base_url=base, timeout=5, trust_env=False) as client:
        yield client


async def searched(bureau, path: str, **criteria: str):
    if path == "/dchy/queryGcghxk":
        return (await bureau.post(path, json=criteria)).json()
    if path == "/dchy/queryGhhs":
        return (await bureau.post(path, data=criteria)).json()
    return (await bureau.get(path, params=criteria)).json()


BY = [
    ("/dchy/queryXmba", {"xmdm": "2012-231005-04-01-735188"}),
    ("/dchy/queryTdcrList", {"dzjgh": "2310052020B00786"}),
    ("/dchy/queryTdcrList", {"bdcdyh": "231005003008GB00021", "xmmc": ""}),
    ("/dchy/queryTdcrList", {"xmmc": "翰林示例城"}),
    ("/dchy/queryYdghxk", {"xmmc": " 翰林示例城 "}),
    ("/dchy/queryYdghxk", {"xkzh": LAND_PERMIT, "xmmc": ""}),
    ("/dchy/queryGcghxk", {"xmmc": "翰林"}),
    ("/dchy/queryGcghxk", {"xkzh": "建字第231005202100017号"}),
    ("/dchy/queryGhhs", {"xkzh": "建字第231005202100017号", "xmmc": "翰林示例城"}),
    ("/dchy/queryZtxx", {"tyshxydm": "91231000DEM0AA016M"}),
]


@pytest.mark.parametrize(("path", "criteria"), BY)
async def test_a_search_finds_the_one_project_it_names(bureau, path, criteria):
    assert await searched(bureau, path, **criteria) == reply(ENDPOINTS[path](P1))


async def test_a_name_finds_every_phase_that_carries_it(bureau):
    both = await searched(bureau, "/dchy/queryGcghxk", xmmc="锦绣示例城")
    assert both == reply(ENDPOINTS["/dchy/queryGcghxk"](P2))
    assert both["result"]["total"] == 2
    one = await searched(bureau, "/dchy/queryGcghxk", xmmc="锦绣示例城二期")
    assert [row["xkzh"] for row in one["result"]["data"]] == ["建字第231003202200006号"]


@pytest.mark.parametrize(("path", "criteria"), BY)
async def test_what_nobody_filed_is_a_success_without_rows(bureau, path, criteria):
    unknown = {name: value and "不存在" for name, value in criteria.items()}
    assert await searched(bureau, path, **unknown) == reply([])


async def test_half_a_number_finds_nothing(bureau):
    assert await searched(bureau, "/dchy/queryTdcrList", dzjgh="2310052020B") == reply([])
    assert await searched(bureau, "/dchy/queryZtxx", tyshxydm="91231000DEM0AA016") == reply([])


async def test_criteria_that_contradict_each_other_find_nothing(bureau):
    assert await searched(bureau, "/dchy/queryYdghxk", xkzh=LAND_PERMIT, xmmc="锦绣示例城") == reply([])


@pytest.mark.parametrize("path", SEARCHES)
async def test_a_search_without_a_criterion_is_declined(bureau, path):
    assert (await searched(bureau, path, xmmc=" ", nobody="x"))["type"] == "error"


async def test_the_other_method_is_refused(bureau):
    assert (await bureau.post("/dchy/queryXmba")).status_code == 405
    assert (await bureau.get("/dchy/queryGcghxk")).status_code == 405


async def test_every_file_the_rows_name_is_served_whole_and_of_its_kind(bureau):
    rows = [row for path in SEARCHES for project in NATIVES for row in ENDPOINTS[path](project)]
    files = [file for row in rows for file in row.get("fj", ())]
    assert len(files) > 20
    for file in (file for file in files if file["size"] < 3 << 20):
        sent = await bureau.get("/" + file["path"])
        magic, media_type = KINDS_OF_FILE[file["name"].rpartition(".")[2]]
        assert sent.content.startswith(magic)
        assert (len(sent.content), sent.headers["content-type"]) == (file["size"], media_type)
        assert int(sent.headers["content-length"]) == file["size"]
    assert (await bureau.get("/upload/none.pdf")).status_code == 404


async def test_the_largest_file_comes_in_pieces(bureau):
    rows = ENDPOINTS["/dchy/queryGcghxk"](P1)
    largest = max((file for row in rows for file in row["fj"]), key=lambda file: file["size"])
    async with bureau.stream("GET", "/" + largest["path"]) as sent:
        sizes = [len(piece) async for piece in sent.aiter_raw()]
    assert sum(sizes) == largest["size"] >= 32 << 20
    assert max(sizes) <= 1 << 20


@pytest.mark.parametrize("size", [0, 3, BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK])
def test_a_file_is_the_same_every_time_and_another_under_another_name(size):
    assert sum(len(block) for block in octets_of("a.pdf", size)) == size
    assert list(octets_of("a.pdf", size)) == list(octets_of("a.pdf", size))
    if size > BLOCK:
        assert list(octets_of("a.pdf", size)) != list(octets_of("b.pdf", size))


async def ask(bureau) -> httpx2.Response:
    return await bureau.get("/dchy/queryYdghxk", params={"xkzh": LAND_PERMIT})


async def test_down_is_a_refused_connection_and_up_again_the_same_address(control, bureau):
    await ask(bureau)
    await control.fault(NR, Fault.DOWN)
    with pytest.raises(httpx2.ConnectError):
        await ask(bureau)
    await control.fault(NR, Fault.DOWN)
    await control.fault(NR, None)
    assert (await ask(bureau)).json()["result"]["total"] == 1


async def test_silent_accepts_and_never_answers(control, bureau):
    await control.fault(NR, Fault.SILENT)
    with pytest.raises(httpx2.ReadTimeout):
        await bureau.get("/dchy/ping", timeout=0.2)
    assert control.desks[NR].asked == ["GET /dchy/ping"]


async def test_truncated_breaks_off_after_the_headers(control, bureau):
    await control.fault(NR, Fault.TRUNCATED)
    with pytest.raises(httpx2.RemoteProtocolError):
        await ask(bureau)


@pytest.mark.parametrize(
    ("fault", "status", "media_type"),
    [
        (Fault.BROKEN, 500, "application/json"),
        (Fault.SHEDDING, 429, "application/json"),
        (Fault.UNAUTHORISED, 401, "application/json"),
        (Fault.HTML, 200, "text/html; charset=utf-8"),
        (Fault.DECLINED, 200, "application/json"),
    ],
)
async def test_whole_replies_gone_wrong(control, bureau, fault, status, media_type):
    await control.fault(NR, fault)
    heard = await ask(bureau)
    assert fault in REPLIES
    assert (heard.status_code, heard.headers["content-type"]) == (status, media_type)
    assert LAND_PERMIT not in heard.text


async def test_slow_answers_rightly_in_the_end(control, bureau):
    control.desks[NR].delay = 0.05
    await control.fault(NR, Fault.SLOW)
    assert (await ask(bureau)).json()["result"]["total"] == 1


async def test_another_project_is_well_formed_and_somebody_elses(control, bureau):
    await control.fault(NR, Fault.OTHER_PROJECT)
    rows = (await ask(bureau)).json()["result"]["data"]
    assert rows == ENDPOINTS["/dchy/queryYdghxk"](P2)


async def test_every_fault_can_be_mended(control, bureau):
    for fault in Fault:
        await control.fault(NR, fault)
        await control.fault(NR, None)
        assert (await ask(bureau)).json()["result"]["total"] == 1
    assert len(control.desks[NR].asked) == len(Fault)


def test_the_clock_goes_on_and_can_be_moved():
    clock = Control().clock
    before = clock()
    clock.advance(86_400)
    assert (clock() - before).total_seconds() >= 86_400
    assert before.tzinfo is not None
