"""The ledger of completed jobs that the routes of one application share."""

from typing import Annotated

from fastapi import Depends, Request

from api.rest.service import Current
from orchestrator.jobs.statistics import Ledger


async def current_ledger(request: Request, service: Current) -> Ledger:
    state = request.app.state
    if not hasattr(state, "ledger"):
        state.ledger = Ledger(service.engine)
    ledger: Ledger = state.ledger
    return ledger


Figures = Annotated[Ledger, Depends(current_ledger)]
