"""The page of an appeal's numbers, and the same numbers for programs."""

from __future__ import annotations

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from service.campaigns import queries
from service.campaigns.numbers import by_reason, cell_least, decisions, history_csv, milestones, tally_csv
from service.campaigns.routes import blueprint, pages


@blueprint.get("/<lang:lang>/c/<ref>/numbers")
def numbers(lang: str, ref: str) -> ResponseReturnValue:
    """Show how an appeal grew, its last tally, what was found false and why, and milestones, each at a log size.

    An appeal that the persons concerned had withdrawn is 410, as its own page is.

    :raises NotFound: if there is none.
    """
    with pages().database.read() as connection:
        campaign = queries.campaign_by_ref(connection, ref)
        counts = queries.counts(connection, campaign.id)
        if campaign.is_silenced:
            return render_template("campaigns/silenced.html", campaign=campaign, counts=counts), 410
        history = queries.history(connection, campaign.id)
        reasons, other_reasons = by_reason(decisions(connection, campaign.id), cell_least(campaign.rules))
        return render_template(
            "campaigns/numbers.html",
            campaign=campaign,
            heading=queries.headings(connection, [campaign], lang)[campaign.id],
            counts=counts,
            history=history,
            reasons=reasons,
            other_reasons=other_reasons,
            least=cell_least(campaign.rules),
            milestones=milestones(history),
            tally=queries.last_tally(connection, campaign.id),
        )


@blueprint.get("/c/<ref>/numbers.csv")
def numbers_csv(ref: str) -> ResponseReturnValue:
    """Answer the figures after each day, each row with its log size. :raises NotFound: if there is no such appeal."""
    with pages().database.read() as connection:
        campaign = queries.campaign_by_ref(connection, ref)
        return _csv(history_csv(queries.history(connection, campaign.id)))


@blueprint.get("/c/<ref>/tally.csv")
def last_tally_csv(ref: str) -> ResponseReturnValue:
    """Answer the last tally, only its head before the first. :raises NotFound: if there is no such appeal."""
    with pages().database.read() as connection:
        campaign = queries.campaign_by_ref(connection, ref)
        return _csv(tally_csv(queries.last_tally(connection, campaign.id)))


def _csv(content: str) -> Response:
    return Response(content, mimetype="text/csv", headers={"Access-Control-Allow-Origin": "*"})
