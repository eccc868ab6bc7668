"""What is posted to the pages of letters."""

from __future__ import annotations

from marshmallow import Schema, fields, validate


class PackageSchema(Schema):
    """The button that an addressee presses: fetch the package, or say that it arrived."""

    action = fields.Str(
        required=True,
        validate=validate.OneOf(["fetch", "received"], error="action-unknown"),
        error_messages={"required": "action-unknown"},
    )
