"""One line an event, and nobody's secrets or personal values in any of them, wherever they were planted."""

import asyncio
import base64
import io
import json
import logging
import subprocess
import sys
import warnings
from urllib.parse import quote

import pytest

from gateway import logs
from gateway.logs import REDACTION, Redaction, speak
from gateway.safe import Safe
from gateway.store.database import Database
from gateway.trail import Trail

KEY = "lb_r3g1stration_" + "Zx9" * 14
SECRET = "p@ss wörd/密钥+1"
RESIDENT, MOBILE = "231005198907142318", "13845312345"
URL = f"https://svc:{quote(SECRET)}@agency.example/q?token=qwertyuiop&project=P-1"
PLANTED = (KEY, SECRET, RESIDENT, MOBILE, "qwertyuiop", quote(SECRET), "王小二")


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch):
    """What leaves by the process's one handler, as JSON lines."""
    monkeypatch.setattr(logs, "REDACTION", Redaction())
    logs.REDACTION.hide(SECRET)
    root, said = logging.getLogger(), io.StringIO()
    before = root.handlers[:], root.level, logging.raiseExceptions
    for name in LOGGERS:  # a server of another test may have silenced its own
        monkeypatch.setattr(logging.getLogger(name), "disabled", False)
        logging.getLogger(name).setLevel(logging.NOTSET)
    speak("json", "debug", said)
    yield said
    logging.captureWarnings(capture=False)
    root.handlers[:], logging.raiseExceptions = before[0], before[2]
    root.setLevel(before[1])


def lines(said: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in said.getvalue().splitlines()]


class Careless:
    def __init__(self, words: str) -> None:
        self.words = words

    def __repr__(self) -> str:
        return f"<Careless {self.words!r}>"


def in_the_message(log: logging.Logger, planted: str) -> None:
    log.warning("asked with " + planted)  # noqa: G003  what careless code does


def in_an_argument(log: logging.Logger, planted: str) -> None:
    log.error("asked with %s and %r", {"known": [planted]}, Careless(planted))


def in_an_exception(log: logging.Logger, planted: str) -> None:
    try:
        try:
            int(planted)
        except ValueError as error:
            raise KeyError({"row": planted}) from error
    except KeyError:
        log.exception("could not")


def in_extra_fields(log: logging.Logger, planted: str) -> None:
    log.warning("sent", extra={"headers": {"x": [planted.encode()]}, "thing": Careless(planted)})


def in_a_name(log: logging.Logger, planted: str) -> None:
    log.warning("sent", extra={"words": {planted: 1}})


PLACES = (in_the_message, in_an_argument, in_an_exception, in_extra_fields, in_a_name)
LOGGERS = ("gateway.trail", "uvicorn.error", "aiohttp.client", "sqlalchemy.engine", "zeep.wsdl")


@pytest.mark.parametrize("logger", LOGGERS)
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_what_was_planted_does_not_come_out(spoken, logger, place):
    for planted in (
        KEY,
        SECRET,
        f"号{RESIDENT}",
        f"tel{MOBILE}",
        URL,
        f'{{"contact_name": "王小二", "id": {RESIDENT}}}',
    ):
        place(logging.getLogger(logger), planted)
    said = spoken.getvalue()
    assert [word for word in PLANTED if word in said or json.dumps(word)[1:-1] in said] == []
    assert len(lines(spoken)) == 6
    assert logs.GONE in said


SPELLINGS = {
    "bearer": f"Authorization: Bearer {KEY}",
    "basic": "authorization: Basic " + base64.b64encode(f"svc:{SECRET}".encode()).decode(),
    "a header pair": "('Authorization', 'Token s3cr3t-v4lue')",
    "base64 alone": base64.b64encode(SECRET.encode()).decode(),
    "python escapes": ascii(SECRET),
    "hexadecimal": SECRET.encode().hex(),
    "lower-case x": "23100519890714231x",
    "full width": "２３１００５１９８９０７１４２３１８",
    "in groups": "231005 19890714 2318",
    "fifteen digits": "231005890714231",
    "with a country code": "+86 138-4531-2345",
    "glued to words": "电话13845312345转",
    "a number": "{'id': 231005198907142318}",
    "names in Python": "{'contact_name': '王小二', 'phone': '0453-6281234'}",
    "names in escaped JSON": '{\\"contact_name\\": \\"王小二\\"}',
    "a query": "/q?access_token=s3cr3t-v4lue&b=1",
    "a private key": "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END PRIVATE KEY-----",
}
NEVER = (
    "王小二",
    "6281234",
    "s3cr3t-v4lue",
    "MC4CAQ",
    "890714",
    "８９０７１４",
    "4531",
    SECRET,
    KEY,
    "c3ZjOn",
)


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_however_it_is_written(spelling):
    redact = Redaction()
    redact.hide(SECRET)
    told = redact(f"before {spelling} after")
    assert [word for word in NEVER if word in told] == []
    assert base64.b64encode(SECRET.encode()).decode() not in told
    assert SECRET.encode().hex() not in told
    assert told.startswith("before")
    assert told.endswith("after")


@pytest.mark.parametrize(
    "word",
    [
        "2012-231005-04-01-735188",
        "231005003008GB00021",
        "91231000DEM0AA016M",
        "202211250018",
        "http://127.0.0.1:8100/v1/dossiers?procedure=first-registration",
        "2026-03-02T06:05:09.120Z",
    ],
)
def test_what_operators_need_is_left(word):
    assert Redaction()(f"about {word}") == f"about {word}"


def test_a_line_says_when_how_bad_who_and_what(spoken):
    logging.getLogger("gateway.trail").error("ask failed: %s", "KeyError", extra={"asked": 41})
    (line,) = lines(spoken)
    assert (line["level"], line["logger"], line["message"]) == (
        "error",
        "gateway.trail",
        "ask failed: KeyError",
    )
    assert line["time"].endswith("Z")
    assert line["asked"] == 41


def test_a_line_feed_begins_no_second_event(spoken):
    logging.getLogger("x").info("one\n{'level': 'info'}\r\ntwo")
    assert len(spoken.getvalue().splitlines()) == 1
    said = io.StringIO()
    speak("text", "info", said)
    logging.getLogger("x").info("one\n2026-03-02 info forged")
    assert len(said.getvalue().splitlines()) == 1


def test_arguments_that_do_not_fit_and_objects_that_cannot_be_written_end_nothing(spoken):
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError(RESIDENT)

    logging.getLogger("x").info("%d things", "no number")
    logging.getLogger("x").info("thing", extra={"thing": Broken()})
    first, second = lines(spoken)
    assert "TypeError" in first["message"]
    assert "RuntimeError" in second["thing"]
    assert RESIDENT not in spoken.getvalue()


def test_warnings_and_handlers_of_other_people_go_the_same_way(spoken):
    own = logging.getLogger("stranger")
    own.addHandler(logging.StreamHandler(other := io.StringIO()))
    own.propagate = False
    said = io.StringIO()
    speak("json", "info", said)
    own.warning("by myself %s", KEY)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(f"careful with {KEY}", stacklevel=1)
    assert other.getvalue() == ""
    assert len(said.getvalue().splitlines()) == 2
    assert KEY not in said.getvalue()


async def test_a_secret_is_hidden_from_the_moment_it_is_resolved(home, clock, monkeypatch):
    monkeypatch.setenv("LANDBRIDGE_SECRET_MDJ_TAX_APP", "tax-office-key-1")
    assert REDACTION("tax-office-key-1") == "tax-office-key-1"
    database = Database(f"sqlite:///{home / 'landbridge.sqlite'}")
    safe = Safe(database, bytes(32), home / "secrets", _record, clock)
    assert safe("secret:mdj-tax/app") == "tax-office-key-1"
    await database.close()
    assert REDACTION("x tax-office-key-1 y") == f"x {logs.GONE} y"


async def test_a_fault_of_ours_names_the_entry_of_its_ask(spoken):
    trail = Trail(_record, "registration")

    async def broken():
        await trail.asked(["company-record"], ["demo-market"])
        raise RuntimeError(RESIDENT)

    await trail.ended(broken)
    (line,) = [each for each in lines(spoken) if each["logger"] == "gateway.trail"]
    assert line["asked"] == 7
    assert RESIDENT not in spoken.getvalue()


async def _record(draft):
    from contracts.audit import Recorded

    await asyncio.sleep(0)
    return Recorded(origin="o", index=7, leaf=b"\0" * 32, size=8)


def test_no_module_of_ours_sets_up_logging_of_its_own():
    """The command alone decides; whoever imports the gateway keeps its own."""
    asked = "import logging, gateway.app; print(len(logging.getLogger().handlers))"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "0"
