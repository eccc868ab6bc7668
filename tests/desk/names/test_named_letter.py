"""A letter names those who chose it: two people decide, its addressee alone fetches them, and nobody else sees one."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from service.app import PROJECTIONS
from service.audit.replay import replay
from service.desk.access_record import accesses
from service.letters.events import LetterComposed, LetterHandedOver, LetterNamesReduced, LetterPackageOpened
from service.operations.export import leaves
from service.readmodel.rebuild import rebuild
from service.readmodel.tables import live
from service.signatures.judging import invalidation_of, judge_signatures
from service.signatures.rows import find_mine
from service.signatures.sealing import forget_signers
from service.store.tables import document, event, record, signature
from service.vault.tables import letter_annex, letter_erased, letter_name, letter_package
from tests.desk.names.conftest import NAMES, Named, names_in, unzipped
from tests.installation import REF
from tests.life.test_life import tables

HEADERS = (("Cache-Control", "no-store"), ("X-Robots-Tag", "noindex"), ("Referrer-Policy", "no-referrer"))


def test_from_composing_to_the_package_its_addressee_alone_gets_the_names(named: Named) -> None:
    composed = named.services.log.stream(named.composes())[-1].event
    assert isinstance(composed, LetterComposed)
    assert composed.named == 6
    shown = named.approves()
    assert "names 6 of them" in shown
    assert str(composed.names) in shown
    page = named.terminal.installation.client().get(named.links())
    assert "names of 6 signers" in page.text
    assert all(page.headers[header] == value for header, value in HEADERS)
    assert named.state.opened == 0  # a mail scanner opens links
    files = named.fetches()
    assert sorted(names_in(files)) == sorted(NAMES)
    assert files["istanbul-two-L1-annex-b-tr.pdf"].startswith(b"%PDF-")
    for line in files["SHA256SUMS"].decode().splitlines():
        found, name = line.split("  ")
        assert hashlib.sha256(files[name]).hexdigest() == found
    assert b"@example.org" not in b"".join(files.values())
    opened = named.services.log.stream(named.letter)[-1].event
    assert isinstance(opened, LetterPackageOpened)
    assert (opened.access, opened.named) == (1, 6)
    with named.services.database.read() as connection:
        assert [one.action for one in accesses(connection)][-1] == "package fetched"


def test_no_name_stands_in_a_public_place_or_in_the_clear(linked: Named) -> None:
    linked.fetches()
    path, client = linked.path, linked.terminal.installation.client()
    places = [client.get(path).data, client.get(f"/en/c/{REF}").data, client.get(f"/en/c/{REF}/letters").data]
    places.append(client.get(f"/en/c/{REF}/letters/{linked.letter}").data)
    public = client.get(f"/en/c/{REF}/letters/{linked.letter}.zip")
    places += [public.data, *unzipped(public.data).values()]
    assert "openings.json" not in unzipped(public.data)
    with linked.services.database.read() as connection:
        for table in (event, document, letter_annex, letter_name, letter_package):
            places += [repr(tuple(row)).encode() for row in connection.execute(sa.select(table))]
            places += [cell for row in connection.execute(sa.select(table)) for cell in row if isinstance(cell, bytes)]
        assert path.rpartition("/")[2].encode() not in b"".join(places[3:])
    for name in NAMES:
        for written in (name.encode(), json.dumps(name)[1:-1].encode(), name.encode("utf-16-be")):
            assert not [place for place in places if written in place], name


def test_the_package_is_the_same_bytes_each_time_until_it_is_locked(linked: Named) -> None:
    public = f"/en/c/{REF}/letters/{linked.letter}.zip"
    first, second = (linked.terminal.installation.client().get(public).data for _ in range(2))
    assert first == second
    assert linked.presses("received").status_code == 409  # nobody fetched it yet
    first, second = (linked.presses().data for _ in range(2))
    assert first == second
    assert linked.state.opened == 2
    path = linked.path
    received = linked.presses("received", path)
    assert (received.status_code, "destroyed" in received.text) == (200, True)
    client = linked.terminal.installation.client()
    assert [client.get(path).status_code, linked.presses(path=path).status_code] == [423, 423]
    assert linked.presses("received", path).status_code == 423
    assert not linked.path
    with linked.services.database.read() as connection:
        for table in (letter_annex, letter_package):
            row = connection.execute(sa.select(table)).mappings().one()
            assert (row["sealed"], row["wrapped_key"], row["kek"]) == (None, None, None)
    linked.works("names")
    assert linked.state.names.named == 6  # the commitment stays


def test_thirty_days_after_the_first_access_it_is_locked(linked: Named) -> None:
    status = re.compile(r"packages with names +(\d) kept +(\d) late")
    assert status.findall(linked.terminal.does("retention status")) == [("1", "0")]
    path = linked.path
    linked.fetches()
    clock = linked.terminal.installation.clock
    clock.moment += timedelta(days=29)
    linked.fetches()
    clock.moment += timedelta(days=1, hours=2)
    assert linked.presses(path=path).status_code == 423  # whether or not the worker has come by
    assert status.findall(linked.terminal.types("retention status").output) == [("1", "1")]
    linked.works("retention")
    assert status.findall(linked.terminal.types("retention status").output) == [("0", "0")]
    with linked.services.database.read() as connection:
        assert connection.execute(sa.select(letter_package.c.sealed)).scalar() is None


def test_a_wrong_token_finds_nothing_and_a_wrong_button_does_nothing(linked: Named) -> None:
    wrong = linked.path[:-1] + ("0" if linked.path[-1] != "0" else "1")
    client = linked.terminal.installation.client()
    assert [client.get(wrong).status_code, linked.presses(path=wrong).status_code] == [404, 404]
    assert linked.presses("erase").status_code == 422
    assert linked.state.opened == 0


@pytest.mark.parametrize("action", [{"action": "withdraw"}, {"action": "disclosure", "disclosure": "counted"}])
def test_who_leaves_before_the_hand_over_is_left_out_and_comes_back_in_none(
    linked: Named, action: dict[str, str]
) -> None:
    before = linked.state.names
    linked.acts(NAMES[0], **action)
    assert linked.presses().status_code == 503  # it is made anew first
    linked.works("names")
    reduced = linked.services.log.stream(linked.letter)[-1].event
    assert isinstance(reduced, LetterNamesReduced)
    assert reduced.named == 5
    assert reduced.names != before.commitment
    assert sorted(linked.names()) == sorted(NAMES[1:])
    if "disclosure" in action:
        linked.acts(NAMES[0], action="disclosure", disclosure="public")
        linked.works("names")
        assert sorted(linked.names()) == sorted(NAMES[1:])
    line = f"letter handed-over {linked.letter} --channel post --receipt R1 --day 2026-03-02"
    linked.terminal.does(f"{line} {linked.terminal.as_('olga')}")
    handed = linked.services.log.stream(linked.letter)[-1].event
    assert isinstance(handed, LetterHandedOver)
    assert (handed.named, handed.names) == (5, reduced.names)


def test_who_is_found_to_be_false_is_named_no_more(linked: Named) -> None:
    services = linked.services
    with services.database.read() as connection:
        false = find_mine(connection, linked.pages[NAMES[0]].rpartition("/")[2])["signature"]
        row = connection.execute(sa.select(live.signed).where(live.signed.c.id == false)).mappings().one()
        command = invalidation_of(connection, row["campaign"], [row["entry"]], "forged")
    with services.log.transaction() as connection:
        assert judge_signatures(command, connection, 2, services.clock.now()) == 1
    assert linked.presses().status_code == 503  # it is made anew first
    linked.works("names")
    assert sorted(linked.names()) == sorted(NAMES[1:])


def test_nobody_is_named_any_more_when_too_few_are_left(linked: Named) -> None:
    linked.acts(NAMES[0], action="erase")
    linked.acts(NAMES[1], action="both")
    linked.works("names")
    assert linked.state.names.named == 0
    assert "openings.json" not in linked.fetches()


def test_who_is_erased_is_in_no_later_package_and_recipients_are_to_be_told(linked: Named) -> None:
    olga, terminal = linked.terminal.as_, linked.terminal
    linked.acts(NAMES[1], action="erase")
    linked.works("names")
    reduced = linked.services.log.stream(linked.letter)[-1].event
    assert isinstance(reduced, LetterNamesReduced)
    assert NAMES[1] not in linked.names()
    assert terminal.installation.rows(record) == len(NAMES)  # of seven who signed
    assert terminal.installation.rows(letter_name) == reduced.named == len(NAMES) - 1
    rebuild_and_auditor_agree(linked)
    assert "0 to tell" in terminal.does(f"letter erased {olga('olga')}")  # nobody has that name
    linked.acts(NAMES[0], action="erase")
    told = terminal.does(f"letter erased {olga('olga')}")
    assert f"{linked.letter}  tell tr-anayasa-mahkemesi to delete the name of entry" in told
    assert not [name for name in NAMES if name in told]
    assert "0 to tell" in terminal.does(f"letter erased --told {linked.letter} {olga('olga')}")


def rebuild_and_auditor_agree(linked: Named) -> None:
    """Check that an erasure, which is private, leaves read models and rules of the log in order."""
    linked.works()
    log, database = linked.services.log, linked.services.database
    shown = tables(database)
    rebuild(log, PROJECTIONS, lambda done, of: None)
    assert tables(database) == shown
    report = replay([leaf + b"\n" for leaf in leaves(database)])
    assert (report.errors, report.findings) == ([], [])
    assert [one.active for one in report.campaigns.values()] == [len(NAMES) + 1]


def test_an_erasure_after_it_was_locked_is_told_too_and_the_person_is_shown_who_has_the_name(linked: Named) -> None:
    recipient = "Anayasa Mahkemesi"
    client = linked.terminal.installation.client()
    erased = client.post(f"{linked.pages[NAMES[0]]}?lang=tr", data={"action": "erase"})
    assert recipient not in erased.text  # nobody has that name
    linked.works("names")
    linked.fetches()
    linked.presses("received")
    erased = client.post(f"{linked.pages[NAMES[2]]}?lang=tr", data={"action": "both"})
    assert recipient in erased.text
    assert "1 to tell" in linked.terminal.does(f"letter erased {linked.terminal.as_('olga')}")


def test_somebody_who_leaves_while_the_package_is_typeset_is_not_in_it(
    linked: Named, monkeypatch: pytest.MonkeyPatch
) -> None:
    from service.letters import packing

    linked.acts(NAMES[0], action="erase")
    real = packing.typeset

    def slow(*given: object) -> bytes:
        monkeypatch.setattr(packing, "typeset", real)
        linked.acts(NAMES[1], action="disclosure", disclosure="counted")
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(packing, "typeset", slow)
    linked.works("names")
    assert linked.presses().status_code == 503
    linked.works("names")
    assert "openings.json" not in linked.fetches()  # four are left: nobody is named


def test_a_withdrawal_that_never_reached_the_annex_is_seen_when_the_package_is_fetched(linked: Named) -> None:
    with linked.services.database.write() as connection:  # as after a crash between the two transactions
        some = sa.select(letter_name.c.signature).limit(1).scalar_subquery()
        connection.execute(sa.update(signature).where(signature.c.id == some).values(state="withdrawn"))
    assert linked.presses().status_code == 503


def test_one_person_alone_makes_no_link_and_without_one_the_letter_does_not_go(named: Named) -> None:
    named.composes()
    terminal = named.terminal
    assert "approved first" in str(terminal.types(f"letter link {named.letter} {terminal.as_('olga')}").exception)
    named.approves()
    asked = terminal.does(f"letter link {named.letter} {terminal.as_('olga')}")
    request_id = re.findall(r"request (r_[A-Za-z0-9]{10})", asked)[0]
    assert terminal.types(f"request approve {request_id} {terminal.as_('olga')}").exit_code != 0
    line = f"letter handed-over {named.letter} --channel post --receipt R1 --day 2026-03-02"
    assert "letter link" in str(terminal.types(f"{line} {terminal.as_('olga')}").exception)
    assert not named.path
    terminal.approves(asked, by="rosa")
    assert "http://localhost/package/" in terminal.does(f"letter slip {named.letter} {terminal.as_('olga')}")
    assert "already" in str(terminal.types(f"letter link {named.letter} {terminal.as_('olga')}").exception)


def test_composing_again_ends_the_link_and_the_annex(linked: Named) -> None:
    path = linked.path
    linked.composes(f"--again {linked.letter}")
    assert linked.terminal.installation.client().get(path).status_code == 404
    assert linked.state.names.named == 0
    assert linked.terminal.installation.rows(letter_name) == 0


def test_a_letter_that_is_dropped_or_was_fetched_names_nobody_anew(linked: Named) -> None:
    path = linked.path
    linked.fetches()
    with pytest.raises(AssertionError, match="begin a new letter"):
        linked.composes(f"--again {linked.letter}")
    linked.terminal.does(f"letter drop {linked.letter} --reason abandoned {linked.terminal.as_('olga')}")
    assert linked.presses(path=path).status_code == 423
    linked.acts(NAMES[0], action="erase")
    assert "1 to tell" in linked.terminal.does(f"letter erased {linked.terminal.as_('olga')}")


def test_few_or_nobody_who_chose_it_are_not_named(named: Named) -> None:
    for name in NAMES[:2]:
        named.acts(name, action="disclosure", disclosure="counted")
    with pytest.raises(AssertionError, match="would stand out"):
        named.composes()
    named.composes("")
    assert named.state.names.named == 0


def test_sealing_the_appeal_leaves_no_annex(linked: Named) -> None:
    with linked.services.database.write() as connection:
        campaign = connection.execute(sa.select(record.c.campaign).limit(1)).scalar_one()
        assert forget_signers(connection, campaign, "", 100)
        assert forget_signers(connection, campaign, "~", 100) is None
    for table in (letter_annex, letter_name, letter_package, letter_erased):
        assert linked.terminal.installation.rows(table) == 0
