"""Proves `api/claims.py`, `domain/caller.py`:
operators told by the claims of the providers that people use, in the form in which API Gateway hands them over.
"""

from typing import NamedTuple

import pytest

from lastseen.api import request
from lastseen.api.claims import grants
from tests.support.read_requests import asked

type Claims = dict[str, object]


class Provider(NamedTuple):
    """How one provider tells operators: what is configured, an operator's claims, and another's."""

    claim: str
    value: str
    operator: Claims
    other: Claims


# Arrays arrive as `[a b]`, numbers and booleans as text, what is null not at all.
PROVIDERS = {
    "cognito-scope": Provider(
        "scope",
        "lastseen/fleet:read",
        {"sub": "m2m", "token_use": "access", "scope": "lastseen/fleet:read lastseen/other", "version": "2"},
        {"sub": "m2m", "token_use": "access", "scope": "other/fleet:read", "version": "2"},
    ),
    "cognito-groups": Provider(
        "cognito:groups",
        "operators",
        {"sub": "ada", "cognito:groups": "[eu-central-1_Abc_Google operators]", "scope": "openid"},
        {"sub": "ada", "cognito:groups": "[eu-central-1_Abc_Google]", "scope": "openid operators"},
    ),
    "auth0-scope": Provider(
        "scope",
        "fleet:read",
        {
            "sub": "auth0|42",
            "aud": "[https://api.example https://t.auth0.com/userinfo]",
            "scope": "openid fleet:read",
        },
        {"sub": "auth0|42", "scope": "openid profile"},
    ),
    "auth0-permissions": Provider(
        "permissions",
        "fleet:read",
        {"sub": "x@clients", "gty": "client-credentials", "permissions": "[read:homes fleet:read]"},
        {"sub": "x@clients", "gty": "client-credentials", "permissions": "[]"},
    ),
    "entra-delegated": Provider(
        "scope",
        "fleet.read",
        {"oid": "8c1c", "ver": "2.0", "scp": "fleet.read user.read"},
        {"oid": "8c1c", "ver": "2.0", "scp": "user.read"},
    ),
    "entra-app-roles": Provider(
        "roles",
        "Fleet.Read.All",
        {"oid": "8c1c", "ver": "2.0", "idtyp": "app", "roles": "[Fleet.Read.All]"},
        {"oid": "8c1c", "ver": "2.0", "idtyp": "app", "roles": "[Fleet.Read]"},
    ),
    "okta": Provider(
        "scope",
        "fleet:read",
        {"sub": "ada@example.com", "cid": "0oa", "scp": "[openid fleet:read]", "exp": "1790000000"},
        {"sub": "ada@example.com", "cid": "0oa", "scp": "[openid profile]"},
    ),
    "keycloak": Provider(
        "scope",
        "fleet:read",
        {"sub": "5f2b", "azp": "app", "email_verified": "true", "scope": "profile fleet:read email"},
        {"sub": "5f2b", "azp": "app", "email_verified": "true", "scope": "profile email"},
    ),
    "firebase": Provider(
        "operator",
        "true",
        {"sub": "uid", "user_id": "uid", "operator": "true"},
        {"sub": "uid", "user_id": "uid", "operator": "false"},
    ),
}


@pytest.mark.parametrize("name", PROVIDERS)
def test_operators_of_nine_ways_of_telling_them_see_all_and_nobody_else_does(name: str) -> None:
    """One claim and one value are enough for each of them."""
    claim, value, operator, other = PROVIDERS[name]

    def sees_all(claims: Claims) -> bool:
        event = asked("/vehicles")
        event["requestContext"]["authorizer"]["jwt"]["claims"] = claims
        return request.caller(event, user_id_claim="sub", operator_claim=claim, operator_value=value).sees_all

    assert sees_all(operator)
    assert not sees_all(other)
    assert not sees_all({"sub": "nobody"})


@pytest.mark.parametrize(
    "written",
    [
        "[a fleet:read b]",
        '["a","fleet:read"]',
        '["a", "fleet:read"]',
        "[fleet:read]",
        "fleet:read",
        " a  fleet:read ",
        "a,fleet:read",
        "a, fleet:read",
        ["a", "fleet:read"],
    ],
)
def test_a_list_is_read_however_it_is_written(written: object) -> None:
    """API Gateway's way, JSON, words between spaces or commas, and a list that somebody in between has left one."""
    assert grants({"roles": written}, claim="roles", value="fleet:read")


@pytest.mark.parametrize(
    "written",
    [
        "",
        "[]",
        "[",
        "]",
        "[a",
        "fleet:reader",
        "[xfleet:read]",
        "[FLEET:READ]",
        '["a fleet:read"]',
        "map[x:fleet:read]",
        None,
        1,
        {"fleet:read": 1},
    ],
)
def test_nothing_like_it_counts(written: object) -> None:
    """Only the very value, whole."""
    assert not grants({"roles": written}, claim="roles", value="fleet:read")


def test_a_boolean_counts_by_how_json_writes_it() -> None:
    """As API Gateway writes it, and as a list or a stand-in for it may leave it."""
    assert all(grants({"op": said}, claim="op", value="true") for said in ("true", True, "[true]", [True]))


def test_a_scope_may_hold_a_comma() -> None:
    """RFC 6749, 3.3: scopes are words between spaces, and a comma belongs to the word."""
    assert not grants({"scope": "fleet:read,other"}, claim="scope", value="fleet:read")
    assert not grants({"scp": "fleet:read,other"}, claim="scope", value="fleet:read")


def test_whoever_names_a_claim_means_no_other() -> None:
    """Else a scope that users may ask for would grant what only a role must."""
    claims = {"scope": "operators", "scp": "operators", "role": "operators"}

    assert not grants(claims, claim="roles", value="operators")
    assert not grants({"scope": "operators"}, claim="scp", value="operators")


def test_brackets_without_measure_are_no_error() -> None:
    """A token may hold what it likes; it then grants nothing."""
    assert not grants({"roles": "[" * 9_900 + "]" * 9_900}, claim="roles", value="fleet:read")


@pytest.mark.parametrize("text", ["[ops, admins]", "[admins, ops]", "[admins,ops]", "[ops]", "[admins ops]"])
def test_a_list_that_a_provider_wrote_as_text_is_read_with_and_without_commas(text: str) -> None:
    """Whole words only, wherever they stand."""
    assert grants({"groups": text}, claim="groups", value="ops")
    assert not grants({"groups": text}, claim="groups", value="op")
