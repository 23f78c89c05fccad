"""AWS's own description of its answers, as botocore carries it: whether an answer is one that AWS could give."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

import botocore.session
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

# What any service may answer, whatever the operation: not in the model of each.
COMMON_ERRORS = frozenset(
    {"AccessDeniedException", "AccessDenied", "ExpiredTokenException", "IncompleteSignature", "InternalFailure",
     "InternalServerError", "RequestTimeout", "ServiceUnavailable", "SlowDown", "Throttling", "ThrottlingException",
     "UnrecognizedClientException", "ValidationError", "ValidationException", "404", "NoSuchBucket"}
)  # fmt: skip
_PYTHON: Mapping[str, tuple[type, ...]] = {
    "string": (str,), "character": (str,), "boolean": (bool,), "blob": (str, bytes), "timestamp": (int, float, str),
    "integer": (int,), "long": (int,), "float": (int, float), "double": (int, float), "bigdecimal": (int, float),
}  # fmt: skip


@cache
def operation(service: str, name: str) -> OperationModel:
    """Give the description of an operation.

    Raises:
        ValueError: There is none of this name.
    """
    model: Any = botocore.session.get_session().get_service_model(service)
    if name not in model.operation_names:
        raise ValueError(f"{service} has no operation {name}")
    found: OperationModel = model.operation_model(name)
    return found


def complaints(service: str, name: str, answer: Mapping[str, Any]) -> list[str]:
    """Say why AWS could not give an answer; nothing if it could.

    >>> complaints("dynamodb", "GetItem", {"Item": {"pk": {"S": "SYS"}}})
    []
    >>> complaints("dynamodb", "BatchExecuteStatement", {"Responses": [{"Error": {"Code": "Throttled"}}]})
    ["Responses[0].Error.Code: 'Throttled' is none of AWS's values"]
    """
    shape = operation(service, name).output_shape
    if shape is None:
        return [f"{one}: the answer has no members" for one in answer]
    return list(_against(shape, answer, ""))


def complaints_of_error(service: str, name: str, code: str, members: Mapping[str, Any]) -> list[str]:
    """Say why AWS could not refuse a call so.

    >>> complaints_of_error("dynamodb", "GetItem", "ThrottlingException", {"throttlingReasons": [{"reason": "x"}]})
    []
    >>> complaints_of_error("dynamodb", "GetItem", "TooBusy", {})
    ['dynamodb GetItem is never refused with TooBusy']
    """
    found: list[Any] = operation(service, name).error_shapes
    shapes = {shape.error_code: shape for shape in found}
    if code in shapes:
        return list(_against(shapes[code], members, ""))
    if code in COMMON_ERRORS:
        return [f"{one}: {code} has only a message" for one in members]
    return [f"{service} {name} is never refused with {code}"]


def _against(shape: Shape, value: Any, where: str) -> Iterator[str]:
    match shape:
        case StructureShape() | MapShape() if not isinstance(value, Mapping):
            yield f"{where}: must be an object"
        case ListShape() if not isinstance(value, list):
            yield f"{where}: must be a list"
        case StructureShape():
            yield from _of_structure(shape, value, where)
        case ListShape():
            for at, one in enumerate(value):
                yield from _against(shape.member, one, f"{where}[{at}]")
        case MapShape():
            for name, one in value.items():
                yield from _against(shape.value, one, f"{where}.{name}")
        case _ if not isinstance(value, _PYTHON[shape.type_name]):
            yield f"{where}: {value!r} is no {shape.type_name}"
        case _ if value not in (getattr(shape, "enum", None) or [value]):
            yield f"{where}: {value!r} is none of AWS's values"


def _of_structure(shape: StructureShape, value: Mapping[str, Any], where: str) -> Iterator[str]:
    for name, one in value.items():
        path = f"{where}.{name}".lstrip(".")
        if name in shape.members:
            yield from _against(shape.members[name], one, path)
        else:
            yield f"{path}: there is no such member"


def as_xml(service: str, name: str, answer: Mapping[str, Any]) -> str:
    """Write an answer as the services of the query protocol do (CloudFormation, STS).

    >>> as_xml("sts", "GetCallerIdentity", {"Account": "1"})[:90]
    '<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account></GetCallerIdentit'
    """
    model = operation(service, name)
    body = "" if model.output_shape is None else _xml(model.output_shape, answer)
    wrapped = f"<{name}Result>{body}</{name}Result>"
    return f"<{name}Response>{wrapped}<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{name}Response>"


def _xml(shape: Shape, value: Any) -> str:
    match shape:
        case StructureShape():
            return "".join(
                f"<{name}>{_xml(shape.members[name], one)}</{name}>" for name, one in value.items()
            )
        case ListShape():
            return "".join(f"<member>{_xml(shape.member, one)}</member>" for one in value)
    return escape(str(value).lower() if isinstance(value, bool) else str(value))
