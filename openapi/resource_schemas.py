"""Schemas of our own resources, and of Enode's beside devices."""

import re
from collections.abc import Iterable, Mapping

from lastseen.domain.device import DeviceKind
from lastseen.domain.event import Source
from lastseen.domain.event_catalog import CATALOG, VERBS, Family, LogOwner
from lastseen.domain.freshness import Verdict
from lastseen.domain.gap import Cause
from openapi.block_schemas import BLOCK, BLOCKS
from openapi.common_fields import LAST_SEEN, TWIN, USER, VEHICLE
from openapi.device_schemas import FAMILIES
from openapi.schema_fields import (
    Field,
    Schema,
    always,
    anything,
    block,
    flag,
    known,
    list_of,
    moment,
    named,
    number,
    one_of,
    partial,
    text,
)
from openapi.why_schemas import DELIVERY_ID, why

CURSOR = "9zUmUJ2sZAFZ3ghUDmR5mlsyMDUxNCwiMjAyNi0wMy0wMVQxMTo1ODoyNi4wMDBaIl0"

PAGINATION = block(
    {
        "after": text(CURSOR, "Cursor of the next page.").or_null,
        "before": Field(
            {"type": ["string", "null"], "description": "Cursor of the page before."}, example=None
        ),
    }
)

FRESHNESS = block(
    {
        "verdict": one_of(
            "fresh",
            list(Verdict),
            "fresh: the last contact is recent. unverified: it is not, and nobody has asked since, silence being "
            "normal while nothing changes; or it is not learned yet how often Enode is in contact; or the contact is "
            "unknown. stale: asked, and Enode itself has had none for longer than usual, or does not have the device. "
            "unreachable: isReachable is false. disconnected: the vendor's credentials are invalid, the user must "
            "link again. gone: deleted.",
        ),
        "reason": text("Enode was in contact within the last 5 minutes.", "The same in words, for people."),
        "lastSeenAt": moment(
            LAST_SEEN,
            "Enode's last contact; null if it told of none, or "
            "what cannot be believed (more than ten minutes later than the word that tells it) or read.",
        ).or_null,
        "freshUntil": moment("2026-03-01T12:03:26.000Z", "Until when that contact counts as recent.").or_null,
        "limitSeconds": number(
            900,
            "seconds",
            "Up to which age a contact counts as recent: the limit that is set, or half more than the cadence that was "
            "learned, if that is longer.",
        ),
        "expectedEverySeconds": number(
            420,
            "seconds",
            "How often Enode is usually in contact with this device, as learned; null until it is.",
        ).or_null,
        "checkedAt": moment("2026-03-01T11:58:30.000Z", "When Enode was last asked.").or_null,
        "nextCheckAt": moment("2026-03-01T12:10:00.000Z", "When Enode will be asked again.").or_null,
    },
    "How far a state can be trusted. Its age grows by itself, so it is only in the header lastseen-freshness.",
)

AS_OF = block(
    {
        "at": moment("2026-03-01T11:00:00.000Z", "The moment asked for."),
        "coverageFrom": moment("2026-02-01T08:00:00.000Z", "From when on the log knows."),
        "caution": text(
            "more may have happened than is known: events may have been lost from 2026-02-11T03:10:00.000Z to "
            "2026-02-11T05:45:00.000Z (webhook-inactive)",
            "Only where the moment is in a gap, or after one before anything was said or a reconcile has ended: why "
            "more may have happened than is known.",
        ).optional,
    },
    "Of which moment this is.",
)

GAP = block(
    {
        "from": moment(
            "2026-02-11T03:10:00.000Z", "Up to then everything came; null if nothing ever had."
        ).or_null,
        "to": moment(
            "2026-02-11T05:45:00.000Z", "From then on everything comes again; null while it lasts."
        ).or_null,
        "cause": one_of(
            "webhook-inactive",
            list(Cause),
            "webhook-inactive: Enode's webhook was switched off, deleted or changed. ingest-failed: we did not take "
            "what Enode delivered until it gave up. heartbeat-silent: Enode gives no sign of life; if it delivers "
            "again while it still has everything, that was late, not lost, and the gap is taken back. "
            "before-first-coverage: nothing was known yet.",
        ),
        "repairedAt": moment(
            "2026-02-11T05:52:00.000Z",
            "When a reconcile ended that began after it: what changed for good is known since. null before.",
        ).or_null,
    },
    "A span in which events may have been lost. What Enode kept and delivered afterwards is late, and no gap.",
)

COVERAGE = block(
    {
        "from": moment(
            "2026-02-01T08:00:00.000Z",
            "The later of the device's first word and of where the window of HistoryDays begins; null: the log is "
            "empty.",
        ).or_null,
        "gaps": list_of(named("Gap", GAP), "Those that the answer has to do with, the oldest first."),
    },
    "What the log knows: from when on, and in which spans events may have been lost.",
)
_KIND = one_of("vehicle", list(DeviceKind))
_OWN_DOCUMENT = [name for name, row in CATALOG.items() if row.family is Family.DEVICE]
_BESIDE = [name for name, row in CATALOG.items() if row.family not in (None, Family.DEVICE)]
_MANY = {row.family for row in CATALOG.values() if row.log is LogOwner.TARGET}
_ROOTS = [f"{family.root}.<id>" if family in _MANY else family.root for family in Family if family.root]


def _event(names: Iterable[str]) -> Field:
    """An event name; those that every kind of device has are told once."""
    kinds = "|".join(DeviceKind)
    generic = (re.sub(rf"^user:({kinds}):({'|'.join(VERBS)})$", r"user:<kind>:\2", name) for name in names)
    return known("user:vehicle:updated", " ".join(dict.fromkeys(generic)))


_SOURCE = one_of("webhook", list(Source), "Who said it.")
TWIN_ID = (
    "Ours of the user's physical device, by its VIN or serial number: it stays when the user links the account again. "
    "Of a device that tells no such number, it is Enode's id; it changes once, if the number comes later."
)
_ALIASES = list_of(
    text(VEHICLE),
    "Only of a twin that is asked for by its own id: Enode's ids of all its links that the caller may see, living or "
    "not, the newest first.",
).optional
_OF_LINK = text(VEHICLE, "Only of a twin: the link that it is told of.").optional
_LOG: Mapping[str, Field] = {
    "deviceId": text(VEHICLE),
    "twinId": text(TWIN, TWIN_ID),
    "kind": _KIND,
    "userId": text(
        USER, "Whose past this is: of a device that has had several owners, each has one of their own."
    ),
    "coverage": named("Coverage", COVERAGE),
}
_LOG_OF_LINKS: Mapping[str, Field] = {**_LOG, "aliases": _ALIASES}
_AT = moment("2026-03-01T11:57:27.000Z", "By Enode's clock.")
_RECEIVED_AT = moment(
    "2026-03-01T11:57:28.512Z",
    "When it came to us, by our clock: whoever asked before then was told a past without it. Of an event that was "
    "delivered more than once, the last time; of what was read from Enode, when it was read.",
)

_DIFFERENCE: Mapping[str, Field] = {
    "path": text(
        "chargeState.batteryLevel",
        f"Property names joined by dots. {', '.join(_ROOTS[:-1])} and {_ROOTS[-1]} tell of what belongs to the device "
        "beside its own document, $exists of its coming and going; of a twin, $linked and $unlinked tell of its links' "
        "instead. In a name, a dot and a backslash have a backslash in front; so has a property of the device's own "
        "that is named as one of these, or begins with $.",
    ),
    "before": anything(65, "Any JSON value; null where nothing was known."),
    "after": anything(66, "Any JSON value."),
}
BETWEEN = block(
    {
        "from": moment("2026-02-11T03:10:00.000Z", "Not before."),
        "to": moment("2026-02-11T05:50:00.000Z", "Not after: when Enode was asked."),
    },
    "Where a read found a change after a gap: between which moments it happened. `at` is when it was found.",
)
CHANGE = block(
    {
        **_DIFFERENCE,
        "at": _AT,
        "event": _event([*_OWN_DOCUMENT, *_BESIDE]),
        "source": _SOURCE,
        "receivedAt": _RECEIVED_AT.or_null,
        "deviceId": _OF_LINK,
        "between": named("Between", BETWEEN).optional.saying("Only of what a read found after a gap."),
        "deliveryId": DELIVERY_ID,
    }
)
del CHANGE.example["between"]
SNAPSHOT = block(
    {
        "at": _AT,
        "event": _event(_OWN_DOCUMENT),
        "source": _SOURCE,
        "receivedAt": _RECEIVED_AT.or_null,
        "deviceId": _OF_LINK,
        "deliveryId": DELIVERY_ID,
        "document": Field(
            {"type": "object", "description": "The device in Enode's form, as it was said then."},
            {"id": VEHICLE, "userId": USER, "vendor": "TESLA"},
        ),
    }
)

LINKED_VENDOR = block(
    {
        "vendor": text("TESLA"),
        "vendorType": known("vehicle", "vehicle charger hvac inverter battery meter"),
        "isValid": flag(example=True, description="false: the user must link again."),
    }
)

SMART_CHARGING_STATUS = block(
    {
        "updatedAt": moment(),
        "vehicleId": text(VEHICLE),
        "userId": text(USER),
        "vendor": text("TESLA"),
        "state": known(
            "PLAN:EXECUTING:STARTING",
            "DISABLED CONSIDERING UNKNOWN FULLY_CHARGED PLAN:EXECUTING:STOPPING PLAN:EXECUTING:STOP_FAILED "
            "PLAN:EXECUTING:STOPPED PLAN:EXECUTING:STOPPED:AWAITING_PRICES PLAN:EXECUTING:STARTING "
            "PLAN:EXECUTING:START_FAILED PLAN:EXECUTING:STARTED PLAN:EXECUTING:CHARGE_INTERRUPTED "
            "PLAN:EXECUTING:OVERRIDDEN PLAN:ENDED:FINISHED PLAN:ENDED:UNPLUGGED PLAN:ENDED:FAILED PLAN:ENDED:DISABLED "
            "PLAN:ENDED:DEADLINE_CHANGED",
        ),
        "stateChangedAt": moment(),
        **{
            name: Field({"type": ["object", "null"]}, None, is_needed=False)
            for name in ("consideration", "plan", "smartOverride")
        },
    },
    "As Enode last sent it.",
)

PROBLEM = block(
    {
        "type": text("https://developers.enode.com/api/problems/not-found"),
        "title": text("Not Found"),
        "detail": text(f"There is no device '{VEHICLE}'."),
        "nearest": list_of(text("chargeState.batteryLevel"), "Fields like an unknown one.").optional,
    },
    "Why not. Where Enode's own API says the same, with Enode's own type.",
)

MESSAGE = block({"message": text("Unauthorized").or_null}, "What the gateway says by itself.")


def page_of(item: Field) -> Field:
    """A list in Enode's form."""
    return block({"data": list_of(item), "pagination": named("Pagination", PAGINATION)})


def _ours() -> Mapping[str, Field]:
    """Each family as a resource of ours, and all of them together."""
    found: dict[str, Field] = {}
    for kind, (name, word, family) in FAMILIES.items():
        fields = Field(_plain(partial(family.schema)), family.example)
        fields.schema["description"] = (
            f"{_a(word)} in Enode's form, see {name}; of it, what `fields` asks for."
        )
        found[f"{name}Fields"] = fields
        found[f"{name}Device"] = block(
            {
                "id": text(family.example["id"], "Enode's id of the device."),
                "twinId": text(TWIN, TWIN_ID),
                "aliases": _ALIASES,
                "kind": always(kind),
                "userId": text(USER),
                "freshness": named("Freshness", FRESHNESS).optional.saying("Left out with `at`."),
                "blocks": named("Blocks", BLOCKS).optional.saying(
                    "In lists only with `include=blocks`; left out with `at`."
                ),
                "asOf": named("AsOf", AS_OF).optional.saying("Only with `at`."),
                "coverage": named("Coverage", COVERAGE).optional.saying("Only with `at`."),
                "document": named(f"{name}Fields", fields),
            }
        )
        del found[f"{name}Device"].example["asOf"], found[f"{name}Device"].example["coverage"]
    names = [f"{name}Device" for name, _, _ in FAMILIES.values()]
    mapping = {kind: f"#/components/schemas/{name}Device" for kind, (name, _, _) in FAMILIES.items()}
    found["Device"] = Field(
        {
            "oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in names],
            "discriminator": {"propertyName": "kind", "mapping": mapping},
        },
        found["VehicleDevice"].example,
    )
    return found


def _plain(schema: Schema) -> Schema:
    """The same schema without its words: they stand at the schema it repeats."""
    plain = {name: value for name, value in schema.items() if name != "description"}
    if "properties" in plain:
        plain["properties"] = {name: _plain(value) for name, value in plain["properties"].items()}
    return plain


def _a(word: str) -> str:
    return f"{'An' if word[0].lower() in 'aeiou' or (word.startswith('H') and word[1].isupper()) else 'A'} {word}"


_OURS = _ours()
DEVICE = named("Device", _OURS["Device"])
DEVICE_LIST = block(
    {
        "data": list_of(DEVICE),
        "pagination": named("Pagination", PAGINATION),
        "coverage": named("Coverage", COVERAGE).optional.saying(
            "Only with `at`: of all devices of the page. Where some are left out because the log does not reach back "
            "so far, that is a gap before first coverage."
        ),
    }
)
del DEVICE_LIST.example["coverage"]
VEHICLE_FIELDS = _OURS["VehicleFields"]

WHY = why(
    _LOG,
    {"at": _AT, "event": _event([*_OWN_DOCUMENT, *_BESIDE]), "receivedAt": _RECEIVED_AT.or_null},
    list(Source),
    named("Pagination", PAGINATION),
)
HISTORY = block(
    {**_LOG_OF_LINKS, "data": list_of(named("Change", CHANGE)), "pagination": named("Pagination", PAGINATION)}
)
SNAPSHOTS = block(
    {
        **_LOG_OF_LINKS,
        "data": list_of(named("Snapshot", SNAPSHOT)),
        "pagination": named("Pagination", PAGINATION),
    }
)
DIFFERENCES = block(
    {
        **_LOG,
        "from": moment("2026-03-01T11:00:00.000Z"),
        "to": moment("2026-03-01T12:00:00.000Z"),
        "data": list_of(named("Difference", block(_DIFFERENCE))),
    }
)
_LINK = block(
    {
        "deviceId": text(VEHICLE, "Enode's."),
        "twinId": text(TWIN),
        "kind": _KIND,
        "userId": text(USER),
        "isLinked": flag(example=True, description="false: Enode no longer has it."),
        "isSplit": flag(example=False, description="true: an operator has split it off by hand."),
    }
)
LINKS = block(
    {
        "twinId": text(TWIN, TWIN_ID),
        "data": list_of(named("Link", _LINK), "Of this twin, the newest first."),
        "physicalId": text("9Q2mWb4kq3mCz0aX", "Only for operators: the same under every user.").optional,
        "others": list_of(
            named("Link", _LINK),
            "Only for operators: who else has, or had, the physical device; at most 100.",
        ).optional,
    }
)
USER_ENTRY = block(
    {
        "id": text(USER, "Your own id of the user."),
        "createdAt": moment(
            "2026-02-01T08:00:00.000Z",
            "null only where Lastseen cannot ask Enode; else a user is left out until Enode's list has told when.",
        ).or_null,
        "scopes": list_of(text("vehicle:read:data"), "Deprecated by Enode; empty while createdAt is null."),
    }
)
USER_DETAILS = block({"id": text(USER), "linkedVendors": list_of(named("LinkedVendor", LINKED_VENDOR))})

_COUNTS = Field(
    {"type": "object", "additionalProperties": {"type": "integer"}, "description": "How often, by name."},
    {"listed": 35, "changed": 2, "gone": 0},
)
FAULT = block(
    {
        "what": known("device", "device hint user list item"),
        "kind": text("vehicle", "Of a device, or of a list of devices; else empty."),
        "id": text(VEHICLE, "Of the device or user, or the key of a stored item; empty of a list."),
        "userId": text(USER, "Whose device; else empty."),
        "reason": text("GET /vehicles/05ee9df5: Enode fails (status 500)"),
        "times": number(3, "runs", "In how many it was found."),
        "since": moment(description="When it was found first."),
        "lastAt": moment(description="When it was found last; it is forgotten 30 hours later."),
    },
    "Something that cannot be read while everything else can.",
)
CADENCE = block(
    {
        "vendor": text("TESLA", "In capitals; UNKNOWN where documents do not name it."),
        "kind": one_of("vehicle", list(DeviceKind)),
        "activity": one_of(
            "regular", ["active", "regular"], "Whether they charge, discharge, produce or heat."
        ),
        "everySeconds": number(
            420, "seconds", "Between two contacts with one device; null until learned."
        ).or_null,
        "devices": number(
            500, "devices", "How many there are, as last counted, or looked at if that is more."
        ),
        "silentShare": number(
            0.1, "of a sample", "The share out of contact when last judged; null while nothing called for it."
        ).or_null,
        "silentSince": moment(
            description="Since when most of them are out of contact: an outage of the vendor; null while they are not."
        ).or_null,
    },
    "One class of devices: a vendor, a kind and an activity.",
)

HEALTH = block(
    {
        "heartbeat": block(
            {
                "at": moment(description="Enode's last sign of life.").or_null,
                "pendingEvents": number(0, "events", "Length of Enode's queue then.").or_null,
            }
        ),
        "webhook": block(
            {
                "isActive": flag(example=True).or_null,
                "checkedAt": moment().or_null,
                "step": text("nothing", "What the guard had to do.").or_null,
                "lastSuccessAt": moment().or_null,
                "lastOutageAt": moment().or_null,
                "lastOutageSeconds": number(0, "seconds").or_null,
            },
            "What the guard saw; null until it ran.",
        ).or_null,
        "sweep": block(
            {
                "endedAt": moment().or_null,
                "stopped": text("", "Why it did not finish; empty if it did.").or_null,
                "scanned": number(46, "items").or_null,
                "readUnits": number(2, "units").or_null,
                "counts": _COUNTS.or_null,
                "faults": list_of(
                    named("Fault", FAULT),
                    "What could not be read lately though Enode answers for others, by sweep or reconcile; the latest "
                    "50, the newest last.",
                ),
            },
            "The last sweep; null until there was one.",
        ).or_null,
        "reconcile": block(
            {
                "run": text("reconcile-5e7dad52").or_null,
                "stage": text("done").or_null,
                "startedAt": moment().or_null,
                "workedAt": moment().or_null,
                "reason": text("", "Why it was stopped; empty if it was not.").or_null,
                "slices": number(1, "runs").or_null,
                "counts": _COUNTS.or_null,
                "left": list_of(
                    text("list of hvacs"),
                    "What it could not read though Enode answers for others, and left as it is; no more than 100.",
                ).or_null,
            },
            "The reconcile under way, or the last; null until there was one.",
        ).or_null,
        "reconcileDueAt": moment(description="When the next is due.").or_null,
        "devices": block(
            {
                "countedAt": moment().or_null,
                "verdicts": _COUNTS.saying("Living devices by verdict; counted once an hour.").or_null,
                "listedByEnode": _COUNTS.saying("Devices of each kind in Enode's lists.").or_null,
            }
        ),
        "cadences": list_of(
            named("Cadence", CADENCE),
            "How often Enode is in contact with each class of devices, as the sweep learned it.",
        ),
    },
    "What the parts of the system last said of themselves.",
)

RESOURCE_SCHEMAS: Mapping[str, Field] = {
    **_OURS,
    "Freshness": FRESHNESS,
    "Block": BLOCK,
    "Blocks": BLOCKS,
    "AsOf": AS_OF,
    "Coverage": COVERAGE,
    "Gap": GAP,
    "Between": BETWEEN,
    "Change": CHANGE,
    "Snapshot": SNAPSHOT,
    "Difference": block(_DIFFERENCE),
    "History": HISTORY,
    "Snapshots": SNAPSHOTS,
    "Differences": DIFFERENCES,
    "Why": WHY,
    "Pagination": PAGINATION,
    "LinkedVendor": LINKED_VENDOR,
    "Link": _LINK,
    "Links": LINKS,
    "User": USER_DETAILS,
    "UserEntry": USER_ENTRY,
    "SmartChargingStatus": SMART_CHARGING_STATUS,
    "Fault": FAULT,
    "Cadence": CADENCE,
    "Health": HEALTH,
    "Problem": PROBLEM,
    "Message": MESSAGE,
}
