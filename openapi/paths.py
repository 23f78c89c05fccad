"""Every route of the read function, described; what the code routes and what stands here must be the same."""

from collections.abc import Callable, Mapping

from lastseen.domain.device import DeviceKind
from openapi import resource_schemas
from openapi.components import Object, device_id, headers
from openapi.device_schemas import FAMILIES
from openapi.schema_fields import Field, named

type Described = Mapping[str, Object]
"""Operations by path."""

ENODE, LASTSEEN, ABOUT = "Enode's own", "Lastseen's", "About"
TAGS = [
    {
        "name": ENODE,
        "description": "As Enode's API has them (2024-10-01): the same paths, parameters and bodies. "
        "Freshness travels in headers.",
    },
    {"name": LASTSEEN, "description": "What Enode does not have: freshness, history, time travel."},
    {"name": ABOUT, "description": "The system itself, and this document."},
]

_CAREFUL = (
    "Unless the device is fresh, asks Enode for it; if it is stale, hints it too, at most once per cooldown."
)
_PAGING = ("pageSize", "after", "before")
_SPAN = ("from", "to", "order")
_AGED = ("lastseen-freshness",)
_FIXED = ("etag", "cache-control", "vary")


def _parameters(*names: str) -> list[Object]:
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _also_in_query(parameters: list[Object]) -> list[Object]:
    """Give the parameters, and beside each that names something in the path the one that may name it instead."""
    found = _parameters("userIdInQuery") if _parameters("userId")[0] in parameters else []
    if any(parameter.get("in") == "path" for parameter in parameters):
        found += _parameters("deviceIdInQuery")
    return [*parameters, *found]


def _json(schema: str) -> Object:
    return {
        "application/json": {
            "schema": {"$ref": f"#/components/schemas/{schema}"},
            "examples": {"example": {"$ref": f"#/components/examples/{schema}"}},
        }
    }


def _refusals(*, may_be_missing: bool, may_be_wrong: bool) -> Object:
    found = {"400": "BadRequest"} if may_be_wrong else {}
    found |= {"401": "Unauthorized"} | ({"404": "NotFound"} if may_be_missing else {})
    found |= {"429": "TooManyRequests", "503": "Unavailable"}
    return {status: {"$ref": f"#/components/responses/{name}"} for status, name in found.items()}


def _read(
    id_: str,
    summary: str,
    tag: str,
    content: Object,
    *,
    parameters: list[Object],
    said: tuple[str, ...] = (),
    may_be_missing: bool = True,
) -> Object:
    may_be_wrong = any(
        parameter.get("in") != "path" and "userId" not in parameter.get("$ref", "")
        for parameter in parameters
    )
    return {
        "get": {
            "operationId": id_,
            "summary": summary,
            "tags": [tag],
            "parameters": [*_also_in_query(parameters), *_parameters("ifNoneMatch")],
            "responses": {
                "200": {
                    "description": "What was asked for.",
                    "headers": headers(*said, *_FIXED),
                    "content": content,
                },
                "304": {"$ref": "#/components/responses/NotModified"},
                **_refusals(may_be_missing=may_be_missing, may_be_wrong=may_be_wrong),
            },
        }
    }


def _users() -> Described:
    return {
        "/users": _read(
            "listUsers", "List the users", ENODE, _json("UserList"),
            parameters=_parameters(*_PAGING), may_be_missing=False,
        )
    }  # fmt: skip


def _user() -> Described:
    return {
        "/users/{userId}": _read(
            "getUser", "Get a user's linked vendors: those of living devices, of each kind of the first 250", ENODE,
            _json("User"), parameters=_parameters("userId"),
        )
    }  # fmt: skip


def _devices_of_user() -> Described:
    filters = _parameters("userId", *_PAGING, "kind", "vendor", "verdict", "fields", "include", "at")
    return {
        "/users/{userId}/devices": _read(
            "listUserDevices", "List a user's devices of every kind, with freshness", LASTSEEN,
            _json("DeviceList"), parameters=filters,
            said=(*_AGED, "lastseen-as-of", "last-modified"),
        )
    }  # fmt: skip


def _any_device() -> Described:
    return {
        "/devices/{deviceId}": _read(
            "getDevice", "Get a device of whatever kind, with freshness and the age of its parts", LASTSEEN,
            _json("Device"),
            parameters=[device_id("deviceId"), *_parameters("fields", "include", "at")],
            said=(*_AGED, "lastseen-blocks", "lastseen-as-of", "last-modified"),
        )
    }  # fmt: skip


def _history() -> Described:
    return {
        "/devices/{deviceId}/history": _read(
            "getDeviceHistory", "Get what changed on a device", LASTSEEN,
            _json("History"),
            parameters=[device_id("deviceId"), *_parameters(*_SPAN, "field", *_PAGING)],
        )
    }  # fmt: skip


def _snapshots() -> Described:
    return {
        "/devices/{deviceId}/snapshots": _read(
            "getDeviceSnapshots", "Get what was said of a device, whole, one by one", LASTSEEN,
            _json("Snapshots"),
            parameters=[device_id("deviceId"), *_parameters(*_SPAN, *_PAGING)],
        )
    }  # fmt: skip


def _difference() -> Described:
    return {
        "/devices/{deviceId}/diff": _read(
            "getDeviceDiff", "Get what differs in a device's document, contact aside, between two moments", LASTSEEN,
            _json("Differences"),
            parameters=[device_id("deviceId"), *_parameters("fromMoment", "toMoment")],
        )
    }  # fmt: skip


def _why() -> Described:
    return {
        "/devices/{deviceId}/why": _read(
            "getDeviceWhy", "Get which entry set a value of a device, and what has confirmed it since", LASTSEEN,
            _json("Why"),
            parameters=[device_id("deviceId"), *_parameters("fieldOfWhy", "after", "at")],
        )
    }  # fmt: skip


def _smart_charging_status() -> Described:
    return {
        "/vehicles/{vehicleId}/smart-charging-status": _read(
            "getVehicleSmartChargingStatus",
            "Get how a vehicle's smart charging stands; where no event has told since it was linked, Enode is asked",
            ENODE,
            _json("SmartChargingStatus"),
            parameters=[device_id("vehicleId")],
        )
    }  # fmt: skip


def _lists() -> Described:
    found: dict[str, Object] = {}
    for kind, (name, word, _) in FAMILIES.items():
        found[f"/{kind.collection}"] = _read(
            f"list{_plural(kind)}", f"List every {word} that the caller may see", ENODE,
            _json(f"{name}List"),
            parameters=_parameters(*_PAGING), said=(*_AGED, "last-modified"), may_be_missing=False,
        )  # fmt: skip
    return found


def _lists_of_user() -> Described:
    found: dict[str, Object] = {}
    for kind, (name, word, _) in FAMILIES.items():
        found[f"/users/{{userId}}/{kind.collection}"] = _read(
            f"listUser{_plural(kind)}", f"List every {word} of a user", ENODE,
            _json(f"{name}List"),
            parameters=_parameters("userId", *_PAGING, "at"),
            said=(*_AGED, "lastseen-as-of", "last-modified"),
        )  # fmt: skip
    return found


def _details() -> Described:
    found: dict[str, Object] = {}
    for kind, (name, word, family) in FAMILIES.items():
        own_id = _own_id(name)
        found[f"/{kind.collection}/{{{own_id}}}"] = _read(
            f"get{name}", f"Get a {word}".replace("a inv", "an inv").replace("a H", "an H"), ENODE,
            _json(name),
            parameters=[device_id(own_id, family.example["id"]), *_parameters("at")],
            said=(*_AGED, "lastseen-as-of", "last-modified"),
        )  # fmt: skip
    return found


def _refreshes() -> Described:
    found: dict[str, Object] = {}
    for kind, (name, word, family) in FAMILIES.items():
        if not kind.can_be_hinted:
            continue
        own_id = _own_id(name)
        refusals = _refusals(may_be_missing=True, may_be_wrong=False)
        found[f"/{kind.collection}/{{{own_id}}}/refresh-hint"] = {
            "post": {
                "operationId": f"refresh{name}",
                "summary": f"Bring a {word} up to date".replace("a inv", "an inv").replace("a H", "an H"),
                "description": _CAREFUL,
                "tags": [ENODE],
                "parameters": _also_in_query([device_id(own_id, family.example["id"])]),
                "responses": {
                    "204": {
                        "description": "The device is fresh, or all was done that can be; a read tells.",
                        "headers": headers("lastseen-refresh"),
                    },
                    **refusals,
                    "429": {"$ref": "#/components/responses/TooEarly"},
                },
            }
        }
    return found


def _links() -> Described:
    return {
        "/devices/{deviceId}/links": _read(
            "getLinks",
            "Get the links of a device's twin; for operators, who else has, or had, the physical device",
            LASTSEEN,
            _json("Links"),
            parameters=[device_id("deviceId")],
        )
    }


def _split() -> Described:
    return {"/devices/{deviceId}/split": _by_hand("put", "splitTwin", "Split a device off its twin")}


def _unsplit() -> Described:
    return {
        "/devices/{deviceId}/split": _by_hand("delete", "unsplitTwin", "Undo that a device was split off")
    }


def _by_hand(method: str, operation: str, summary: str) -> Object:
    return {
        method: {
            "operationId": operation,
            "summary": f"{summary} (for operators, by default scope `fleet:read`)",
            "tags": [LASTSEEN],
            "parameters": _also_in_query([device_id("deviceId")]),
            "responses": {
                "204": {"description": "Done; it stands in the log of the device's user."},
                **_refusals(may_be_missing=True, may_be_wrong=False),
                "403": {"$ref": "#/components/responses/Forbidden"},
            },
        }
    }


def _health() -> Described:
    found = _read(
        "getHealth",
        "See how the system itself is (for operators, by default scope `fleet:read`)",
        ABOUT,
        _json("Health"),
        parameters=[],
        may_be_missing=False,
    )
    found["get"]["responses"]["403"] = {"$ref": "#/components/responses/Forbidden"}
    return {"/health": found}


def _ready() -> Described:
    return {
        "/health/ready": {
            "get": {
                "operationId": "getReady",
                "summary": "See whether the API answers",
                "tags": [ENODE],
                "security": [],
                "responses": {
                    "204": {"description": "It does."},
                    "429": {"$ref": "#/components/responses/TooManyRequests"},
                    "503": {"$ref": "#/components/responses/Unavailable"},
                },
            }
        }
    }


def _this_document() -> Described:
    content: Object = {"application/json": {"schema": {"type": "object"}}}
    document = _read("getOpenApi", "Get this document", ABOUT, content, parameters=[], may_be_missing=False)
    operation = document["get"] | {"security": []}
    operation["responses"] = {
        status: said for status, said in operation["responses"].items() if status != "401"
    }
    return {"/openapi.json": {"get": operation}}


DESCRIBED: Mapping[str, Callable[[], Described]] = {
    "GET /users": _users,
    "GET /users/{userId}": _user,
    "GET /users/{userId}/devices": _devices_of_user,
    "GET /users/{userId}/{collection}": _lists_of_user,
    "GET /devices/{deviceId}": _any_device,
    "GET /devices/{deviceId}/history": _history,
    "GET /devices/{deviceId}/snapshots": _snapshots,
    "GET /devices/{deviceId}/why": _why,
    "GET /devices/{deviceId}/diff": _difference,
    "GET /devices/{deviceId}/links": _links,
    "PUT /devices/{deviceId}/split": _split,
    "DELETE /devices/{deviceId}/split": _unsplit,
    "GET /vehicles/{deviceId}/smart-charging-status": _smart_charging_status,
    "GET /{collection}": _lists,
    "GET /{collection}/{deviceId}": _details,
    "POST /{collection}/{deviceId}/refresh-hint": _refreshes,
    "GET /health": _health,
    "GET /health/ready": _ready,
    "GET /openapi.json": _this_document,
}
"""By the route keys of `lastseen/routes/router.py`; `$default` has no path of its own."""

LISTS: Mapping[str, Field] = {
    "UserList": resource_schemas.page_of(named("UserEntry", resource_schemas.USER_ENTRY)),
    "DeviceList": resource_schemas.DEVICE_LIST,
    **{f"{name}List": resource_schemas.page_of(named(name, family)) for name, _, family in FAMILIES.values()},
}


def _plural(kind: DeviceKind) -> str:
    return "".join(part.capitalize() for part in kind.collection.split("-"))


def _own_id(name: str) -> str:
    return f"{name[0].lower()}{name[1:]}Id"
