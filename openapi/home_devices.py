"""Schemas of HVACs, inverters, batteries, meters and HEM systems, in Enode's form (API 2024-10-01)."""

from collections.abc import Mapping

from openapi.common_fields import (
    HEM_SYSTEM,
    LAST_SEEN,
    LEARNT,
    LOCATION,
    USER,
    capabilities,
    device,
    somewhere,
)
from openapi.schema_fields import (
    Field,
    block,
    flag,
    known,
    list_of,
    moment,
    number,
    text,
    uuid,
)

_HVACS = (
    "TADO MILL ADAX ECOBEE SENSIBO HONEYWELL RESIDEO MITSUBISHI MICROMATIC NIBE PANASONIC TOSHIBA DAIKIN NEST FUJITSU "
    "BOSCH NETATMO"
)
_INVERTERS = (
    "AFORE APSYSTEMS CSISolar Deye ENPHASE FOXESS FRONIUS GIVENERGY GOODWE GROWATT Hoymiles HUAWEI INVT SMA SOFAR "
    "SOLAREDGE SOLARK SOLAX SOLIS SOLPLANET SUNGROW SUNSYNK TESLA TSUN"
)
_HOMES = "TESLA ENPHASE GIVENERGY HUAWEI SOLAREDGE SMA FOXESS SOLAX SOLIS"
_HEM_SYSTEM_OF = uuid(HEM_SYSTEM, "The HEM system that it is part of.").or_null.optional


def _site(brand: str, model: str, more: Mapping[str, Field]) -> Field:
    return block(
        {
            **more,
            "brand": text(brand),
            "model": text(model),
            "siteName": text("Sunny Plant"),
            "installationDate": moment("2020-04-07T17:04:26Z"),
        }
    )


BATTERY = device(
    "battery",
    "54d827e1-8355-4fed-97b5-55940d1d09bb",
    "TESLA",
    _HOMES,
    "battery:read:data, battery:read:location, battery:control:operation_mode",
    {
        "information": _site(
            "Tesla", "Powerwall", {"id": text("7deb27f8-794f-467b", "The vendor's own id.")}
        ),
        "chargeState": block(
            {
                "status": known("CHARGING", "CHARGING DISCHARGING IDLE FAULT UNKNOWN").or_null,
                "batteryCapacity": number(13.5, "kWh").or_null,
                "batteryLevel": number(80, "%").or_null,
                "chargeRate": number(4.6, "kW", "Positive while charging").or_null,
                "dischargeLimit": number(20, "%", "Kept in reserve").or_null,
                "lastUpdated": LEARNT,
            }
        ).or_null,
        "config": block(
            {
                "operationMode": known(
                    "SELF_RELIANCE", "IMPORT_FOCUS EXPORT_FOCUS TIME_OF_USE SELF_RELIANCE IDLE UNKNOWN"
                ).or_null,
                "lastUpdated": LEARNT,
            }
        ).or_null,
        "location": somewhere(),
        "hemSystemId": _HEM_SYSTEM_OF,
        "capabilities": capabilities("exportFocus importFocus timeOfUse selfReliance idle"),
    },
)

INVERTER = device(
    "inverter",
    "195d8649-ad12-4755-a9cc-44e2d40ce4d9",
    "ENPHASE",
    _INVERTERS,
    "inverter:read:data, inverter:read:location",
    {
        "information": _site(
            "Enphase",
            "Sunny Boy",
            {"id": text("7a18eb4e-ee65-4d5b", "The vendor's own id."), "sn": text("A123456789").or_null},
        ),
        "productionState": block(
            {
                "productionRate": number(3.2, "kW").or_null,
                "isProducing": flag(example=True).or_null,
                "totalLifetimeProduction": number(100152.56, "kWh").or_null,
                "lastUpdated": LEARNT,
            }
        ).or_null,
        "timezone": text("Europe/Oslo", "IANA name.").or_null,
        "location": somewhere(),
        "hemSystemId": _HEM_SYSTEM_OF,
        "capabilities": capabilities("productionState productionStatistics"),
    },
)


def _range() -> Field:
    return block({"min": number(15, "°C").or_null, "max": number(25, "°C").or_null}).or_null


HVAC = device(
    "hvac",
    "8f39fa8d-8f10-4984-a319-741dc23848c0",
    "ADAX",
    _HVACS,
    "hvac:read:data, hvac:control:mode",
    {
        "consumptionRate": number(1.8, "kW", "0 when inactive").or_null,
        "information": block(
            {
                "brand": text("ADAX"),
                "model": text("Neo Wi-Fi Skirting").or_null,
                "displayName": text("Bedroom Panel Heater"),
                "groupName": text("Bedroom", "Room or zone.").or_null,
                "category": known("HEATING", "HEATING COOLING HEAT_PUMP AGGREGATOR"),
            }
        ),
        "temperatureState": block(
            {
                "currentTemperature": number(20.8, "°C").or_null,
                "isActive": flag(example=True).or_null,
                "lastUpdated": LEARNT,
            }
        ).or_null,
        "thermostatState": block(
            {
                "mode": known("HEAT", "UNKNOWN OFF AUTO COOL HEAT").or_null,
                "heatSetpoint": number(22, "°C").or_null,
                "coolSetpoint": number(24, "°C").or_null,
                "holdType": known("PERMANENT", "PERMANENT SCHEDULED").or_null,
                "lastUpdated": LEARNT,
            }
        ).or_null,
        "location": block(
            {
                "id": uuid(LOCATION, "A location that you created at Enode.").or_null,
                "lastUpdated": LEARNT.optional,
            }
        ).or_null,
        "capabilities": capabilities(
            "setFollowSchedule setPermanentHold",
            {
                "capableModes": list_of(known("HEAT", "OFF AUTO COOL HEAT")).or_null,
                "coolSetpointRange": _range(),
                "heatSetpointRange": _range(),
                "setpointDifferenceRange": _range(),
            },
        ),
    },
)

METER = device(
    "meter",
    "db3d9a0b-6a0e-4b0f-9b8d-2f3c0b7d9c11",
    "TESLA",
    _HOMES,
    "meter:read:data, meter:read:location",
    {
        "information": _site("Tesla", "Tesla Powerwall built-in meter", {}),
        "energyState": block(
            {
                "power": number(2.2, "kW", "Positive: drawn from the grid; negative: fed into it").or_null,
                "lastUpdated": LEARNT,
            }
        ).or_null,
        "location": somewhere(),
        "hemSystemId": _HEM_SYSTEM_OF,
        "capabilities": capabilities("measuresConsumption measuresProduction"),
    },
)

_TODAY = {
    name: number(2.5, "kWh", "Since local midnight").or_null
    for name in ("generation", "consumption", "charge", "discharge", "import", "export")
}
HEM = block(
    {
        "id": text(HEM_SYSTEM),
        "userId": text(USER, "Your own id of the user."),
        "locationId": uuid(LOCATION, "A location that you created at Enode.").or_null,
        "information": block(
            {
                "vendor": known("ENPHASE", _HOMES),
                "name": text("My Solar Terrace"),
                "installationDate": moment("2020-04-07T17:04:26Z"),
                "latitude": number(59.9173985, "degrees").or_null,
                "longitude": number(10.7197486, "degrees").or_null,
                "address": text("123 Main St, Springfield, IL 62701", "Personal data.").or_null,
                "timezone": text("Europe/Oslo", "IANA name.").or_null,
                "lastUpdated": LEARNT,
            }
        ),
        "status": block(
            {
                "lastSeen": moment(LAST_SEEN, "Enode's last contact with the vendor's cloud.").or_null,
                "energy": block(
                    {"today": block({**_TODAY, "unit": text("kWh").or_null, "lastUpdated": LEARNT}).or_null}
                ).or_null,
            }
        ).or_null,
    },
    "A home's energy system: it groups an inverter, a battery and a meter of one site.",
)
