"""A sample is held against the published log: every lie about draw, openings, beacon and checkpoint is an error."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from service.audit.__main__ import main
from service.audit.sampling import CHAINS
from tests.audit.builder import ORIGIN, Builder, token, vkey
from tests.audit.folder import signed_checkpoint, write_log
from tests.audit.lies import C, log_with_campaign
from tests.audit.witnesses import cosigned, seconds, witness

COSIGNED = seconds("2026-01-05T12:00:00")
RANDOMNESS = hashlib.sha256(b"a round").hexdigest()
SIGNERS = 12
SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
Lie = Callable[[dict[str, Any]], Any]


def round_at(time: int) -> int:
    """Return the first round of quicknet at a time or later, in POSIX seconds."""
    return -(-(time - CHAINS["quicknet"].first) // 3) + 1


SEED = f"{round_at(COSIGNED + 600)}:{RANDOMNESS}"


def opening(number: int, email: str = "") -> dict[str, Any]:
    """Return a made-up signer's opening."""
    salts = {name: b64url(hashlib.sha512(f"{name} {number}".encode()).digest()) for name in ("r1", "r2", "r3")}
    person = {"country": "CZ", "name": f"Made-up Ñame {number}"}
    return {"contact": {"email": email or f"signer{number}@example.org"}, "person": person, "v": 1} | salts


def commitment(opened: dict[str, Any]) -> str:
    """Return what an opening opens, with the standard library alone."""

    def commit(r: str, value: Any) -> str:
        salt = base64.urlsafe_b64decode(opened[r] + "==")
        return b64url(hashlib.sha256(b"petition/commit/v1\0" + salt + canonical(value)).digest())

    parts = {"contact": commit("r1", opened["contact"]), "person": commit("r2", opened["person"])}
    return commit("r3", parts)


def b64url(value: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def canonical(value: Any) -> bytes:
    """Return canonical JSON."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def drawn(checkpoint: bytes, randomness: str, population: list[int], size: int) -> list[int]:
    """Draw as docs/log_format.md section 10 says, a third time."""
    text, found, i = checkpoint.rpartition(b"\n\n")[0] + b"\n", list[int](), 0
    while len(found) < size:
        hashed = hashlib.sha256(b"petition-audit/v1\0" + text + bytes.fromhex(randomness) + i.to_bytes(8, "big"))
        entry = population[int.from_bytes(hashed.digest(), "big") % len(population)]
        found, i = found if entry in found else [*found, entry], i + 1
    return found


@dataclass
class Auditor:
    """An auditor with a key, a copy of the log, and a service that answers, honestly or not."""

    folder: Path
    log: Builder
    openings: dict[int, dict[str, Any]]  # by entry
    key: X25519PrivateKey

    def right(self, size: int = 6, log: Builder | None = None) -> dict[str, Any]:
        """Return what an honest service answers, of this log or another."""
        checkpoint = cosigned(signed_checkpoint((log or self.log).lines()), COSIGNED, 1)
        entries = drawn(checkpoint, RANDOMNESS, sorted(self.openings), size)
        return {
            "v": 1, "campaign": C, "checkpoint": checkpoint.decode(), "chain": "quicknet",
            "round": round_at(COSIGNED + 600), "randomness": RANDOMNESS, "population": len(self.openings),
            "answers": [{"entry": entry, "opening": self.openings[entry]} for entry in entries],
        }  # fmt: skip

    def seals(self, content: bytes, head: str = "petition-audit-sample/v1") -> None:
        """Write the sample."""
        first = f"{head}\n{ORIGIN}\n"
        sealed = SUITE.encrypt(content, self.key.public_key(), info=first.encode())
        (self.folder / "sample").write_text(f"{first}{base64.b64encode(sealed).decode()}\n")

    def checks(self, *options: str) -> int:
        """Hold the sample against the log, and return the exit code."""
        named = ("sample", "--key", "key", "--source", "log", "--policy", "policy")
        words = [word if word.startswith("--") else str(self.folder / word) for word in named]
        return main(["sample", *words, "--seed", SEED, *options])


@pytest.fixture
def auditor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Auditor:
    """Return an auditor of a log that grew after the checkpoint."""
    log, openings = log_with_campaign(signers=0), {}
    for number in range(SIGNERS):
        opened = opening(number)
        openings[log.signs(C, number, commitment=commitment(opened))] = opened
    log.withdraws(C, 0)
    openings.pop(min(openings))
    assert main(["sample", "--new-key", str(tmp_path / "key")]) == 0
    key = X25519PrivateKey.from_private_bytes(base64.b64decode((tmp_path / "key").read_text()))
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    assert capsys.readouterr().out == public + "\n"
    (tmp_path / "policy").write_text(f"log {vkey(ORIGIN, 1)}\nwitness w {witness(1)}\nquorum none\n")
    return Auditor(tmp_path, log, openings, key)


def published(auditor: Auditor) -> Auditor:
    """Publish the log, longer than the checkpoint."""
    grown = copy.deepcopy(auditor.log)
    grown.signs(C, SIGNERS)
    grown.withdraws(C, 5)
    write_log(auditor.folder / "log", grown.lines())
    return auditor


def test_what_is_right_passes_and_says_what_it_excludes(auditor: Auditor, capsys: pytest.CaptureFixture[str]) -> None:
    published(auditor).seals(canonical(auditor.right()))
    assert auditor.checks("--json") == 0
    found = json.loads(capsys.readouterr().out)
    expected = {
        "at_size": len(auditor.log.events), "campaign": C, "chain": "quicknet", "failed": 0, "opened": 6,
        "population": 11, "randomness": RANDOMNESS, "round": round_at(COSIGNED + 600), "sampled": 6, "unanswered": 0,
    }  # fmt: skip
    assert {name: found["sample"][name] for name in expected} == expected
    assert found["sample"]["fakes_at_most"] == pytest.approx(1 - 0.05 ** (1 / 6), abs=1e-5)
    assert auditor.checks() == 0
    told = capsys.readouterr().out
    assert "6 of the 11 active signatures" in told
    assert "at most 39.30% of them all are fakes" in told
    assert "example.org" not in told.replace(ORIGIN, "")
    assert auditor.checks("--quiet") == 0
    assert capsys.readouterr().out == "verdict: no errors, no findings\n"


def test_who_is_unanswered_counts_as_unverified(auditor: Auditor, capsys: pytest.CaptureFixture[str]) -> None:
    sample = published(auditor).right()
    del sample["answers"][2]["opening"]
    auditor.seals(canonical(sample))
    assert auditor.checks("--json") == 0
    figures = json.loads(capsys.readouterr().out)["sample"]
    assert (figures["opened"], figures["unanswered"], figures["failed"]) == (5, 1, 0)
    assert figures["fakes_at_most"] > 1 - 0.05 ** (1 / 6)


def swap(sample: dict[str, Any]) -> None:
    """Exchange two openings."""
    first, second = sample["answers"][:2]
    first["opening"], second["opening"] = second["opening"], first["opening"]


def put(name: str, value: Any) -> Lie:
    """Return a lie about one field."""
    return lambda sample: sample.update({name: value})


LIES: dict[str, tuple[Lie, str]] = {
    "swapped openings": (swap, "an opening of that entry"),
    "another opening": (lambda s: s["answers"][0].update(opening=opening(99)), "an opening of that entry"),
    "no country of this world": (lambda s: s["answers"][0]["opening"]["person"].update(country="XX"), "XX"),
    "a missing answer": (lambda s: s["answers"].pop(2), "another entry was drawn"),
    "another order": (lambda s: s["answers"].reverse(), "another entry was drawn"),
    "an entry not drawn": (lambda s: s["answers"][0].update(entry=1), "another entry was drawn"),
    "an answer too many": (lambda s: s["answers"].extend(s["answers"]), "each is drawn once"),
    "another randomness": (put("randomness", "00" * 32), "what the beacon gave"),
    "another population": (put("population", 12), "signatures that are active"),
    "another campaign": (put("campaign", "c_Another001"), "signatures that are active"),
    "a round known before": (put("round", round_at(COSIGNED + 600) - 1), "could still choose"),
    "an unknown chain": (put("chain", "fastnet"), "a chain of drand"),
    "an unsigned checkpoint": (lambda s: s.update(checkpoint=s["checkpoint"].replace("\n17\n", "\n16\n")), "signature"),
}


@pytest.mark.parametrize(("lie", "said"), LIES.values(), ids=LIES)
def test_a_forged_sample_is_an_error(auditor: Auditor, capsys: pytest.CaptureFixture[str], lie: Lie, said: str) -> None:
    sample = json.loads(canonical(published(auditor).right()))
    lie(sample)
    auditor.seals(canonical(sample))
    assert auditor.checks() == 1
    assert said in capsys.readouterr().out


def test_two_signatures_of_one_address_are_an_error(auditor: Auditor, capsys: pytest.CaptureFixture[str]) -> None:
    twin = opening(50, "signer7@example.org")
    auditor.openings[auditor.log.signs(C, 50, commitment=commitment(twin))] = twin
    published(auditor).seals(canonical(auditor.right(12)))
    assert auditor.checks("--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["sample"]["opened"], found["sample"]["failed"]) == (11, 1)
    assert "one address signed twice" in found["report"]["errors"][0]["found"]
    assert "signer7" not in json.dumps(found)


def test_a_checkpoint_of_another_history_is_an_error(auditor: Auditor, capsys: pytest.CaptureFixture[str]) -> None:
    other = copy.deepcopy(auditor.log)
    other.events[-1] |= {"signature": token(1, C)}  # another one withdrew
    published(auditor).seals(canonical(auditor.right(log=other)))
    assert auditor.checks("--json") == 1
    assert [error["field"] for error in json.loads(capsys.readouterr().out)["report"]["errors"]] == ["checkpoint"]


def test_without_cosignature_or_seed_of_ones_own_there_is_a_finding(
    auditor: Auditor, capsys: pytest.CaptureFixture[str]
) -> None:
    sample = published(auditor).right()
    auditor.seals(canonical(sample))
    assert auditor.checks("--seed", "") == 3
    policy = auditor.folder / "policy"
    policy.write_text(
        f"log {vkey(ORIGIN, 1)}\nwitness w {witness(1)}\nwitness v {witness(2)}\ngroup g all w v\nquorum g\n"
    )
    assert auditor.checks() == 1  # the log's own checkpoint lacks the quorum, too
    assert "entries may have been chosen" in capsys.readouterr().out
    policy.write_text(f"log {vkey(ORIGIN, 1)}\nwitness w {witness(1)}\nquorum none\n")
    sample["checkpoint"] = signed_checkpoint(auditor.log.lines()).decode()
    auditor.seals(canonical(sample))
    assert auditor.checks() == 3
    assert "entries may have been chosen" in capsys.readouterr().out


def test_what_is_no_sample_or_for_another_key_cannot_be_read(
    auditor: Auditor, capsys: pytest.CaptureFixture[str]
) -> None:
    right = published(auditor).right()
    for content in (
        json.dumps(right).encode(), canonical(right | {"more": 1}), canonical(right | {"answers": []}), b"", b"{}",
        canonical(right | {"randomness": "5EED" * 16}), canonical(right | {"round": 0}), canonical(right) + b"\n",
        canonical(right | {"checkpoint": "none"}), b"[" * 100_000,
    ):  # fmt: skip
        auditor.seals(content)
        assert auditor.checks() == 2, content[:80]
    auditor.seals(canonical(right))
    whole = (auditor.folder / "sample").read_bytes()
    for changed in (
        whole[:-1], whole[:100], whole + b"\n", b"", whole.replace(b"/v1", b"/v2", 1), b"\xff" + whole,
        whole.replace(ORIGIN.encode(), b"other.example/log", 1), whole[:200] + b"A" * 4 + whole[204:],
    ):  # fmt: skip
        (auditor.folder / "sample").write_bytes(changed)
        assert auditor.checks() == 2, changed[:80]
    capsys.readouterr()
    (auditor.folder / "sample").write_bytes(whole)
    (auditor.folder / "key").unlink()
    assert main(["sample", "--new-key", str(auditor.folder / "key")]) == 0
    assert auditor.checks() == 2
    assert "another key, or altered" in capsys.readouterr().err


def test_a_key_is_never_overwritten_and_its_owner_alone_reads_it(auditor: Auditor) -> None:
    path = auditor.folder / "key"
    before = path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    assert main(["sample", "--new-key", str(path)]) == 2
    assert path.read_bytes() == before
    path.write_text("nothing\n")
    published(auditor).seals(canonical(auditor.right()))
    assert auditor.checks() == 2


def test_a_log_that_does_not_reach_the_checkpoint_cannot_be_audited(
    auditor: Auditor, capsys: pytest.CaptureFixture[str]
) -> None:
    write_log(auditor.folder / "log", auditor.log.lines()[:-1])
    auditor.seals(canonical(auditor.right()))
    assert auditor.checks() == 2
    assert "verify it" in capsys.readouterr().err
    assert main(["sample"]) == 2
