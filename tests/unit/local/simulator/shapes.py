"""Which fields Enode's documents have (API version 2024-10-01), as dotted paths; a null may stand for a whole block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def _fields(text: str) -> frozenset[str]:
    return frozenset(text.split())


DEVICES: dict[str, frozenset[str]] = {
    "vehicle": _fields(
        """
        capabilities.chargeState.interventionIds capabilities.chargeState.isCapable
        capabilities.information.interventionIds capabilities.information.isCapable
        capabilities.location.interventionIds capabilities.location.isCapable
        capabilities.odometer.interventionIds capabilities.odometer.isCapable
        capabilities.setMaxCurrent.interventionIds capabilities.setMaxCurrent.isCapable
        capabilities.smartCharging.interventionIds capabilities.smartCharging.isCapable
        capabilities.startCharging.interventionIds capabilities.startCharging.isCapable
        capabilities.stopCharging.interventionIds capabilities.stopCharging.isCapable
        chargeState.batteryCapacity chargeState.batteryLevel chargeState.chargeLimit chargeState.chargeRate
        chargeState.chargeTimeRemaining chargeState.isCharging chargeState.isFullyCharged
        chargeState.isPluggedIn chargeState.lastUpdated chargeState.maxCurrent
        chargeState.pluggedInChargerId chargeState.powerDeliveryState chargeState.range id information.brand
        information.displayName information.model information.vin information.year isReachable lastSeen
        location.id location.lastUpdated location.latitude location.longitude odometer.distance
        odometer.lastUpdated scopes smartChargingPolicy.deadline smartChargingPolicy.isEnabled
        smartChargingPolicy.minimumChargeLimit userId vendor
        """
    ),
    "charger": _fields(
        """
        capabilities.chargeState.interventionIds capabilities.chargeState.isCapable
        capabilities.information.interventionIds capabilities.information.isCapable
        capabilities.setMaxCurrent.interventionIds capabilities.setMaxCurrent.isCapable
        capabilities.startCharging.interventionIds capabilities.startCharging.isCapable
        capabilities.stopCharging.interventionIds capabilities.stopCharging.isCapable chargeState.chargeRate
        chargeState.isCharging chargeState.isPluggedIn chargeState.lastUpdated chargeState.maxCurrent
        chargeState.pluggedInVehicleId chargeState.powerDeliveryState id information.brand information.model
        information.serialNumber information.year isReachable lastSeen location.id location.lastUpdated
        scopes userId vendor
        """
    ),
    "battery": _fields(
        """
        capabilities.exportFocus.interventionIds capabilities.exportFocus.isCapable
        capabilities.idle.interventionIds capabilities.idle.isCapable
        capabilities.importFocus.interventionIds capabilities.importFocus.isCapable
        capabilities.selfReliance.interventionIds capabilities.selfReliance.isCapable
        capabilities.timeOfUse.interventionIds capabilities.timeOfUse.isCapable chargeState.batteryCapacity
        chargeState.batteryLevel chargeState.chargeRate chargeState.dischargeLimit chargeState.lastUpdated
        chargeState.status config.lastUpdated config.operationMode hemSystemId id information.brand
        information.id information.installationDate information.model information.siteName isReachable
        lastSeen location.id location.lastUpdated location.latitude location.longitude scopes userId vendor
        """
    ),
    "inverter": _fields(
        """
        capabilities.productionState.interventionIds capabilities.productionState.isCapable
        capabilities.productionStatistics.interventionIds capabilities.productionStatistics.isCapable
        hemSystemId id information.brand information.id information.installationDate information.model
        information.siteName information.sn isReachable lastSeen location.id location.lastUpdated
        location.latitude location.longitude productionState.isProducing productionState.lastUpdated
        productionState.productionRate productionState.totalLifetimeProduction scopes timezone userId vendor
        """
    ),
    "hvac": _fields(
        """
        capabilities.capableModes capabilities.coolSetpointRange.max capabilities.coolSetpointRange.min
        capabilities.heatSetpointRange.max capabilities.heatSetpointRange.min
        capabilities.setFollowSchedule.interventionIds capabilities.setFollowSchedule.isCapable
        capabilities.setPermanentHold.interventionIds capabilities.setPermanentHold.isCapable
        capabilities.setpointDifferenceRange.max capabilities.setpointDifferenceRange.min consumptionRate id
        information.brand information.category information.displayName information.groupName
        information.model isReachable lastSeen location.id scopes temperatureState.currentTemperature
        temperatureState.isActive temperatureState.lastUpdated thermostatState.coolSetpoint
        thermostatState.heatSetpoint thermostatState.holdType thermostatState.lastUpdated
        thermostatState.mode userId vendor
        """
    ),
    "meter": _fields(
        """
        capabilities.measuresConsumption.interventionIds capabilities.measuresConsumption.isCapable
        capabilities.measuresProduction.interventionIds capabilities.measuresProduction.isCapable
        energyState.lastUpdated energyState.power hemSystemId id information.brand
        information.installationDate information.model information.siteName isReachable lastSeen location.id
        location.lastUpdated location.latitude location.longitude scopes userId vendor
        """
    ),
    "hem-system": _fields(
        """
        id information.address information.installationDate information.lastUpdated information.latitude
        information.longitude information.name information.timezone information.vendor locationId
        status.energy.today.charge status.energy.today.consumption status.energy.today.discharge
        status.energy.today.export status.energy.today.generation status.energy.today.import
        status.energy.today.lastUpdated status.energy.today.unit status.lastSeen userId
        """
    ),
}
EVENTS: dict[str, frozenset[str]] = {
    "user:vehicle:smart-charging-status-updated": _fields(
        """
        createdAt event smartChargingStatus.consideration smartChargingStatus.plan.currency
        smartChargingStatus.plan.endedAt smartChargingStatus.plan.estimatedFinishAt
        smartChargingStatus.plan.failureCondition smartChargingStatus.plan.finalState
        smartChargingStatus.plan.id smartChargingStatus.plan.locationId
        smartChargingStatus.plan.nonSmartCost smartChargingStatus.plan.smartCost
        smartChargingStatus.plan.startAt smartChargingStatus.plan.startConfirmedAt
        smartChargingStatus.plan.stopAt smartChargingStatus.plan.stopConfirmedAt
        smartChargingStatus.plan.userId smartChargingStatus.plan.vehicleId smartChargingStatus.plan.vendor
        smartChargingStatus.smartOverride smartChargingStatus.state smartChargingStatus.stateChangedAt
        smartChargingStatus.updatedAt smartChargingStatus.userId smartChargingStatus.vehicleId
        smartChargingStatus.vendor updatedFields user.id version
        """
    ),
    "user:schedule:execution-updated": _fields(
        """
        createdAt event schedule.defaultShouldCharge schedule.id schedule.isEnabled schedule.locationId
        schedule.rules schedule.targetId schedule.targetType status.changedAt status.isCharging
        status.isChargingExpected status.isChargingExpectedParts.isPluggedIn
        status.isChargingExpectedParts.needsCharge status.isChargingExpectedParts.shouldCharge
        status.scheduleId status.scheduleType status.smartOverride status.state status.upcomingTransitions
        updatedFields user.id version
        """
    ),
    "user:vendor-action:updated": _fields(
        """
        createdAt event updatedFields user.id vendorAction.completedAt vendorAction.createdAt
        vendorAction.failureReason.detail vendorAction.failureReason.type vendorAction.id vendorAction.kind
        vendorAction.state vendorAction.targetId vendorAction.targetType vendorAction.updatedAt
        vendorAction.userId version
        """
    ),
    "user:inverter:statistics-updated": _fields(
        """
        createdAt event statistics.day statistics.inverterId statistics.month
        statistics.resolutions.QUARTER_HOUR.data statistics.resolutions.QUARTER_HOUR.unit
        statistics.timezone statistics.year user.id version
        """
    ),
    "user:credentials:invalidated": _fields(
        """
        createdAt event user.id vendor version
        """
    ),
    "system:heartbeat": _fields(
        """
        createdAt event pendingEvents version
        """
    ),
    "enode:webhook:test": _fields(
        """
        createdAt event version
        """
    ),
    "webhook": _fields(
        """
        apiVersion authentication.headerName createdAt events id isActive lastSuccess url
        """
    ),
}


def misfits(document: dict[str, Any], fields: frozenset[str]) -> set[str]:
    """Name the fields that are too many or missing; a null block stands for all fields below it."""
    found = set(_leaves(document, ""))
    nulls = tuple(f"{path}." for path in _null_blocks(document, ""))
    missing = {path for path in fields - found if not path.startswith(nulls)}
    extra = {path for path in found - fields if f"{path}." not in nulls}
    return missing | extra


def _leaves(block: dict[str, Any], prefix: str) -> Iterator[str]:
    for name, value in block.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield prefix + name


def _null_blocks(block: dict[str, Any], prefix: str) -> Iterator[str]:
    for name, value in block.items():
        if value is None:
            yield prefix + name
        elif isinstance(value, dict):
            yield from _null_blocks(value, f"{prefix}{name}.")
