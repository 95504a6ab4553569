"""Signed answers, verified by a library that shares nothing with the signer."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import http_message_signatures as hms
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.keys import thumbprint
from gateway.signing import AnswerSigner, content_digest, repr_digest, signature_base

BODY = b'{"project_code": "2012-231005-04-01-735188", "complete": false}'
RECEIPT = (
    'origin="landbridge.example/log", index=41, leaf=:FxcXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFxc=:, size=42'
)
URI = "https://landbridge.example/v1/projects/2012-231005-04-01-735188/dossier?procedure=first-registration"
COVERED = ("content-digest", "landbridge-receipt", "@status", '"@method";req', '"@target-uri";req')


@dataclass(frozen=True)
class Question:
    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    status_code: int
    headers: dict[str, str]
    request: Question
    body: bytes


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
def signer(key: Ed25519PrivateKey) -> AnswerSigner:
    # The verifier reads the machine's own clock, so the signer is given one a minute behind it.
    return AnswerSigner(key, thumbprint(key.public_key()), a_minute_ago)


def a_minute_ago() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=1)  # noqa: TID251


@pytest.fixture
def verify(key: Ed25519PrivateKey) -> Callable[..., dict[str, str]]:
    keys = hms.MappingKeyResolver(
        public_keys={thumbprint(key.public_key()): key.public_key()}, private_keys={}
    )
    verifier = hms.HTTPMessageVerifier(signature_algorithm=hms.algorithms.ED25519, key_resolver=keys)

    def check(answer: Answer, covered: tuple[str, ...] = COVERED) -> dict[str, str]:
        whole = answer.body if "content-digest" in covered else None
        (result,) = verifier.verify(
            answer,
            expect_tag="landbridge-answer",
            expect_label="answer",
            require_components=covered,
            body=whole,
        )
        return result.covered_components

    return check


def signed(
    signer: AnswerSigner, status: int, headers: dict[str, str], question: Question, **more: bool
) -> Answer:
    signature = signer.headers(
        method=question.method, target_uri=question.url, status=status, headers=headers, **more
    )
    return Answer(status, headers | signature, question, BODY)


@pytest.fixture
def answer(signer: AnswerSigner) -> Answer:
    headers = {
        "Content-Digest": content_digest(BODY),
        "Landbridge-Receipt": RECEIPT,
        "Content-Type": "application/json",
    }
    return signed(signer, 200, headers, Question("GET", URI))


def test_a_stranger_verifies_the_answer(
    answer: Answer, verify: Callable[..., dict[str, str]], key: Ed25519PrivateKey
):
    covered = verify(answer)
    assert covered['"landbridge-receipt"'] == RECEIPT
    assert covered['"@status"'] == "200"
    assert covered['"@method";req'] == "GET"
    assert covered['"@target-uri";req'] == URI
    parameters = covered['"@signature-params"']
    assert f';keyid="{thumbprint(key.public_key())}";alg="ed25519";tag="landbridge-answer"' in parameters


def test_created_is_the_clocks_second(key: Ed25519PrivateKey, clock: Callable[[], datetime]):
    signer = AnswerSigner(key, "k", clock)
    headers = {"content-digest": content_digest(BODY), "landbridge-receipt": RECEIPT}
    answer = signed(signer, 200, headers, Question("GET", URI))
    assert ";created=1772431509;" in answer.headers["Signature-Input"]


def _with_header(answer: Answer, name: str, value: str) -> Answer:
    return replace(answer, headers=answer.headers | {name: value})


FORGERIES: dict[str, Callable[[Answer], Answer]] = {
    "body": lambda a: replace(a, body=a.body.replace(b"false", b"falsf")),
    "body and digest": lambda a: _with_header(
        replace(a, body=BODY + b" "), "Content-Digest", content_digest(BODY + b" ")
    ),
    "receipt": lambda a: _with_header(a, "Landbridge-Receipt", RECEIPT.replace("index=41", "index=40")),
    "no receipt": lambda a: replace(
        a, headers={name: value for name, value in a.headers.items() if name != "Landbridge-Receipt"}
    ),
    "status": lambda a: replace(a, status_code=201),
    "method": lambda a: replace(a, request=replace(a.request, method="POST")),
    "uri": lambda a: replace(a, request=replace(a.request, url=URI.replace("735188", "735189"))),
    "query": lambda a: replace(a, request=replace(a.request, url=URI + "&kinds=m01")),
    "host": lambda a: replace(a, request=replace(a.request, url=URI.replace(".example", ".invalid"))),
    "created": lambda a: _with_header(
        a, "Signature-Input", a.headers["Signature-Input"].replace(";created=1", ";created=0")
    ),
    "coverage": lambda a: _with_header(
        a, "Signature-Input", a.headers["Signature-Input"].replace(' "landbridge-receipt"', "")
    ),
}


@pytest.mark.parametrize("what", FORGERIES)
def test_one_changed_part_is_refused(answer: Answer, verify: Callable[..., dict[str, str]], what: str):
    verify(answer)
    with pytest.raises(hms.HTTPMessageSignaturesException):
        verify(FORGERIES[what](answer))


def test_every_flipped_bit_of_the_signature_is_refused(answer: Answer, verify: Callable[..., dict[str, str]]):
    label, _, encoded = answer.headers["Signature"].partition("=")
    raw = base64.b64decode(encoded.strip(":"))
    for at in range(len(raw)):
        flipped = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        value = f"{label}=:{base64.b64encode(flipped).decode()}:"
        with pytest.raises(hms.InvalidSignature):
            verify(_with_header(answer, "Signature", value))


PART = {
    "Repr-Digest": repr_digest("sha256:" + "5e" * 32),
    "Content-Length": "100",
    "Content-Range": "bytes 0-99/500",
    "Landbridge-Receipt": RECEIPT,
}
WHOLE = {name: value for name, value in PART.items() if name != "Content-Range"}


@pytest.mark.parametrize(("status", "headers"), [(206, PART), (200, WHOLE)])
def test_an_attachment_is_covered_by_what_it_is_a_part_of(
    signer: AnswerSigner, verify: Callable[..., dict[str, str]], status: int, headers: dict[str, str]
):
    answer = signed(
        signer, status, headers, Question("GET", "https://landbridge.example/v1/attachments/att-demo")
    )
    names = tuple(name.lower() for name in headers)
    covered = verify(answer, (*names, "@status", '"@method";req', '"@target-uri";req'))
    assert '"content-digest"' not in covered
    for name, value in headers.items():
        assert covered[f'"{name.lower()}"'] == value
        with pytest.raises(hms.InvalidSignature):
            verify(_with_header(answer, name, value.replace("0", "1").replace("X", "Y")), names)


def test_both_digests_are_covered_when_both_are_sent(
    signer: AnswerSigner, verify: Callable[..., dict[str, str]]
):
    answer = signed(signer, 200, WHOLE | {"Content-Digest": content_digest(BODY)}, Question("GET", URI))
    verify(answer, ("content-digest", "repr-digest", "content-length"))


def test_an_answer_without_an_entry_is_covered_without_a_receipt(
    signer: AnswerSigner, verify: Callable[..., dict[str, str]]
):
    headers = {"Content-Digest": content_digest(BODY)}
    answer = signed(signer, 200, headers, Question("GET", URI), recorded=False)
    assert set(verify(answer, ("content-digest",))) == {
        '"content-digest"', '"@status"', '"@method";req', '"@target-uri";req', '"@signature-params"'
    }  # fmt: skip


@pytest.mark.parametrize(
    ("status", "headers", "missing"),
    [
        (200, {"Content-Digest": "d"}, "landbridge-receipt"),
        (200, {"Landbridge-Receipt": "r"}, "content-digest"),
        (200, {"Repr-Digest": "d", "Landbridge-Receipt": "r"}, "content-length"),
        (206, {"Repr-Digest": "d", "Content-Length": "1", "Landbridge-Receipt": "r"}, "content-range"),
    ],
)
def test_a_missing_header_is_never_left_out_quietly(
    signer: AnswerSigner, status: int, headers: dict[str, str], missing: str
):
    with pytest.raises(ValueError, match=missing):
        signer.headers(method="GET", target_uri=URI, status=status, headers=headers)


UNSIGNABLE = [
    "",
    " ",
    " a",
    "a ",
    "a\nb",
    "a\r\nb",
    "a\rb",
    "a\n",
    "a\tb",
    "a\x00b",
    "a\x7fb",
    "é",
    "陆桥",
    "a\u2028b",
]


@pytest.mark.parametrize("value", UNSIGNABLE)
@pytest.mark.parametrize("name", ["Content-Digest", "Landbridge-Receipt"])
def test_a_value_that_could_forge_a_line_is_refused(signer: AnswerSigner, name: str, value: str):
    headers = {"Content-Digest": "d", "Landbridge-Receipt": "r"} | {name: value}
    with pytest.raises(ValueError, match="cannot be signed"):
        signer.headers(method="GET", target_uri=URI, status=200, headers=headers)


@pytest.mark.parametrize(
    "uri", ["", "/v1/x", "ftp://x", "https://x/a b", "https://x/\n", "https://x/陆", "https://"]
)
def test_a_target_that_is_no_absolute_uri_is_refused(signer: AnswerSigner, uri: str):
    headers = {"Content-Digest": "d", "Landbridge-Receipt": "r"}
    with pytest.raises(ValueError, match="cannot be signed"):
        signer.headers(method="GET", target_uri=uri, status=200, headers=headers)


@pytest.mark.parametrize(
    ("method", "status"), [("get", 200), ("GET\n", 200), ("", 200), ("GET", 0), ("GET", 1000)]
)
def test_a_strange_method_or_status_is_refused(signer: AnswerSigner, method: str, status: int):
    headers = {"Content-Digest": "d", "Landbridge-Receipt": "r"}
    with pytest.raises(ValueError, match="cannot be signed"):
        signer.headers(method=method, target_uri=URI, status=status, headers=headers)


def test_a_header_given_twice_is_refused(signer: AnswerSigner):
    headers = {"Content-Digest": "d", "content-digest": "e", "Landbridge-Receipt": "r"}
    with pytest.raises(ValueError, match="twice"):
        signer.headers(method="GET", target_uri=URI, status=200, headers=headers)


def test_a_component_named_twice_is_refused():
    with pytest.raises(ValueError, match="twice"):
        signature_base([('"date"', "a"), ('"date"', "b")], ";created=1")


@pytest.mark.parametrize("keyid", ["", 'a"b', "a\\b", "a b", "a\nb", "键"])
def test_a_key_id_that_could_leave_its_quotes_is_refused(key: Ed25519PrivateKey, keyid: str, clock):
    with pytest.raises(ValueError, match="key id"):
        AnswerSigner(key, keyid, clock)


def test_rfc_9421_appendix_b26():
    """The standard's own Ed25519 example: key of B.1.4, base and signature of B.2.6."""
    d, x = "n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU=", "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs="
    covered = [
        ('"date"', "Tue, 20 Apr 2021 02:07:55 GMT"),
        ('"@method"', "POST"),
        ('"@path"', "/foo"),
        ('"@authority"', "example.com"),
        ('"content-type"', "application/json"),
        ('"content-length"', "18"),
    ]
    declared, octets = signature_base(covered, ';created=1618884473;keyid="test-key-ed25519"')
    assert declared == (
        '("date" "@method" "@path" "@authority" "content-type" "content-length")'
        ';created=1618884473;keyid="test-key-ed25519"'
    )
    key = Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(d))
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(x))
    assert key.public_key() == public
    signature = "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
    assert base64.b64encode(key.sign(octets)).decode() == signature


def test_rfc_9530_digests():
    """Appendix B.1 and B.2 of the standard: the small example, and nothing at all."""
    assert content_digest(b'{"hello": "world"}\n') == "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert repr_digest("sha256:" + empty) == content_digest(b"")
    assert content_digest(b"") == "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"
