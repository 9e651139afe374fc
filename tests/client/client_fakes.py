"""A service that answers as it is told, for what a real one does only when something goes wrong."""

from collections.abc import Callable, Iterator

import httpx

from client import AvatarClient

JOB = {"job_id": "0199", "status": "queued", "label": "Grace Hopper"}
Answer = httpx.Response | Exception


class Service:
    """Gives the prepared answers in turn, and notes the requests."""

    def __init__(self, *answers: Answer | Callable[[httpx.Request], httpx.Response]) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)


def client_of(service: Service, patience: float = 60) -> AvatarClient:
    return AvatarClient("http://service.test", patience=patience, transport=httpx.MockTransport(service))


def busy(status: int, after: int | None = None) -> httpx.Response:
    headers = {} if after is None else {"Retry-After": str(after)}
    return httpx.Response(status, json={"detail": "Too many jobs wait.", "kind": "QueueFullError"}, headers=headers)


class Broken(httpx.SyncByteStream):
    """A body that breaks off."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __iter__(self) -> Iterator[bytes]:
        yield self.data
        raise httpx.ReadError("reset")
