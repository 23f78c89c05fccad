"""Schemas of the blocks of a device: parts that were learnt at times of their own."""

from lastseen.domain.blocks import BlockVerdict
from openapi.schema_fields import Field, block, list_of, moment, number, text

BLOCK = block(
    {
        "updatedAt": moment(
            "2026-03-01T11:57:26.000Z",
            "Enode's `lastUpdated` of this part: the device's own time where it tells one, else when Enode saw it "
            "change. null: it does not say, or what cannot be believed or read.",
        ).or_null,
        "ageAtLeastSeconds": number(
            0,
            "seconds",
            "Its age, in steps of 5, 15, 30 minutes, 1, 3, 6, 12 hours, then days; null where it is not known. Exact "
            "in the header lastseen-blocks.",
        ).or_null,
        "verdict": Field(
            {
                "type": ["string", "null"],
                "enum": [*BlockVerdict, None],
                "description": "What the age says. current: the device is active, and the measurements are within its "
                "limit. aged: it is active, and they are older. idle: it is not active, so they have no reason to "
                "move. until-changed: there are only states, true until changed, however old. null: nothing can be "
                "said beside the age, of a location or an odometer for instance.",
            },
            BlockVerdict.CURRENT.value,
        ),
        "measurements": list_of(
            text("batteryLevel"),
            "The properties that the verdict is about. All others of the block are states, true until changed.",
        ),
    },
    "A part of a device that was learnt at a time of its own.",
)
BLOCKS = Field(
    {
        "type": "object",
        "additionalProperties": {"$ref": "#/components/schemas/Block"},
        "description": "By the path of each part: `chargeState`, `location`, `odometer`, …. A location of three days "
        "ago may stand beside a charge state of now.",
    },
    {
        "chargeState": BLOCK.example,
        "location": {
            "updatedAt": "2026-02-26T08:12:40.000Z",
            "ageAtLeastSeconds": 259200,
            "verdict": None,
            "measurements": [],
        },
    },
)
