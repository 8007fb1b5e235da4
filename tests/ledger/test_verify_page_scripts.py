"""The page that checks receipts in a browser says of every file what `assent verify` says of it."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from assent.checking import check
from assent.language import catalogue, direction, languages
from assent.ledger import receipts
from assent.ledger.exports import ExportProblem, OpenedEntry
from assent.ledger.forks import Evidence
from assent.ledger.notes import NoteProblem
from assent.ledger.receipts import ReceiptProblem, bare, seal
from assent.settings import ROOT
from assent.web.language import language_name
from tests.ledger.proven import CONTENT, DIGEST, Log, a_record, an_export, signed_with_a_passkey

NODE = ROOT / ".venv" / "bin" / "node"
SCRIPTS = ROOT / "frontend" / "verify"
PASSKEY = Ed25519PrivateKey.generate()
RECORD = a_record(
    2, question="Wann? \u202b\u0647\u202c \U0001f54a", conditions=[{"kind": "no_name"}]
)
LOG = Log().filled(2)
LOG.append(RECORD, passkey=signed_with_a_passkey(PASSKEY, RECORD), fields={"language": "fa"})
LOG.filled(9)
WHOLE = str(LOG.receipt(2))


@pytest.fixture(autouse=True)
def quick_seals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipts, "ITERATIONS", 10)


def in_the_page(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    sent = []
    for case in cases:
        content = case["file"] if isinstance(case["file"], bytes) else case["file"].encode()
        sent.append(case | {"file": base64.b64encode(content).decode()})
    done = subprocess.run(
        [str(NODE), str(Path(__file__).with_name("verify_cases.mjs"))],
        input=json.dumps(sent),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def on_the_command_line(tmp_path: Path, case: dict[str, Any]) -> bool:
    file = tmp_path / "file"
    content = case["file"]
    file.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    try:
        report = check(
            file,
            case.get("wanted", []),
            demanded=case.get("demanded", 0),
            text=case.get("published"),
            passphrase=case.get("passphrase"),
        )
    except (NoteProblem, ReceiptProblem, ExportProblem):
        return False
    return report.is_good


def named_cases() -> Iterator[tuple[str, bool, dict[str, Any]]]:
    keys = list(LOG.keys)
    other, fork = Log().filled(4), Log(signer=LOG.signer).filled(12)
    yield "a receipt", True, {"file": WHOLE, "wanted": keys, "demanded": 2, "published": CONTENT}
    yield "by fingerprints", True, {"file": WHOLE, "wanted": [LOG.signer.key.fingerprint]}
    yield "by its own keys", True, {"file": WHOLE}
    yield "under another key", False, {"file": WHOLE, "wanted": [str(other.signer.key)]}
    yield "too short a fingerprint", False, {"file": WHOLE, "wanted": ["abcdef"]}
    yield "another text", False, {"file": WHOLE, "published": CONTENT | {"form": {"x": 1}}}
    yield "too few witnesses", False, {"file": WHOLE, "wanted": keys[:2], "demanded": 2}
    unseen = str(LOG.receipt(2, cosigned=False))
    yield "not yet witnessed", True, {"file": unseen, "wanted": keys}
    yield (
        "not yet witnessed, but it must be",
        False,
        {"file": unseen, "wanted": keys, "demanded": 1},
    )
    yield "a bare one", True, {"file": str(bare(LOG.receipt(2)))}
    sealed = str(seal(LOG.receipt(2), "cafe\u0301 safran"))
    yield "a sealed one", True, {"file": sealed}
    yield "opened", True, {"file": sealed, "passphrase": "café safran", "published": CONTENT}
    yield "not opened", False, {"file": sealed, "passphrase": "café safron"}
    mine, its = LOG.receipt(1), LOG.receipt(2)
    yield (
        "another's proof",
        False,
        {"file": str(receipts.make_receipt(mine.proof, LOG.openings[2]))},
    )
    yield "another place", False, {"file": str(replace(its.proof, index=3))}
    yield "a checkpoint", True, {"file": str(LOG.checkpoint()), "wanted": keys, "demanded": 2}
    yield "a checkpoint of nobody known", False, {"file": str(LOG.checkpoint())}
    evidence = Evidence(keys[0], LOG.checkpoint(), fork.checkpoint(LOG.frontier.size))
    yield "the evidence of a fork", True, {"file": str(evidence), "wanted": keys[:1]}
    grown = Evidence(keys[0], LOG.checkpoint(3), LOG.checkpoint())
    yield "no fork", False, {"file": str(grown), "wanted": keys[:1]}
    for whole in (True, False):
        yield (
            f"an export, {whole}",
            True,
            {"file": an_export(LOG, with_entries=whole), "wanted": keys, "demanded": 2},
        )
        others = [OpenedEntry(3, a_record(3), bytes(32), () if whole else LOG.path(3))]
        yield (
            f"a foreign record, {whole}",
            False,
            {"file": an_export(LOG, with_entries=whole, opened=others)},
        )
    swapped = [*LOG.entries[:2], LOG.entries[3], LOG.entries[2], *LOG.entries[4:]]
    yield "swapped entries", False, {"file": an_export(LOG, entries=swapped, opened=[])}
    yield "the tail cut off", False, {"file": an_export(LOG, entries=LOG.entries[:-1], opened=[])}
    yield "half an export", False, {"file": an_export(LOG)[:-300]}
    yield "nothing", False, {"file": ""}
    yield "rubbish", False, {"file": b"\xff\x00\xfe"}
    lied, record = Log(), a_record(0)
    lied.append(record, passkey=signed_with_a_passkey(PASSKEY, record, decision="no"))
    yield "a passkey over something else", False, {"file": str(lied.receipt(0))}
    part = {"public_digest": DIGEST, "may_be_missing": ["lantern", "reef"]}
    partly = Log()
    partly.append(a_record(0, digest="0" * 64, **part))
    for come, good in (
        (["harbour"], True),
        (["lantern", "harbour"], True),
        (["other", "harbour"], False),
    ):
        published = CONTENT | {"cosigners": come}
        yield f"signed by {come}", good, {"file": str(partly.receipt(0)), "published": published}
    yield (
        "the whole, not its public part",
        False,
        {"file": str(partly.receipt(0)), "published": CONTENT | {"form": {"x": 1}}},
    )
    contradicted = Log()
    contradicted.append(record, fields={"receipt_id": "another"})
    yield "fields over something else", False, {"file": str(contradicted.receipt(0))}
    for kind, passkey in (("ES256", es256), ("RS256", rs256)):
        log = Log()
        log.append(record, passkey=passkey(record, spoiled=False))
        log.append(record, passkey=passkey(record, spoiled=True))
        yield f"a passkey of {kind}", True, {"file": str(log.receipt(0))}
        yield f"a spoiled passkey of {kind}", False, {"file": str(log.receipt(1))}


def es256(record: dict[str, Any], *, spoiled: bool) -> Any:
    secret = ec.generate_private_key(ec.SECP256R1())
    numbers = secret.public_key().public_numbers()
    cose = {
        1: 2,
        3: -7,
        -1: 1,
        -2: numbers.x.to_bytes(32, "big"),
        -3: numbers.y.to_bytes(32, "big"),
    }
    return resigned(record, cose, lambda message: secret.sign(message, ec.ECDSA(SHA256())), spoiled)


def rs256(record: dict[str, Any], *, spoiled: bool) -> Any:
    secret = rsa.generate_private_key(65537, 2048)
    n = secret.public_key().public_numbers().n
    cose = {1: 3, 3: -257, -1: n.to_bytes(256, "big"), -2: b"\x01\x00\x01"}
    return resigned(record, cose, lambda m: secret.sign(m, padding.PKCS1v15(), SHA256()), spoiled)


def resigned(record: dict[str, Any], cose: Any, sign: Any, spoiled: bool) -> Any:
    made = signed_with_a_passkey(PASSKEY, record)
    message = made.authenticator_data + hashlib.sha256(made.client_data).digest()
    signature = sign(message + b"!" if spoiled else message)
    return replace(made, public_key=cbor2.dumps(cose), signature=signature)


def test_page_and_command_say_the_same_of_every_kind_of_file(tmp_path: Path) -> None:
    names, holds, cases = zip(*named_cases(), strict=True)
    answers = in_the_page(list(cases))
    for name, expected, case, answer in zip(names, holds, cases, answers, strict=True):
        assert answer["good"] == expected, (name, answer)
        assert on_the_command_line(tmp_path, case) == expected, name


def test_page_and_command_refuse_every_changed_bit(tmp_path: Path) -> None:
    whole = WHOLE.encode()
    cases = []
    for bit in random.Random(7).sample(range(len(whole) * 8), 300):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        cases.append({"file": bytes(changed), "wanted": list(LOG.keys), "demanded": 2})
    for case, answer in zip(cases, in_the_page(cases), strict=True):
        assert not answer["good"]
        assert answer["wrong"]
        assert not on_the_command_line(tmp_path, case)


def words_of_the_page() -> dict[str, Any]:
    program = (
        "import * as words from './frontend/verify/sentences/index.js';"
        "const { SENTENCES, LANGUAGES, directionOf } = words;"
        "const directions = Object.keys(SENTENCES).map((tag) => [tag, directionOf(tag)]);"
        "const said = { SENTENCES, LANGUAGES, directions: Object.fromEntries(directions) };"
        "console.log(JSON.stringify(said))"
    )
    done = subprocess.run(
        [str(NODE), "--input-type=module", "-e", program],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    words: dict[str, Any] = json.loads(done.stdout)
    return words


def test_the_page_speaks_the_languages_of_the_family_side() -> None:
    words = words_of_the_page()
    assert tuple(words["SENTENCES"]) == languages()
    assert words["LANGUAGES"] == {tag: language_name(tag) for tag in languages()}
    assert words["directions"] == {tag: direction(tag) for tag in languages()}
    for tag, table in words["SENTENCES"].items():
        # The link to the page, and the page, call it the same.
        assert table["title"] == catalogue(tag).gettext("Check a receipt"), tag


def test_the_page_says_everything_in_each_of_its_languages() -> None:
    tables: dict[str, dict[str, str]] = words_of_the_page()["SENTENCES"]
    for language, table in tables.items():
        assert set(table) == set(tables["en"]), language
        for key, sentence in table.items():
            assert sentence == sentence.strip() != "", (language, key)
            assert not re.search("[<>&]", sentence), (language, key)
            places = sorted(re.findall(r"\{\w+\}", tables["en"][key]))
            assert sorted(re.findall(r"\{\w+\}", sentence)) == places, (language, key)
            assert re.sub(r"\{\w+\}", "", sentence).count("{") == 0, (language, key)
        own = {"field", "key", "language"}
        same = {key for key in table if table[key] == tables["en"][key]} - own
        assert language == "en" or not same, (language, same)
    sources = [*SCRIPTS.glob("*.*"), ROOT / "frontend" / "build.mjs"]
    used = "".join(path.read_text(encoding="utf-8") for path in sources)
    named = [key for key in tables["en"] if not key.startswith("mark_")]
    unused = [key for key in named if f'"{key}"' not in used and f"{{ {key}: " not in used]
    assert unused == []
