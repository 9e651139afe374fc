"""A server on loopback in place of a language model, which answers every question at once with a good answer."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final

PIECE_CHARACTERS: Final = 400
ACTIONS: Final = ("nod", "brow_raise", "tilt", "look", "smile", "blink")
WORDS_APART: Final = 7

CONTROLS: Final = {
    "blink_rate": 0.35,
    "head_tilt": 0.1,
    "expression_intensity": 0.6,
    "mouth_openness": 0.5,
    "eyebrow_raise": 0.1,
    "head_motion": 0.5,
    "gaze_contact": 0.8,
    "smile": 0.2,
    "energy": 0.6,
    "emotion": {"label": "happy", "valence": 0.5, "arousal": 0.3},
}


def answer_to(question: str) -> str:
    """Controls, a segment, and a cue every few words of those that the question has."""
    words = len(re.findall(r"(?:^|\s)\d+@\d", question))
    cues = [
        {"word": word, "action": ACTIONS[number % len(ACTIONS)], "intensity": 0.4}
        for number, word in enumerate(range(0, words, WORDS_APART))
    ]
    segments = [{"first": words // 2, "last": words - 1, "controls": {"energy": 0.4}}] if words > 1 else []
    return json.dumps({"controls": CONTROLS, "segments": segments, "cues": cues})


@contextmanager
def prompt_model() -> Iterator[str]:
    """The address of the server while it runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Exchange)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        question: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["content-length"])))
        text = answer_to(question["messages"][-1]["content"])
        if question.get("stream"):
            self._begin("text/event-stream")
            for place in range(0, len(text), PIECE_CHARACTERS):
                self._event(
                    {"index": 0, "delta": {"role": "assistant", "content": text[place : place + PIECE_CHARACTERS]}}
                )
            self._event({"index": 0, "delta": {"content": ""}, "finish_reason": "stop"})
            self.wfile.write(b"data: [DONE]\n\n")
        else:
            self._begin("application/json")
            choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
            self.wfile.write(json.dumps({"id": "1", "model": question["model"], "choices": [choice]}).encode())
        self.close_connection = True

    def _begin(self, kind: str) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("connection", "close")
        self.end_headers()

    def _event(self, choice: dict[str, Any]) -> None:
        self.wfile.write(f"data: {json.dumps({'id': '1', 'model': 'prompt', 'choices': [choice]})}\n\n".encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Says nothing."""
