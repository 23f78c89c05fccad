"""Proves `api/respond.py`:
how an answer leaves: a tag for the very bytes, 304 only for who has them, gzip only for who takes it.
"""

import base64
import gzip
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastseen.api.http import LambdaResponse
from lastseen.api.respond import WORTH_SHRINKING, respond

SMALL = '{"id":"car-1","name":"Zoë"}'
LARGE = '{"data":[' + ",".join(f'"car-{number:04}"' for number in range(600)) + "]}"
GZIP = {"accept-encoding": "gzip, deflate, br"}
_STRONG = re.compile(r'"[\x21\x23-\x7e]+"')


def _answer(body: str = SMALL, headers: dict[str, str] | None = None, max_age: int = 0) -> LambdaResponse:
    return respond({"headers": headers or {}}, body, headers={"lastseen-freshness": "fresh"}, max_age=max_age)


def _etag(body: str = SMALL, headers: dict[str, str] | None = None) -> str:
    etag: str = _answer(body, headers)["headers"]["etag"]
    return etag


# ------------------------------------------------------------------------------------------------- the ETag


@given(st.text(max_size=50), st.text(max_size=50))
def test_etags_are_equal_exactly_where_bodies_are(one: str, other: str) -> None:
    """Strong: the same tag means the same bytes."""
    try:
        one.encode()
        other.encode()
    except UnicodeEncodeError:
        return

    assert (_etag(one) == _etag(other)) is (one == other)
    assert _STRONG.fullmatch(_etag(one))


def test_the_compressed_form_has_a_tag_of_its_own() -> None:
    """Two representations with other bytes must not share a strong tag (RFC 9110, 8.8.3.3)."""
    plain, shrunk = _etag(LARGE), _etag(LARGE, GZIP)

    assert plain != shrunk
    assert _STRONG.fullmatch(shrunk)


def test_what_ages_beside_the_body_does_not_change_the_tag() -> None:
    """Freshness travels in a header, which a 304 renews."""
    one = respond({"headers": {}}, SMALL, headers={"lastseen-freshness": "fresh;age=1"})
    held = {"if-none-match": one["headers"]["etag"]}

    other = respond({"headers": held}, SMALL, headers={"lastseen-freshness": "stale;age=9"})

    assert other["statusCode"] == 304
    assert other["headers"]["lastseen-freshness"] == "stale;age=9"


# ------------------------------------------------------------------------------------------------------ 304


@pytest.mark.parametrize("body", [SMALL, LARGE])
@pytest.mark.parametrize("accepts", [{}, GZIP], ids=["plain", "gzip"])
@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', '"a" ,\tW/{} , "b"', "*", " * "])
def test_who_has_these_bytes_gets_304(body: str, accepts: dict[str, str], form: str) -> None:
    """Strong, weak (a proxy may have weakened it), in a list, or a star: comparison is weak here."""
    etag = _etag(body, accepts)

    response = _answer(body, {**accepts, "if-none-match": form.format(etag)})

    assert response["statusCode"] == 304
    assert "body" not in response
    assert "content-type" not in response["headers"]
    assert "content-encoding" not in response["headers"]


def test_a_304_says_again_what_a_200_would_have_said() -> None:
    """ETag, Cache-Control, Vary, and freshness; RFC 9110, 15.4.5 asks for the first three."""
    whole = _answer()
    short = _answer(headers={"if-none-match": whole["headers"]["etag"]})

    for name in ("etag", "cache-control", "vary", "lastseen-freshness"):
        assert short["headers"][name] == whole["headers"][name]


@pytest.mark.parametrize("held", ["", '"other"', "W/", '""', "**", '"*"', "unquoted", ",", '"other", *'])
def test_who_has_anything_else_gets_the_whole(held: str) -> None:
    """A star is one by itself only."""
    assert _answer(headers={"if-none-match": held})["statusCode"] == 200


def test_a_tag_of_the_plain_form_is_not_one_of_the_compressed() -> None:
    """Who now takes gzip and held the plain bytes, or the other way round, gets the form that fits."""
    assert _answer(LARGE, {**GZIP, "if-none-match": _etag(LARGE)})["statusCode"] == 200
    assert _answer(LARGE, {"if-none-match": _etag(LARGE, GZIP)})["statusCode"] == 200


# ------------------------------------------------------------------------------------------------- compression


def test_a_large_answer_is_compressed_for_who_takes_it() -> None:
    """Base64, as HTTP API wants binary bodies; the same bytes each time, so that the tag keeps its word."""
    response, again = _answer(LARGE, GZIP), _answer(LARGE, GZIP)

    assert response["isBase64Encoded"] is True
    assert response["headers"]["content-encoding"] == "gzip"
    assert response["headers"]["content-type"] == "application/json"
    assert gzip.decompress(base64.b64decode(response["body"])).decode() == LARGE
    assert response == again


@pytest.mark.parametrize(
    "accepted", ["gzip", "GZIP", "br;q=1.0, gzip;q=0.8", "gzip;q=0.001", "*", "br;q=0, *"]
)
def test_every_way_of_taking_gzip_counts(accepted: str) -> None:
    """RFC 9110, 12.5.3: in any case, with any weight but zero, or by a star."""
    assert _answer(LARGE, {"accept-encoding": accepted}).get("isBase64Encoded") is True


@pytest.mark.parametrize(
    "accepted",
    [None, "", "identity", "br", "gzip;q=0", "gzip; q=0.000, br", "*;q=0", "notgzip", "gzip;q=0, *"],
)
def test_nobody_gets_gzip_who_does_not_take_it(accepted: str | None) -> None:
    """A weight of zero means no."""
    headers = {} if accepted is None else {"accept-encoding": accepted}

    response = _answer(LARGE, headers)

    assert response["body"] == LARGE
    assert "isBase64Encoded" not in response
    assert "content-encoding" not in response["headers"]


def test_a_small_answer_is_not_compressed() -> None:
    """It fits a packet anyway; the limit counts bytes, not characters."""
    exactly = "é" * (WORTH_SHRINKING // 2)

    assert _answer(SMALL, GZIP)["body"] == SMALL
    assert _answer(exactly, GZIP)["isBase64Encoded"] is True
    assert _answer(exactly[:-1] + "a", GZIP)["body"] == exactly[:-1] + "a"


# ---------------------------------------------------------------------------------------------------- caching


def test_answers_are_private_and_asked_for_again() -> None:
    """No shared cache may keep what one person sees; a browser asks each time unless told otherwise."""
    assert _answer()["headers"]["cache-control"] == "private, no-cache"
    assert _answer(max_age=5)["headers"]["cache-control"] == "private, max-age=5"
    assert set(_answer()["headers"]["vary"].split(", ")) == {"authorization", "accept-encoding"}


def test_last_modified_is_an_http_date() -> None:
    """In GMT, whole seconds; absent where nothing is known."""
    moment = datetime(2026, 3, 1, 12, 0, 5, 999_000, tzinfo=UTC)

    said = respond({}, SMALL, headers={}, last_modified=moment)["headers"]["last-modified"]

    assert said == "Sun, 01 Mar 2026 12:00:05 GMT"
    assert parsedate_to_datetime(said) == moment.replace(microsecond=0)
    assert "last-modified" not in respond({}, SMALL, headers={})["headers"]
