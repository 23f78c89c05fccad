"""Schemas of vehicles and chargers, in Enode's form (API 2024-10-01)."""

from openapi.common_fields import (
    CHARGER,
    LEARNT,
    LOCATION,
    VEHICLE,
    capabilities,
    device,
    somewhere,
)
from openapi.schema_fields import block, flag, known, number, text, uuid

_VEHICLES = (
    "ACURA AUDI BMW HONDA HYUNDAI JAGUAR LANDROVER KIA MERCEDES MINI NISSAN PEUGEOT PORSCHE RENAULT SEAT SKODA TESLA "
    "VOLKSWAGEN VOLVO FORD OPEL DS TOYOTA LEXUS CITROEN CUPRA VAUXHALL FIAT RIVIAN NIO CHEVROLET GMC CADILLAC XPENG "
    "POLESTAR SUBARU JEEP MAZDA MG CHRYSLER DODGE RAM ALFAROMEO LANCIA LUCID BYD DACIA ALPINE"
)
_CHARGERS = (
    "ZAPTEC EASEE WALLBOX EO CHARGEAMPS EVBOX GOE CHARGEPOINT ENELX TESLA OHME GARO SCHNEIDER PODPOINT KEBA HYPERVOLT "
    "MYENERGI HEIDELBERG ALFEN"
)
_PLUGGED_IN = "INITIALIZING CHARGING STOPPED NO_POWER FAULT DISCHARGING"

VEHICLE_FAMILY = device(
    "vehicle",
    VEHICLE,
    "TESLA",
    _VEHICLES,
    "vehicle:read:data, vehicle:read:location, vehicle:control:charging",
    {
        "information": block(
            {
                "displayName": text("Batmobile", "As the user calls it.").or_null,
                "vin": text("2HGFB2F5XEH542858", "Personal data.").or_null,
                "brand": text("Tesla").or_null,
                "model": text("Model S P85").or_null,
                "year": number(2020, "year of make").or_null,
            }
        ),
        "chargeState": block(
            {
                "batteryLevel": number(66, "%").or_null,
                "range": number(228, "km").or_null,
                "isPluggedIn": flag(example=True).or_null,
                "isCharging": flag(example=True).or_null,
                "isFullyCharged": flag(example=False, description="May be true below 100 %.").or_null,
                "batteryCapacity": number(48.1, "kWh", "Usable").or_null,
                "chargeLimit": number(
                    90, "%", "null: the vendor does not say; reckon with 100, show none"
                ).or_null,
                "chargeRate": number(2, "kW", "Only while charging").or_null,
                "chargeTimeRemaining": number(285, "minutes", "Only while charging").or_null,
                "maxCurrent": number(16, "A").or_null,
                "lastUpdated": LEARNT,
                "powerDeliveryState": known(
                    "PLUGGED_IN:CHARGING",
                    "UNKNOWN UNPLUGGED PLUGGED_IN:COMPLETE "
                    + " ".join(f"PLUGGED_IN:{state}" for state in _PLUGGED_IN.split()),
                ).or_null,
                "pluggedInChargerId": text(CHARGER, "Where a pairing was found.").or_null.optional,
            }
        ).or_null,
        "smartChargingPolicy": block(
            {
                "isEnabled": flag(example=True).or_null,
                "deadline": text("07:00", "HH:MM, 00:00 to 24:00, in the location's zone, else UTC.").or_null,
                "minimumChargeLimit": number(0, "%").or_null,
            }
        ).or_null,
        "odometer": block({"distance": number(65393, "km").or_null, "lastUpdated": LEARNT}).or_null,
        "location": somewhere(),
        "capabilities": capabilities(
            "information chargeState location odometer setMaxCurrent startCharging stopCharging smartCharging"
        ),
    },
)

CHARGER_FAMILY = device(
    "charger",
    CHARGER,
    "ZAPTEC",
    _CHARGERS,
    "charger:read:data, charger:control:charging",
    {
        "information": block(
            {
                "brand": text("Zaptec"),
                "model": text("Pro"),
                "serialNumber": text("1234567890", "Or the vendor's id of it."),
                "year": number(2023, "year of make").or_null,
            }
        ),
        "chargeState": block(
            {
                "isPluggedIn": flag(example=True).or_null,
                "isCharging": flag(example=True).or_null,
                "chargeRate": number(6.939, "kW", "Only while charging; some vendors never say").or_null,
                "maxCurrent": number(16, "A", "Desired").or_null,
                "lastUpdated": LEARNT,
                "powerDeliveryState": known(
                    "PLUGGED_IN:CHARGING",
                    "UNKNOWN UNPLUGGED " + " ".join(f"PLUGGED_IN:{state}" for state in _PLUGGED_IN.split()),
                ).or_null,
                "pluggedInVehicleId": text(VEHICLE, "Where a pairing was found.").or_null.optional,
            }
        ).or_null,
        "location": block(
            {"id": uuid(LOCATION, "A location that you created at Enode.").or_null, "lastUpdated": LEARNT}
        ).or_null,
        "capabilities": capabilities("information chargeState startCharging stopCharging setMaxCurrent"),
    },
)
