"""The rules for published tallies, which keep single people out of sight (docs/log_format.md section 7.4)."""

from __future__ import annotations

from service.audit.campaigns import Campaign
from service.audit.leaves import TallyPublished
from service.audit.log import Log
from service.audit.problems import Problems


def published(log: Log, index: int, event: TallyPublished) -> None:
    """Checks `tally.published` against the replay and the campaign's previous tally.

    :raises Refused: if there is no such campaign, or the tally is about entries to come.
    """
    campaign = log.campaign(event.campaign)
    log.check_size(index, event.at_size)
    _check_counts(log.problems, campaign, event)
    before = campaign.tallies[-1][1] if campaign.tallies else None
    if campaign.rules.tally_min:
        _check_steps(log.problems, campaign.rules.tally_min, event, before)
    else:
        _check_no_countries(log.problems, event)
    if campaign.is_at_risk:
        _check_at_risk(log.problems, campaign, event)
    campaign.tallies.append((index, event))


def _check_counts(problems: Problems, campaign: Campaign, event: TallyPublished) -> None:
    message = "a tally equals the replay at at_size (section 7.4)"
    text = campaign.texts.at(event.at_size)
    problems.compare("text", event.text, text, "its text is current at at_size (section 7.4)")
    for name, expected in campaign.counts.at(event.at_size)._asdict().items():
        problems.compare(name, getattr(event, name), expected, message)
    parts = sum(event.by_country.values()) + event.merged
    problems.compare("by_country", parts, event.active, "countries and merged sum to active (section 7.4)")


def _check_steps(problems: Problems, least: int, event: TallyPublished, before: TallyPublished | None) -> None:
    listed = dict(before.by_country) if before is not None else {}
    for country in sorted({*listed, *event.by_country}):
        count = event.by_country.get(country, 0)
        if country in event.by_country and count < least:
            problems.error(
                f"by_country.{country}", count, f"at least {least}", "listed from tally_min on (section 7.4)"
            )
        _check_step(problems, f"by_country.{country}", count - listed.get(country, 0), least)
    parts = {"erased": (event.erased, before.erased if before is not None else 0)}
    # Without countries on one side "merged" is just the total and says nothing about anybody's country.
    if listed and event.by_country:
        parts["merged"] = (event.merged, before.merged if before is not None else 0)
    for name, (count, earlier) in parts.items():
        if 0 < count < least:
            problems.error(name, count, f"0 or at least {least}", "merged and erased are 0 or tally_min (section 7.4)")
        _check_step(problems, name, count - earlier, least)


def _check_step(problems: Problems, name: str, step: int, least: int) -> None:
    if 0 < abs(step) < least:
        message = "each figure changes by 0 or by at least tally_min (section 7.4)"
        problems.error(name, f"changed by {step}", f"by 0 or at least {least}", message)


def _check_no_countries(problems: Problems, event: TallyPublished) -> None:
    # That merged is active then follows from the sum.
    message = "without countries (tally_min 0) merged is active and erased 0 (section 7.4)"
    problems.compare("by_country", event.by_country, {}, message)
    problems.compare("erased", event.erased, 0, message)


def _check_at_risk(problems: Problems, campaign: Campaign, event: TallyPublished) -> None:
    # Days never decrease, so the last tally is the only one that can be of the same day.
    if campaign.tallies and campaign.tallies[-1][1].day == event.day:
        problems.error("day", event.day, "a day without a tally", "at risk: at most one tally a day (section 7.4)")
    if campaign.counts.is_signature_entry(event.at_size):
        message = "at risk: a tally is taken at the end of a batch (section 7.4)"
        problems.error("at_size", event.at_size, "not a signature entry of this campaign", message)
