"""A frontend in a browser, served from elsewhere, can ask the API and read what it says beside the body."""

import httpx

from local.stack.stack_info import StackInfo

ORIGIN = "https://app.example"


def test_a_browser_lets_a_page_of_another_origin_ask_and_read(stack: StackInfo) -> None:
    """What a browser asks before it sends a token along, and what it wants to hear with the answer."""
    user = stack.users[0]
    url = f"{stack.api_url}/users/{user['id']}/devices"
    preflight = {
        "access-control-request-method": "GET",
        "access-control-request-headers": "authorization,if-none-match",
    }

    asked = httpx.options(url, headers={"origin": ORIGIN, **preflight}, trust_env=False)
    answer = httpx.get(
        url, headers={"origin": ORIGIN, "authorization": f"Bearer {user['token']}"}, trust_env=False
    )

    assert asked.is_success
    assert asked.headers["access-control-allow-origin"] in (ORIGIN, "*")
    assert "GET" in asked.headers["access-control-allow-methods"]
    assert {"authorization", "if-none-match"} <= set(asked.headers["access-control-allow-headers"].split(","))
    assert answer.status_code == httpx.codes.OK
    assert answer.headers["access-control-allow-origin"] in (ORIGIN, "*")
    assert answer.headers["access-control-expose-headers"] == "*"
    assert {"etag", "lastseen-freshness"} <= set(answer.headers)
