"""Fields that the families of devices have in common."""

from collections.abc import Mapping

from openapi.schema_fields import (
    Field,
    block,
    flag,
    known,
    list_of,
    moment,
    named,
    number,
    text,
    uuid,
)

USER = "bb28471e-cde6-4eff-ace4-9a7f4f50882a"
VEHICLE = "05ee9df5-d072-4ee8-b773-399dec8f5693"
CHARGER = "2211e263-0362-4235-83f4-887bdf3ee414"
TWIN = "tw_f60XEoFW7caYS_sMooUW7QRO"
LOCATION = "8d90101b-3f2f-462a-bbb4-1ed320d33bbe"
HEM_SYSTEM = "54d827e1-8355-4fed-97b5-55940d1d09ba"
LAST_SEEN = "2026-03-01T11:58:26.000Z"

CAPABILITY = block(
    {
        "isCapable": flag(example=True).or_null,
        "interventionIds": list_of(
            text(LOCATION), "What stands in the way, to be looked up at Enode."
        ).or_null,
    },
    "Whether something works on this device.",
)
LEARNT = moment(description="When this part was learnt.").or_null


def device(  # noqa: PLR0917 - they are what one line of a table would hold
    kind: str, id_: str, vendor: str, vendors: str, scopes: str, parts: Mapping[str, Field]
) -> Field:
    """A device of any kind but a HEM system: what all have in common, and its own parts."""
    reach = "Whether live data could be had now"
    devices = {"charger": " and the device itself is online", "hvac": " and the device itself is online"}
    return block(
        {
            "id": text(id_),
            "userId": text(USER, "Your own id of the user."),
            "vendor": known(vendor, vendors).or_null,
            "lastSeen": moment(
                LAST_SEEN, "Enode's last contact, with the vendor's cloud or the device."
            ).or_null,
            "isReachable": flag(example=True, description=f"{reach}{devices.get(kind, '')}.").or_null,
            **parts,
            "scopes": list_of(text(f"{kind}:read:data"), f"Granted by the user: {scopes}.").or_null,
        }
    )


def capabilities(names: str, more: Mapping[str, Field] | None = None) -> Field:
    """What works on a device."""
    return block(
        {**(more or {}), **{name: named("Capability", CAPABILITY).or_null for name in names.split()}}
    ).or_null


def somewhere() -> Field:
    """Where a device is."""
    return block(
        {
            "id": uuid(LOCATION, "A location that you created at Enode.").or_null,
            "longitude": number(10.7197486, "degrees").or_null,
            "latitude": number(59.9173985, "degrees").or_null,
            "lastUpdated": LEARNT,
        }
    ).or_null
