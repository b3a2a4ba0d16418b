"""What an answer of a homeserver means to the bot, as a table."""

from typing import Any

import pytest

from doctocbot.matrix import errors

SECRET = "enfant de trois ans"


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, {"errcode": "M_UNKNOWN_TOKEN", "error": SECRET}, errors.TokenRevoked),
        (401, {"errcode": "M_UNKNOWN_TOKEN", "soft_logout": True}, errors.TokenRevoked),
        (401, {"errcode": "M_MISSING_TOKEN"}, errors.TokenRevoked),
        (403, {"errcode": "M_USER_DEACTIVATED"}, errors.TokenRevoked),
        (403, {"errcode": "M_FORBIDDEN", "error": SECRET}, errors.Forbidden),
        (404, {"errcode": "M_NOT_FOUND"}, errors.NotFound),
        (404, {"errcode": "M_UNRECOGNIZED"}, errors.MatrixError),
        (400, {"errcode": "M_BAD_JSON", "error": SECRET}, errors.MatrixError),
        (413, {"errcode": "M_TOO_LARGE"}, errors.TooLarge),
        (413, "<html>nginx</html>", errors.TooLarge),
        (400, {"errcode": "M_TOO_LARGE"}, errors.TooLarge),
        (429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 1500}, errors.RateLimited),
        (429, "slow down", errors.RateLimited),
        (500, {"errcode": "M_UNKNOWN"}, errors.Unreachable),
        (502, "<html>bad gateway</html>", errors.Unreachable),
        (503, None, errors.Unreachable),
        (404, "<html>not our backend</html>", errors.Unreachable),
        (403, "<html>blocked</html>", errors.Unreachable),
        (401, {"flows": [{"stages": ["m.login.password"]}], "session": "s"}, errors.AuthenticationNeeded),
        (403, {"errcode": ["no", "text"]}, errors.Unreachable),
    ],
)
def test_each_answer_has_its_type(status: int, body: Any, expected: type[errors.MatrixError]) -> None:
    """Nothing less than a homeserver's own word counts as a refusal, and its words never reach a log."""
    with pytest.raises(errors.MatrixError) as caught:
        errors.raise_for(status, body)
    assert type(caught.value) is expected
    assert caught.value.status == status
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "soft"),
    [
        ({"errcode": "M_UNKNOWN_TOKEN", "soft_logout": True}, True),
        ({"errcode": "M_UNKNOWN_TOKEN", "soft_logout": False}, False),
        ({"errcode": "M_UNKNOWN_TOKEN"}, False),
        ({"errcode": "M_UNKNOWN_TOKEN", "soft_logout": "true"}, False),
        ({"errcode": "M_USER_DEACTIVATED"}, False),
    ],
)
def test_a_soft_logout_is_told_apart(body: Any, soft: bool) -> None:
    """Only where the server says so is the device still there."""
    with pytest.raises(errors.TokenRevoked) as caught:
        errors.raise_for(401, body)
    assert caught.value.soft is soft


@pytest.mark.parametrize("status", [200, 201, 204])
def test_success_raises_nothing(status: int) -> None:
    """A 2xx is no error whatever its body."""
    errors.raise_for(status, {"errcode": "M_FORBIDDEN"})


@pytest.mark.parametrize(
    ("header", "body", "seconds"),
    [
        ("7", {"retry_after_ms": 1}, 7.0),
        (None, {"retry_after_ms": 1500}, 1.5),
        (None, {}, 5.0),
        ("soon", {}, 5.0),
    ],
)
def test_knows_how_long_to_wait(header: str | None, body: dict[str, Any], seconds: float) -> None:
    """The header counts, then the old field, then a guess."""
    with pytest.raises(errors.RateLimited) as caught:
        errors.raise_for(429, {"errcode": "M_LIMIT_EXCEEDED", **body}, header)
    assert caught.value.retry_after == seconds


def test_keeps_what_the_server_wants_proved() -> None:
    """The flows of an interactive authentication come as they were, malformed ones left out."""
    body = {"session": "s", "flows": [{"stages": ["m.login.password"]}, {"stages": [1, "a"]}, None, {}]}
    with pytest.raises(errors.AuthenticationNeeded) as caught:
        errors.raise_for(401, body)
    assert caught.value.session == "s"
    assert caught.value.flows == (("m.login.password",), ("a",))
