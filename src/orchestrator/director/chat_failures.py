"""Why an endpoint gave no answer, in words that name it and the cure."""

import json
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final

from orchestrator.director.chat import ChatError, encodable
from orchestrator.director.endpoints import Endpoint

MOST_SHOWN: Final = 200
UNKNOWN_MODEL: Final = re.compile(
    r"model[^.]*(not found|not exist|not supported|decommissioned|deprecated)|(invalid|unknown|no such)[^.]{0,9}model"
    r"|(invalid_model|model_not_found|model_decommissioned)",
    re.IGNORECASE,
)
FORM: Final = re.compile(r"response_format|json_schema|json_object|grammar", re.IGNORECASE)
"""What a server speaks of that fails on the form in which JSON is asked for; llama-cpp-python does so by 500."""

BUSY: Final = (408, 425, 429)


def unreachable(endpoint: Endpoint, why: str) -> ChatError:
    cure = "Start it, or correct MISTRAL_BASE_URL." if endpoint.name == "local" else "Check this machine's network."
    shown = f" ({why[:MOST_SHOWN]})" if why else ""
    return ChatError(f"{endpoint.title} cannot be reached{shown}.", reason="refused", cure=cure)


def unready(endpoint: Endpoint, error: Exception) -> ChatError:
    """What a request takes could not be loaded."""
    return ChatError(
        f"{endpoint.title} cannot be asked: {type(error).__name__} while the client for it was loaded.",
        reason="failed",
        cure="Look at the log; check SSL_CERT_FILE and SSL_CERT_DIR where they are set.",
    )


def unsendable_key(endpoint: Endpoint) -> ChatError:
    """The key has characters that no header of a request can carry."""
    return ChatError(
        f"{endpoint.title} cannot be asked: {endpoint.key_variable} has characters that no key has.",
        reason="unauthorised",
        cure=f"Copy {endpoint.key_variable} anew: letters, digits and signs of ASCII, in one line.",
    )


def too_slow(endpoint: Endpoint, seconds: float) -> ChatError:
    return ChatError(
        f"{endpoint.title} has not answered with {endpoint.model} within {seconds:.1f} s.",
        reason="timeout",
        cure="Raise DIRECTOR_TIMEOUT_SECONDS, or choose a smaller model.",
    )


def broken(endpoint: Endpoint, what: str) -> ChatError:
    """The server was reached, and what it sent is no answer; `what` ends the sentence."""
    return ChatError(f"{endpoint.title} {what}.", reason="server_error", cure="Look at the server's own log.")


def empty(endpoint: Endpoint) -> ChatError:
    return ChatError(
        f"{endpoint.title} answered with nothing for {endpoint.model}.",
        reason="empty_answer",
        cure=f"Raise DIRECTOR_MAX_TOKENS, or choose another {endpoint.model_variable}.",
    )


def of_status(endpoint: Endpoint, status: int, body: bytes) -> ChatError:
    """The failure that an HTTP status other than 2xx stands for."""
    told = _told(body, endpoint)
    says = f": {told}" if told else ""
    if status in (401, 403):
        return ChatError(
            f"{endpoint.title} refuses the key ({status}){says}.",
            reason="unauthorised",
            cure=f"Check {endpoint.key_variable}.",
        )
    if status == 404 or (status in (400, 422) and UNKNOWN_MODEL.search(told)):
        address = " and MISTRAL_BASE_URL" if endpoint.name == "local" else ""
        return ChatError(
            f"{endpoint.title} does not know the model {endpoint.model} ({status}){says}.",
            reason="unknown_model",
            cure=f"Check {endpoint.model_variable}{address}.",
        )
    if status == 429:
        return ChatError(
            f"{endpoint.title} takes no more requests for the moment (429){says}.",
            reason="rate_limited",
            cure="Try again later, or raise the account's limit.",
        )
    if is_passing(status) and not FORM.search(told):
        return broken(endpoint, f"fails ({status}){says}")
    return ChatError(
        f"{endpoint.title} rejects the request ({status}){says}.",
        reason="rejected",
        cure=f"Check {endpoint.model_variable} and DIRECTOR_MAX_TOKENS against what the server takes.",
    )


def is_passing(status: int) -> bool:
    """Whether the same request may succeed a little later."""
    return status in BUSY or status >= 500


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that the server asks to wait by `Retry-After`, in seconds or as an HTTP date; None where it does not.

    `now` is seconds since the epoch.
    """
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", value, re.ASCII):
        return float(value)
    try:
        return max(parsedate_to_datetime(value).timestamp() - now, 0.0)
    except (TypeError, ValueError, OverflowError):
        return None


def _told(body: bytes, endpoint: Endpoint) -> str:
    """What the server says of the error, in one line and without the key; never what was sent to it."""
    try:
        found = _message(json.loads(body))
    except (ValueError, RecursionError):
        return ""
    secret = endpoint.key.get_secret_value() if endpoint.key else ""
    line = " ".join(encodable(found).split()).rstrip(".")
    return (line.replace(secret, "...") if secret else line)[:MOST_SHOWN]


def _message(answer: Any) -> str:
    """The message in the forms of OpenAI, Mistral, Ollama and FastAPI."""
    if isinstance(answer, str):
        return answer
    if isinstance(answer, list):
        return "; ".join(filter(None, map(_message, answer)))
    if not isinstance(answer, dict):
        return ""
    return next(filter(None, (_message(answer.get(key)) for key in ("message", "msg", "error", "detail"))), "")
