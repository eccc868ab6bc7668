"""The policy names who watches over the log and how many must agree; what is not clear is refused by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.errors import ConfigError
from service.publishing.policy import WITNESSES_MAX, load_policy
from tests.audit.builder import ORIGIN, vkey

LOG = vkey(ORIGIN, 1)


def witness(number: int) -> str:
    """Return the line of a witness."""
    return f"witness w{number} {vkey(f'witness.example/w{number}', number + 10, 4)} https://w{number}.example/"


def write(folder: Path, *lines: str) -> Path:
    """Write a policy for the log and return its path."""
    path = folder / "policy"
    path.write_text("\n".join([f"log {LOG}", *lines, ""]))
    return path


def test_without_a_file_the_logs_own_signature_is_enough() -> None:
    policy = load_policy(None, (LOG,))
    assert policy.is_reached([])
    assert policy.text() == f"log {LOG}\nquorum none\n"


def test_it_is_read_and_written_again(tmp_path: Path) -> None:
    lines = [witness(1), witness(2), witness(3), "group two 2 w1 w2 w3", "quorum two"]
    policy = load_policy(write(tmp_path, *lines), (LOG,))
    assert policy.text() == write(tmp_path, *lines).read_text().replace(".example/\n", ".example\n")
    assert [each.url for each in policy.witnesses] == [f"https://w{n}.example" for n in (1, 2, 3)]
    commented = ["# partners", "", " \t# indented", f"\t{witness(1)} ", "quorum\t w1"]
    assert load_policy(write(tmp_path, *commented), (LOG,)).quorum == "w1"


@pytest.mark.parametrize(
    ("lines", "enough", "too_few"),
    [
        (["quorum w1"], ["w1"], ["w2", "w3"]),
        (["group g any w1 w2", "quorum g"], ["w2"], ["w3"]),
        (["group g all w1 w2", "quorum g"], ["w1", "w2"], ["w1", "w3"]),
        (["group g 2 w1 w2 w3", "quorum g"], ["w1", "w3"], ["w2"]),
        (["group g any w1 w2", "group h all g w3", "quorum h"], ["w2", "w3"], ["w1", "w2"]),
        (["quorum none"], [], None),
    ],
)
def test_a_quorum_is_who_it_says(
    tmp_path: Path, lines: list[str], enough: list[str], too_few: list[str] | None
) -> None:
    policy = load_policy(write(tmp_path, witness(1), witness(2), witness(3), *lines), (LOG,))
    assert policy.is_reached(enough)
    assert too_few is None or not policy.is_reached(too_few)


WRONG = {
    "another log": ["log x", "quorum none"],
    "no quorum": [witness(1)],
    "two quorums": ["quorum none", "quorum none"],
    "a quorum of a later line": ["quorum w1", witness(1)],
    "an unknown member": [witness(1), "group g any w1 w2", "quorum g"],
    "a member twice": [witness(1), "group g 2 w1 w1", "quorum g"],
    "a member of two groups": [witness(1), witness(2), "group g any w1", "group h all w1 w2", "quorum h"],
    "none as a member": [witness(1), "group g any w1 none", "quorum g"],
    "a witness called none": [witness(1).replace(" w1 ", " none "), "quorum none"],
    "a name twice": [witness(1), witness(2).replace(" w2 ", " w1 "), "quorum w1"],
    "a key twice": [witness(1), witness(1).replace(" w1 ", " w2 "), "quorum w1"],
    "more than there are": [witness(1), "group g 2 w1", "quorum g"],
    "of nobody": [witness(1), "group g any", "quorum g"],
    "a threshold of zero": [witness(1), "group g 0 w1", "quorum g"],
    "a threshold with a leading zero": [witness(1), "group g 01 w1", "quorum g"],
    "a witness without an address": [witness(1).rpartition(" ")[0], "quorum w1"],
    "an address with a password": [witness(1).replace("https://", "https://u:p@"), "quorum w1"],
    "an address with a wrong port": [witness(1).replace(".example/", ".example:99999/"), "quorum w1"],
    "an address that is none": [witness(1).replace("https://", "ftp://"), "quorum w1"],
    "a log's key as a witness": [f"witness w1 {LOG} https://w1.example", "quorum w1"],
    "a wrong id": [witness(1).replace(vkey("witness.example/w1", 11, 4), vkey("x", 11, 4)[1:]), "quorum w1"],
    "too many": [*(witness(n) for n in range(1, WITNESSES_MAX + 2)), "quorum w1"],
    "an unknown word": ["mirror x", "quorum none"],
}


def test_a_key_that_comes_next_may_stand_beside_the_present_one(tmp_path: Path) -> None:
    """Witnesses and readers get a new key before it signs (docs/log_format.md section 6)."""
    policy = load_policy(write(tmp_path, f"log {vkey(ORIGIN, 7)}", "quorum none"), (LOG,))
    assert policy.log_vkeys == (LOG, vkey(ORIGIN, 7))


@pytest.mark.parametrize("lines", WRONG.values(), ids=WRONG.keys())
def test_what_is_not_clear_is_refused(tmp_path: Path, lines: list[str]) -> None:
    with pytest.raises(ConfigError, match="WITNESS_POLICY: "):
        load_policy(write(tmp_path, *lines), (LOG,))


def test_the_line_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"line 3 of .*policy cannot be used: w1 is neither"):
        load_policy(write(tmp_path, "# the log's key stands above", "quorum w1"), (LOG,))
    with pytest.raises(ConfigError, match="cannot be read"):
        load_policy(tmp_path / "none", (LOG,))
