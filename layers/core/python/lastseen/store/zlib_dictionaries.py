"""Preset zlib dictionaries, one a kind of device: append only, for ever.

Each is a document of its kind with the values left out, as `domain.document.encode` would write it. They can never
change: what was packed with one is unpacked with the same. A better one gets a number of its own in `codec`.
"""

from lastseen.domain.device import DeviceKind

BY_KIND = {
    DeviceKind.VEHICLE: (
        b'{"capabilities":{"chargeState":{"interventionIds":[],"isCapable":true},'
        b'"information":{"interventionIds":[],"isCapable":true},"location":{"interventionIds":[],'
        b'"isCapable":true},"odometer":{"interventionIds":[],"isCapable":true},'
        b'"setMaxCurrent":{"interventionIds":[],"isCapable":false},"smartCharging":{"interventionIds":[],'
        b'"isCapable":true},"startCharging":{"interventionIds":[],"isCapable":true},'
        b'"stopCharging":{"interventionIds":[],"isCapable":true}},"chargeState":{"batteryCapacity":0,'
        b'"batteryLevel":0,"chargeLimit":0,"chargeRate":0,"chargeTimeRemaining":0,"isCharging":true,'
        b'"isFullyCharged":false,"isPluggedIn":true,"lastUpdated":"2026-01-01T00:00:00.000Z","maxCurrent":0,'
        b'"pluggedInChargerId":null,"powerDeliveryState":"PLUGGED_IN:CHARGING","range":0},"id":"",'
        b'"information":{"brand":"","displayName":"","model":"","vin":"","year":0},"isReachable":true,'
        b'"lastSeen":"2026-01-01T00:00:00.000Z","location":{"id":"","lastUpdated":"2026-01-01T00:00:00.000Z",'
        b'"latitude":0,"longitude":0},"odometer":{"distance":0,"lastUpdated":"2026-01-01T00:00:00.000Z"},'
        b'"scopes":["vehicle:control:charging","vehicle:read:data","vehicle:read:location"],'
        b'"smartChargingPolicy":{"deadline":"","isEnabled":true,"minimumChargeLimit":0},"userId":"",'
        b'"vendor":""}'
    ),
    DeviceKind.CHARGER: (
        b'{"capabilities":{"chargeState":{"interventionIds":[],"isCapable":true},'
        b'"information":{"interventionIds":[],"isCapable":true},"setMaxCurrent":{"interventionIds":[],'
        b'"isCapable":false},"startCharging":{"interventionIds":[],"isCapable":true},'
        b'"stopCharging":{"interventionIds":[],"isCapable":true}},"chargeState":{"chargeRate":0,'
        b'"isCharging":true,"isPluggedIn":true,"lastUpdated":"2026-01-01T00:00:00.000Z","maxCurrent":0,'
        b'"pluggedInVehicleId":"","powerDeliveryState":"PLUGGED_IN:CHARGING"},"id":"",'
        b'"information":{"brand":"","model":"","serialNumber":"","year":null},"isReachable":true,'
        b'"lastSeen":"2026-01-01T00:00:00.000Z","location":{"id":"","lastUpdated":"2026-01-01T00:00:00.000Z"},'
        b'"scopes":["charger:control:charging","charger:read:data"],"userId":"","vendor":""}'
    ),
    DeviceKind.BATTERY: (
        b'{"capabilities":{"exportFocus":{"interventionIds":[],"isCapable":false},'
        b'"idle":{"interventionIds":[],"isCapable":false},"importFocus":{"interventionIds":[],'
        b'"isCapable":true},"selfReliance":{"interventionIds":[],"isCapable":true},'
        b'"timeOfUse":{"interventionIds":[],"isCapable":true}},"chargeState":{"batteryCapacity":0,'
        b'"batteryLevel":0,"chargeRate":0,"dischargeLimit":0,"lastUpdated":"2026-01-01T00:00:00.000Z",'
        b'"status":"CHARGING"},"config":{"lastUpdated":"2026-01-01T00:00:00.000Z",'
        b'"operationMode":"SELF_RELIANCE"},"hemSystemId":"","id":"","information":{"brand":"","id":"",'
        b'"installationDate":"2026-01-01T00:00:00.000Z","model":"","siteName":""},"isReachable":true,'
        b'"lastSeen":"2026-01-01T00:00:00.000Z","location":{"id":"","lastUpdated":"2026-01-01T00:00:00.000Z",'
        b'"latitude":0,"longitude":0},"scopes":["battery:control:operation_mode","battery:read:data",'
        b'"battery:read:location"],"userId":"","vendor":""}'
    ),
    DeviceKind.INVERTER: (
        b'{"capabilities":{"productionState":{"interventionIds":[],"isCapable":true},'
        b'"productionStatistics":{"interventionIds":[],"isCapable":true}},"hemSystemId":null,"id":"",'
        b'"information":{"brand":"","id":"","installationDate":"2026-01-01T00:00:00.000Z","model":"",'
        b'"siteName":"","sn":""},"isReachable":true,"lastSeen":"2026-01-01T00:00:00.000Z","location":{"id":"",'
        b'"lastUpdated":"2026-01-01T00:00:00.000Z","latitude":0,"longitude":0},'
        b'"productionState":{"isProducing":true,"lastUpdated":"2026-01-01T00:00:00.000Z","productionRate":0,'
        b'"totalLifetimeProduction":0},"scopes":["inverter:read:data","inverter:read:location"],'
        b'"timezone":"Europe/Oslo","userId":"","vendor":""}'
    ),
    DeviceKind.HVAC: (
        b'{"capabilities":{"capableModes":[],"coolSetpointRange":{"max":0,"min":0},'
        b'"heatSetpointRange":{"max":0,"min":0},"setFollowSchedule":{"interventionIds":[],"isCapable":true},'
        b'"setPermanentHold":{"interventionIds":[],"isCapable":true},"setpointDifferenceRange":{"max":0,'
        b'"min":0}},"consumptionRate":0,"id":"","information":{"brand":"","category":"HEATING",'
        b'"displayName":"","groupName":"","model":""},"isReachable":true,'
        b'"lastSeen":"2026-01-01T00:00:00.000Z","location":{"id":""},"scopes":["hvac:control:mode",'
        b'"hvac:read:data"],"temperatureState":{"currentTemperature":0,"isActive":true,'
        b'"lastUpdated":"2026-01-01T00:00:00.000Z"},"thermostatState":{"coolSetpoint":0,"heatSetpoint":0,'
        b'"holdType":"PERMANENT","lastUpdated":"2026-01-01T00:00:00.000Z","mode":"HEAT"},"userId":"",'
        b'"vendor":""}'
    ),
    DeviceKind.METER: (
        b'{"capabilities":{"measuresConsumption":{"interventionIds":[],"isCapable":true},'
        b'"measuresProduction":{"interventionIds":[],"isCapable":true}},'
        b'"energyState":{"lastUpdated":"2026-01-01T00:00:00.000Z","power":0},"hemSystemId":"","id":"",'
        b'"information":{"brand":"","installationDate":"2026-01-01T00:00:00.000Z","model":"","siteName":""},'
        b'"isReachable":true,"lastSeen":"2026-01-01T00:00:00.000Z","location":{"id":"",'
        b'"lastUpdated":"2026-01-01T00:00:00.000Z","latitude":0,"longitude":0},"scopes":["meter:read:data",'
        b'"meter:read:location"],"userId":"","vendor":""}'
    ),
    DeviceKind.HEM_SYSTEM: (
        b'{"id":"","information":{"address":"","installationDate":"2026-01-01T00:00:00.000Z",'
        b'"lastUpdated":"2026-01-01T00:00:00.000Z","latitude":0,"longitude":0,"name":"",'
        b'"timezone":"Europe/Oslo","vendor":""},"locationId":"","status":{"energy":{"today":{"charge":0,'
        b'"consumption":0,"discharge":0,"export":0,"generation":0,"import":0,'
        b'"lastUpdated":"2026-01-01T00:00:00.000Z","unit":"kWh"}},"lastSeen":"2026-01-01T00:00:00.000Z"},'
        b'"userId":""}'
    ),
}
