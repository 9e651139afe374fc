"""One finding about this machine or this installation."""

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Check:
    """`fail` where something required is missing, `warn` where something may go wrong; then `cure` says what to do."""

    name: str
    status: Status
    detail: str
    cure: str = ""
