"""Placeholders: what stands where a serial number or VIN should stand, and names no device.

| what                            | for example                               | where it was seen                    |
|---------------------------------|-------------------------------------------|--------------------------------------|
| a word for "nothing"            | `UNKNOWN`, `N/A`, `None`                  | solax-modbus#2145, epsilon#906       |
| a word that firmware came with  | `To be filled by O.E.M.`                  | lf-edge/eve#6381                     |
|                                 | `Default string`                          | CloudLAPS#58                         |
| the field's own name or type    | `Serial Number`, `string`                 | lf-edge/eve#6381; generated examples |
| one character all through       | `0`, `00000000`, `XXXXXXXXXXXXXXXXX`      | samfusdl#29, python-libvin#21        |
| counted up                      | `1234567890`, `A123456789`                | lf-edge/eve#6381; Enode's examples   |
| a part masked, or never written | `5YJ3E1EA*********`, `5YJ3E1EAXXXXXXXXX`  | Azure-Samples/MyDriving#234          |
|                                 | `XAW10000000000`                          | prodinfo_gen#30                      |
| a number within a site          | `1`, `02`                                 | home-assistant/core#98641            |

Case, spaces and punctuation are of no account: `n/a`, `N.A.` and `NA` are one.
"""

import re

SHORTEST = 4
"""Letters and digits: with fewer, it counts within a site, and the next site has the same."""

_LETTERS_AND_DIGITS = re.compile(r"[^0-9A-Z]+")
# Signs of a mask; four X; seven of another character but zero, with which sequences of production begin; zeros up to
# the end, where the sequence itself should stand.
_MASKED = re.compile(r"[*?#<>{}]|X{4}|([1-9A-Z])\1{6}|0{6}$")

_WORDS = frozenset(
    """
    UNKNOWN UNDEFINED UNAVAILABLE UNSPECIFIED UNSET UNASSIGNED UNREGISTERED NONE NULL NIL NAN VOID EMPTY MISSING
    NOTAVAILABLE NOTAPPLICABLE NOTSPECIFIED NOTDEFINED NOTSET NOTFOUND NOTKNOWN NOTPROVIDED NOTSUPPORTED NOSERIAL
    NOSERIALNUMBER NODATA NOVALUE NOTHING INVALID ERROR FALSE TRUE TEST TESTSERIAL TESTDEVICE DEMO DEMODEVICE
    DUMMY SAMPLE EXAMPLE SIMULATED SIMULATOR VIRTUAL MOCK FAKE TEMP TEMPORARY TODO PENDING
    DEFAULT DEFAULTSTRING DEFAULTSERIAL TOBEFILLED TOBEFILLEDBYOEM TOBEFILLEDBYOEMS TOBEDETERMINED OEM
    SYSTEMSERIALNUMBER SERIALNUMBER SERIAL SERIALNO CHASSISSERIALNUMBER DEVICE DEVICEID CHARGER INVERTER BATTERY
    VEHICLE VIN STRING NUMBER TEXT VALUE OBJECTOBJECT DEADBEEF
    """.split()  # noqa: SIM905 - as a list it would be a page long
)

_COUNTED = ("01234567890123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "09876543210987654321")
_LONG_ENOUGH_TO_BE_COUNTED = 4


def is_placeholder(text: str) -> bool:
    """Say whether a number that a document tells of can be the same on devices that are not the same.

    Args:
        text: The number, trimmed and in capitals.

    >>> [is_placeholder(text) for text in ("N/A", "0000-0000", "XXXXXXXXXXXXXXXXX", "A123456789", "02", "EH48PW2H")]
    [True, True, True, True, True, False]
    """
    bare = _LETTERS_AND_DIGITS.sub("", text)
    return (
        len(bare) < SHORTEST
        or bare in _WORDS
        or len(set(bare)) == 1
        or _MASKED.search(text) is not None
        or _is_counted(bare)
    )


def _is_counted(bare: str) -> bool:
    """Whether it is counted up or down from its begin to its end, but for letters in front."""
    digits = bare.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    told = digits or bare
    is_long = len(told) >= _LONG_ENOUGH_TO_BE_COUNTED and len(bare) - len(digits) < _LONG_ENOUGH_TO_BE_COUNTED
    return any(told in row for row in _COUNTED) and (is_long or not digits)
