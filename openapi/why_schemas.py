"""Schemas of why a value is what it is."""

from collections.abc import Mapping, Sequence

from openapi.schema_fields import Field, anything, block, moment, text

DELIVERY_ID = text(
    "0a2e8f2c-9d1b-4c59-8f43-0d6f1f3a7b11",
    "The delivery of Enode's (`x-enode-delivery`, which is not signed), or the run of ours, that last brought it; null "
    "where nobody said. Only for callers who see the whole fleet.",
).or_null.optional


def why(
    log: Mapping[str, Field], told_by: Mapping[str, Field], sources: Sequence[str], pagination: Field
) -> Field:
    """The answer, given what is said of every log, of everything that somebody told, and who may have told it."""
    source: dict[str, object] = {
        "type": ["string", "null"],
        "enum": [*sources, None],
        "description": "Who said it; null of a read that found nothing else new: the log has no entry of it.",
    }
    at_or_before: dict[str, object] = {
        "type": ["string", "null"],
        "format": "date-time",
        "description": "The value has stood since then at least: `setBy` is the first word that the log holds, or is "
        "still to be found (`pagination.after`). null: `setBy` says exactly since when, or nothing was found yet.",
    }
    at: dict[str, object] = {
        "type": ["string", "null"],
        "format": "date-time",
        "description": "The moment asked for; null: now.",
    }
    return block(
        {
            **log,
            "at": Field(at, None),
            "field": text("chargeState.batteryLevel", "What was asked for."),
            "value": anything(66, "Any JSON value; null for nothing, too."),
            "setBy": block(
                {
                    **told_by,
                    "source": Field(source, "webhook"),
                    "deliveryId": DELIVERY_ID,
                    "before": anything(65, "The value before; null where there was none, or nobody knows."),
                },
                "What set the value; null where it was not found, yet or at all.",
            ).or_null,
            "sinceAtOrBefore": Field(at_or_before, None),
            "confirmed": block(
                {
                    "lastContactAt": moment("2026-03-01T11:58:26.000Z", "Enode's last contact.").or_null,
                    "lastCheckAt": moment("2026-03-01T11:58:30.000Z", "When Enode was last asked.").or_null,
                },
                "What has confirmed it since; each null if nothing did, or if it says nothing of this value.",
            ),
            "pagination": pagination,
        },
        "Which entry set a value, what stood before, and what has confirmed it since.",
    )
