"""Which imported appeals open, which do not, and what is said to whoever tries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service.campaigns import queries
from service.campaigns.appeal_folder import AppealFolder, read_appeal_folder
from service.campaigns.commands import OpenCampaign
from service.campaigns.drafts import drafts, import_appeal, load_draft
from service.campaigns.opening import open_campaign
from service.errors import NotFound, Refused
from service.store.tables import addressee, draft
from tests.installation import EXAMPLE, REF, Installation

READY: dict[str, Any] = {
    "ref": "another",
    "consent_of_persons": "recorded",
    "organizer": {"name": "Made-up Organizer", "address": ["1 Sample Street"], "signed_by": "Made-up"},
}


def imports(installation: Installation, **changed: Any) -> AppealFolder:
    """Import the example appeal as one that is ready to open, with changes."""
    folder = read_appeal_folder(EXAMPLE)
    folder.data |= READY | changed
    with installation.services.database.write() as connection:
        import_appeal(connection, folder)
    return folder


def opens(installation: Installation, *, demonstration: bool = False, at_risk: bool = False) -> queries.CampaignView:
    services = installation.services
    command = OpenCampaign("another", "test", services.clock.now(), demonstration, at_risk)
    campaign = open_campaign(command, services.log, services.keys)
    with services.database.read() as connection:
        return queries.campaign_by_id(connection, campaign)


def with_original(state: str) -> list[dict[str, str]]:
    """Return the appeal's texts with the original in another state."""
    texts = read_appeal_folder(EXAMPLE).data["texts"]
    return [text | {"state": state} if text["language"] == "en" else text for text in texts]


def test_an_appeal_that_is_ready_opens_with_its_own_rules_and_organizer(installation: Installation) -> None:
    imports(installation)
    opened = opens(installation)
    assert (opened.state, opened.is_at_risk, opened.forgets) == ("open", True, True)
    assert (opened.opens, opened.closes) == ("2026-03-02", "2026-05-31")
    assert opened.settings["organizer"]["name"] == "Made-up Organizer"
    assert opened.settings["disclosures"] == ["counted"]
    assert opened.settings["demonstration"] is False


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"consent_of_persons": "none-recorded"}, "have not consented"),
        ({"organizer": READY["organizer"] | {"name": ""}}, "name and address are missing"),
        ({"organizer": READY["organizer"] | {"address": []}}, "name and address are missing"),
        ({"texts": with_original("machine")}, "Nobody has read the original"),
        ({"closes": "2026-03-02"}, "not in the future"),
        ({"letters": []}, "no addressee"),
    ],
)  # fmt: skip
def test_an_appeal_that_is_not_ready_is_refused_and_leaves_no_trace(
    installation: Installation, changed: dict[str, Any], said: str
) -> None:
    imports(installation, **changed)
    before = installation.services.log.entries(0, 100)
    with pytest.raises(Refused, match=said):
        opens(installation)
    assert installation.services.log.entries(0, 100) == before
    with installation.services.database.read() as connection:
        assert load_draft(connection, "another").appeal["ref"] == "another"
        assert [one.ref for one in queries.campaigns(connection)] == [REF]


def test_nobody_need_consent_where_nobody_is_named(installation: Installation) -> None:
    imports(installation, consent_of_persons="none-recorded", persons=[])
    assert opens(installation).state == "open"


@pytest.mark.parametrize("office", ["tr-goc-idaresi", "unhcr-turkiye"])
def test_every_office_that_a_letter_or_a_copy_goes_to_is_registered(installation: Installation, office: str) -> None:
    letters = [one for one in read_appeal_folder(EXAMPLE).data["letters"] if one["addressee"] != "unhcr-turkiye"]
    imports(installation, letters=letters)
    with installation.services.database.write() as connection:
        connection.execute(sa.update(addressee).where(addressee.c.id == office).values(status="retired"))
    with pytest.raises(Refused, match=f"{office} is not in the register: `petition addressee import FILE`"):
        opens(installation)


def test_an_appeal_without_a_demonstration_is_not_shown_as_one(installation: Installation) -> None:
    folder = read_appeal_folder(EXAMPLE)
    del folder.data["demonstration"]
    folder.data["ref"] = "another"
    with installation.services.database.write() as connection:
        import_appeal(connection, folder)
    with pytest.raises(Refused, match=r"no \[demonstration\]"):
        opens(installation, demonstration=True)


def test_a_demonstration_has_rules_of_its_own_or_those_of_the_appeal(installation: Installation) -> None:
    imports(installation, consent_of_persons="none-recorded")
    opened = opens(installation, demonstration=True)
    assert (opened.is_at_risk, opened.forgets, opened.settings["demonstration"]) == (False, False, True)
    assert "Demonstration" in opened.settings["organizer"]["name"]


def test_a_demonstration_at_risk_keeps_the_rules_of_the_appeal(installation: Installation) -> None:
    imports(installation)
    opened = opens(installation, demonstration=True, at_risk=True)
    assert (opened.is_at_risk, opened.forgets, opened.settings["disclosures"]) == (True, True, ["counted"])


def test_a_demonstration_treats_as_done_only_what_it_names(installation: Installation) -> None:
    folder = imports(installation)
    shown = folder.data["demonstration"]
    imports(
        installation, consent_of_persons="none-recorded", demonstration=shown | {"treat_consents_as_recorded": False}
    )
    with pytest.raises(Refused, match="have not consented"):
        opens(installation, demonstration=True)
    imports(installation, demonstration=shown | {"treat_texts_as_reviewed": False})
    opened = opens(installation, demonstration=True)
    with installation.services.database.read() as connection:
        assert queries.text_in(connection, opened, "tr").language == "en"


def test_what_was_never_imported_does_not_open(installation: Installation) -> None:
    with pytest.raises(NotFound, match="petition campaign import FOLDER"):
        opens(installation)


def test_a_folder_with_problems_is_not_imported(installation: Installation, folder: Path) -> None:
    (folder / "text.ug.md").unlink()
    with (
        installation.services.database.write() as connection,
        pytest.raises(Refused, match="1 problems: `petition campaign check`"),
    ):
        import_appeal(connection, read_appeal_folder(folder))


def test_the_newest_import_opens_and_later_changes_of_the_folder_do_not_count(
    installation: Installation, folder: Path
) -> None:
    for ref_was, ref in (("istanbul-two", "another"), ("closes_after_days = 90", "closes_after_days = 30")):
        path = folder / "appeal.toml"
        path.write_text(path.read_text().replace(ref_was, ref, 1))
        found = read_appeal_folder(folder)
        with installation.services.database.write() as connection:
            import_appeal(connection, found)
    text = folder / "text.en.md"
    text.write_text(text.read_text().replace("We, the undersigned", "They, the undersigned"))
    opened = opens(installation, demonstration=True)
    assert opened.closes == "2026-04-01"
    with installation.services.database.read() as connection:
        assert "We, the undersigned" in queries.text_in(connection, opened, "en").markdown
        assert drafts(connection) == []


def test_a_draft_that_was_left_of_an_opened_appeal_is_neither_listed_nor_opened_again(
    installation: Installation,
) -> None:
    imports(installation)
    with installation.services.database.read() as connection:
        content = connection.execute(sa.select(draft.c.content)).scalar_one()
    opens(installation)
    with installation.services.database.write() as connection:
        connection.execute(sa.insert(draft).values(ref="another", content=content))
        assert drafts(connection) == []
    with pytest.raises(Refused, match="its address is taken"):
        opens(installation)
