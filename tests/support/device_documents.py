"""A device of each of the seven families, as Enode's documentation shows them. Used through `builders`."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lastseen.domain.device import DeviceKind

type Json = dict[str, Any]

USER = "bb28471e-cde6-4eff-ace4-9a7f4f50882a"
VEHICLE = "05ee9df5-d072-4ee8-b773-399dec8f5693"
CHARGER = "2211e263-0362-4235-83f4-887bdf3ee414"
LOCATION = "8d90101b-3f2f-462a-bbb4-1ed320d33bbe"
HEM_SYSTEM = "54d827e1-8355-4fed-97b5-55940d1d09ba"

LAST_SEEN = "2026-03-01T11:58:26.000Z"
UPDATED = "2026-03-01T11:57:26Z"


def _device(id_: str, vendor: str, scopes: Iterable[str], **parts: Any) -> Json:
    common = {"id": id_, "userId": USER, "vendor": vendor, "lastSeen": LAST_SEEN, "isReachable": True}
    return {**common, **parts, "scopes": list(scopes)}


def _capable(*names: str) -> Json:
    return {name: {"isCapable": True, "interventionIds": []} for name in names}


def _somewhere() -> Json:
    return {"id": LOCATION, "longitude": 10.7197486, "latitude": 59.9173985, "lastUpdated": UPDATED}


def _site(brand: str, model: str, **more: Any) -> Json:
    return {
        **more,
        "brand": brand,
        "model": model,
        "siteName": "Sunny Plant",
        "installationDate": "2020-04-07T17:04:26Z",
    }


def a_vehicle(*, battery_percent: float | None = 66, is_charging: bool = True, **changes: Any) -> Json:
    """A car that charges at home."""
    vehicle = _device(
        VEHICLE,
        "TESLA",
        ("vehicle:control:charging", "vehicle:read:data", "vehicle:read:location"),
        information={
            "displayName": "Batmobile",
            "vin": "2HGFB2F5XEH542858",
            "brand": "Tesla",
            "model": "Model S P85",
            "year": 2020,
        },
        chargeState={
            "batteryLevel": battery_percent,
            "range": 228,
            "isPluggedIn": True,
            "isCharging": is_charging,
            "isFullyCharged": False,
            "batteryCapacity": 48.1,
            "chargeLimit": 90,
            "chargeRate": 2 if is_charging else None,
            "chargeTimeRemaining": 285 if is_charging else None,
            "lastUpdated": UPDATED,
            "maxCurrent": 16,
            "powerDeliveryState": f"PLUGGED_IN:{'CHARGING' if is_charging else 'STOPPED'}",
            "pluggedInChargerId": None,
        },
        smartChargingPolicy={"isEnabled": True, "deadline": "07:00", "minimumChargeLimit": 0},
        odometer={"distance": 65393, "lastUpdated": UPDATED},
        location=_somewhere(),
        capabilities=_capable(
            "information",
            "chargeState",
            "location",
            "odometer",
            "setMaxCurrent",
            "startCharging",
            "stopCharging",
            "smartCharging",
        ),
    )
    return vehicle | changes


def a_charger(**changes: Any) -> Json:
    """A wall box with a car at it. Chargers have a location, but no coordinates."""
    charger = _device(
        CHARGER,
        "ZAPTEC",
        ("charger:control:charging", "charger:read:data"),
        information={"brand": "Zaptec", "model": "Pro", "serialNumber": "1234567890", "year": None},
        chargeState={
            "isPluggedIn": True,
            "isCharging": True,
            "chargeRate": 6.939,
            "lastUpdated": UPDATED,
            "maxCurrent": 16,
            "powerDeliveryState": "PLUGGED_IN:CHARGING",
            "pluggedInVehicleId": VEHICLE,
        },
        location={"id": LOCATION, "lastUpdated": UPDATED},
        capabilities=_capable("information", "chargeState", "startCharging", "stopCharging", "setMaxCurrent"),
    )
    return charger | changes


def a_battery(**changes: Any) -> Json:
    """A home battery that charges."""
    battery = _device(
        "54d827e1-8355-4fed-97b5-55940d1d09bb",
        "TESLA",
        ("battery:control:operation_mode", "battery:read:data", "battery:read:location"),
        information=_site("Tesla", "Powerwall", id="7deb27f8-794f-467b-855e-5c61dd9f2cb3"),
        chargeState={
            "status": "CHARGING",
            "batteryCapacity": 13.5,
            "batteryLevel": 80,
            "chargeRate": 4.6,
            "dischargeLimit": 20,
            "lastUpdated": UPDATED,
        },
        config={"operationMode": "SELF_RELIANCE", "lastUpdated": UPDATED},
        location=_somewhere(),
        hemSystemId=HEM_SYSTEM,
        capabilities=_capable("exportFocus", "importFocus", "timeOfUse", "selfReliance", "idle"),
    )
    return battery | changes


def an_inverter(**changes: Any) -> Json:
    """A producing inverter."""
    inverter = _device(
        "195d8649-ad12-4755-a9cc-44e2d40ce4d9",
        "ENPHASE",
        ("inverter:read:data", "inverter:read:location"),
        information=_site("Enphase", "Sunny Boy", id="7a18eb4e-ee65-4d5b-bb7c-d8e530006b18", sn="A123456789"),
        productionState={
            "productionRate": 3.2,
            "isProducing": True,
            "totalLifetimeProduction": 100152.56,
            "lastUpdated": UPDATED,
        },
        timezone="Europe/Oslo",
        location=_somewhere(),
        hemSystemId=None,
        capabilities=_capable("productionState", "productionStatistics"),
    )
    return inverter | changes


def an_hvac(**changes: Any) -> Json:
    """A panel heater that heats."""
    hvac = _device(
        "8f39fa8d-8f10-4984-a319-741dc23848c0",
        "ADAX",
        ("hvac:control:mode", "hvac:read:data"),
        consumptionRate=1.8,
        information={
            "brand": "ADAX",
            "model": "Neo Wi-Fi Skirting",
            "displayName": "Bedroom Panel Heater",
            "groupName": "Bedroom",
            "category": "HEATING",
        },
        thermostatState={
            "mode": "HEAT",
            "heatSetpoint": 22,
            "coolSetpoint": 24,
            "holdType": "PERMANENT",
            "lastUpdated": UPDATED,
        },
        temperatureState={"currentTemperature": 20.8, "isActive": True, "lastUpdated": UPDATED},
        location={"id": LOCATION},
        capabilities={
            "capableModes": ["HEAT", "COOL", "OFF"],
            "coolSetpointRange": {"min": 15, "max": 25},
            "heatSetpointRange": {"min": 15, "max": 25},
            "setpointDifferenceRange": {"min": 15, "max": 25},
            **_capable("setFollowSchedule", "setPermanentHold"),
        },
    )
    return hvac | changes


def a_meter(**changes: Any) -> Json:
    """A meter that imports from the grid."""
    meter = _device(
        "db3d9a0b-6a0e-4b0f-9b8d-2f3c0b7d9c11",
        "TESLA",
        ("meter:read:data", "meter:read:location"),
        information=_site("Tesla", "Tesla Powerwall built-in meter"),
        energyState={"power": 2.2, "lastUpdated": UPDATED},
        location=_somewhere(),
        hemSystemId=HEM_SYSTEM,
        capabilities=_capable("measuresConsumption", "measuresProduction"),
    )
    return meter | changes


def a_hem_system(**changes: Any) -> Json:
    """A home's energy system: neither vendor, lastSeen nor isReachable stand where the other kinds have them."""
    today = dict.fromkeys(("generation", "consumption", "charge", "discharge", "import", "export"), 2.5)
    hem_system = {
        "id": HEM_SYSTEM,
        "userId": USER,
        "locationId": LOCATION,
        "information": {
            "vendor": "ENPHASE",
            "name": "My Solar Terrace",
            "installationDate": "2020-04-07T17:04:26Z",
            "latitude": 59.9173985,
            "longitude": 10.7197486,
            "address": "123 Main St, Springfield, IL 62701",
            "timezone": "Europe/Oslo",
            "lastUpdated": UPDATED,
        },
        "status": {
            "lastSeen": LAST_SEEN,
            "energy": {"today": {**today, "unit": "kWh", "lastUpdated": UPDATED}},
        },
    }
    return hem_system | changes


_DEVICES: Mapping[DeviceKind, Callable[..., Json]] = {
    DeviceKind.VEHICLE: a_vehicle,
    DeviceKind.CHARGER: a_charger,
    DeviceKind.BATTERY: a_battery,
    DeviceKind.INVERTER: an_inverter,
    DeviceKind.HVAC: an_hvac,
    DeviceKind.METER: a_meter,
    DeviceKind.HEM_SYSTEM: a_hem_system,
}


def a_device(kind: DeviceKind, **changes: Any) -> Json:
    """A device of any kind."""
    return _DEVICES[kind](**changes)


def just_found(device: Json, *, leaves: bool = True) -> Json:
    """A device as `discovered` has it: its information and nulls.

    Args:
        device: The whole device.
        leaves: Whether the parts are there and full of nulls, or null themselves; Enode does not say which.
    """
    kept = (
        {"id", "userId", "vendor", "information", "scopes"}
        if leaves
        else {"id", "userId", "vendor", "information"}
    )
    return {key: value if key in kept else _nulls(value, leaves=leaves) for key, value in device.items()}


def _nulls(value: Any, *, leaves: bool) -> Any:
    if leaves and isinstance(value, dict):
        return {key: _nulls(inner, leaves=True) for key, inner in value.items()}
    return None
