"""The text of an OFD: in its own order, within bounds, and of nothing that only claims to be one."""

import io
import zipfile

import pytest

from contracts.errors import AskMalformed
from gateway.console import ofd as room
from gateway.console.ofd import text_of

SPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'


def page(lines: list[str]) -> str:
    said = "".join(
        f'<ofd:TextObject ID="{n}"><ofd:TextCode X="0" Y="0">{escaped(line)}</ofd:TextCode></ofd:TextObject>'
        for n, line in enumerate(lines)
    )
    return f"<ofd:Page {SPACE}><ofd:Content><ofd:Layer>{said}</ofd:Layer></ofd:Content></ofd:Page>"


def escaped(line: str) -> str:
    return line.replace("&", "&amp;").replace("<", "&lt;")


def ofd(
    *pages: list[str], changes: dict[str, str | None] | None = None, packed: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """A file as writers make them; the pages lie in the archive in another order than they are read."""
    listed = "".join(f'<ofd:Page ID="{n}" BaseLoc="Pages/Page_{n}/Content.xml"/>' for n in range(len(pages)))
    root = "<ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody>"
    members: dict[str, str | None] = {
        "OFD.xml": f"<ofd:OFD {SPACE}>{root}</ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {SPACE}><ofd:Pages>{listed}</ofd:Pages></ofd:Document>",
    }
    for n in reversed(range(len(pages))):
        members[f"Doc_0/Pages/Page_{n}/Content.xml"] = page(pages[n])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packed) as archive:
        for name, content in (members | (changes or {})).items():
            if content is not None:
                archive.writestr(name, content)
    return out.getvalue()


def read(octets: bytes) -> list[str]:
    return text_of(io.BytesIO(octets))


def test_pages_come_in_the_documents_order_a_line_an_object():
    assert read(ofd(["契税", "1 < 2 & 3"], [], ["终"])) == ["契税\n1 < 2 & 3", "", "终"]


@pytest.mark.parametrize(
    "address", ["/Doc_0/Pages/Page_0/Content.xml", "./Pages/../Pages/Page_0/Content.xml"]
)
def test_a_page_is_found_from_the_root_or_from_the_document(address: str):
    document = f'<ofd:Document {SPACE}><ofd:Pages><ofd:Page BaseLoc="{address}"/></ofd:Pages></ofd:Document>'
    assert read(ofd(["字"], changes={"Doc_0/Document.xml": document})) == ["字"]


@pytest.mark.parametrize(
    "changes",
    [
        {"OFD.xml": None},
        {"OFD.xml": "<ofd"},
        {"OFD.xml": f"<ofd:OFD {SPACE}/>"},
        {"OFD.xml": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'},
        {"Doc_0/Document.xml": f"<ofd:Document {SPACE}><ofd:Page/></ofd:Document>"},
        {"Doc_0/Document.xml": f'<ofd:Document {SPACE}><ofd:Page BaseLoc="../../x"/></ofd:Document>'},
        {"Doc_0/Pages/Page_0/Content.xml": None},
        {"Doc_0/Pages/Page_0/Content.xml": "<a>" * 100_000},
    ],
)
def test_what_is_none_is_refused(changes: dict[str, str | None]):
    with pytest.raises(AskMalformed):
        read(ofd(["字"], changes=changes))


@pytest.mark.parametrize("octets", [b"", b"not a zip", b"PK\x03\x04" + b"\0" * 60, ofd(["字"])[:-40]])
def test_a_file_that_is_no_archive_is_refused(octets: bytes):
    with pytest.raises(AskMalformed):
        read(octets)


def test_a_small_file_that_becomes_a_large_one_is_refused_before_it_is():
    bomb = ofd(
        ["字"], changes={"Doc_0/Pages/Page_0/Content.xml": "<a>" + " " * (room.FILE_OCTETS + 1) + "</a>"}
    )
    assert len(bomb) < 100_000
    with pytest.raises(AskMalformed):
        read(bomb)


def test_a_file_within_has_a_bound_whatever_follows_what_is_read_of_it(monkeypatch: pytest.MonkeyPatch):
    padded = ofd(["字"], changes={"Doc_0/Pages/Page_0/Content.xml": page(["字"]) + " " * 1000})
    assert read(padded) == ["字"]
    monkeypatch.setattr(room, "FILE_OCTETS", 900)
    with pytest.raises(AskMalformed):
        read(padded)


def test_all_pages_together_have_a_bound(monkeypatch: pytest.MonkeyPatch):
    many = ofd(*[["字" * 1000]] * 10)
    assert len(read(many)) == 10
    monkeypatch.setattr(room, "WHOLE_OCTETS", 20_000)
    with pytest.raises(AskMalformed):
        read(many)
    monkeypatch.setattr(room, "WHOLE_OCTETS", 1 << 20)
    monkeypatch.setattr(room, "PAGES", 3)
    assert len(read(many)) == 3
    monkeypatch.setattr(room, "MEMBERS", 5)
    with pytest.raises(AskMalformed):
        read(many)


@pytest.mark.parametrize("packed", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_is_packed_so_that_unpacking_has_no_bound_is_not_unpacked(packed: int):
    assert read(ofd(["字"], packed=zipfile.ZIP_STORED)) == ["字"]
    with pytest.raises(AskMalformed):
        read(ofd(["字"], packed=packed))


class Listing(io.BytesIO):
    """A file that remembers how much of it was read at once, and may end once its list of files was."""

    most, ends_after = 0, -1

    def read(self, size: int | None = -1) -> bytes:
        octets = super().read(size)
        self.most = max(self.most, len(octets))
        if self.ends_after >= 0 and octets.startswith(b"PK\1\2"):
            self.truncate(self.ends_after)
        return octets


def test_a_long_list_of_files_is_not_read_to_count_them(monkeypatch: pytest.MonkeyPatch):
    many = Listing(ofd(*[["字"]] * 2000))
    assert len(text_of(many)) == room.PAGES
    assert many.most > 100_000
    monkeypatch.setattr(room, "LISTED_OCTETS", 70_000)
    many = Listing(many.getvalue())
    with pytest.raises(AskMalformed):
        text_of(many)
    assert many.most <= 70_001


def test_a_file_that_ends_while_it_is_read_is_refused():
    ending = Listing(ofd(["字"]))
    ending.ends_after = len(b"PK..") + 26 + len("OFD.xml")
    with pytest.raises(AskMalformed):
        text_of(ending)
