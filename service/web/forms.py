"""Reads a posted form strictly, through the schema that knows its fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError
from werkzeug.exceptions import UnsupportedMediaType

if TYPE_CHECKING:
    from flask import Request
    from marshmallow import Schema

FORM_TYPE = "application/x-www-form-urlencoded"
VALUE_MAX_CHARACTERS = 2000  # of any one field; schemas set narrower limits
SHOWN_ERRORS_MAX = 20

FieldErrors = list[tuple[str, str]]


def read_form(request: Request, schema: Schema) -> tuple[Any, FieldErrors]:
    """Return what the schema makes of the posted form and no errors, or what was typed and the errors.

    An error is a pair of the field and a code (or words), in the order of the schema's fields. Fields that the schema
    does not know, that come twice or that are over-long are errors. The page that shows them answers 422.

    :raises UnsupportedMediaType: if the body is no form.
    """
    check_media_type(request)
    typed = {name: values[0] for name, values in request.form.lists() if name in schema.fields}
    errors = _errors_of_shape(request, schema)
    if errors:
        return typed, errors
    try:
        return schema.load(typed), []
    except ValidationError as error:
        return typed, _in_field_order(error.messages_dict, schema)


def check_media_type(request: Request) -> None:
    """Refuse a body that is not a form as browsers send it. :raises UnsupportedMediaType: naming the right one."""
    if request.mimetype != FORM_TYPE:
        raise UnsupportedMediaType(f"Send {FORM_TYPE}.")


def _errors_of_shape(request: Request, schema: Schema) -> FieldErrors:
    errors = []
    for name, values in request.form.lists():
        if name not in schema.fields:
            errors.append((name[:40], "field-unknown"))
        elif len(values) > 1:
            errors.append((name, "field-repeated"))
        elif len(values[0]) > VALUE_MAX_CHARACTERS:
            errors.append((name, "field-too-long"))
    return errors[:SHOWN_ERRORS_MAX]


def _in_field_order(messages: dict[str, Any], schema: Schema) -> FieldErrors:
    order = list(schema.fields)
    found = sorted(messages.items(), key=lambda item: order.index(item[0]) if item[0] in order else len(order))
    return [(name, str(words[0] if isinstance(words, list) else words)) for name, words in found]
