"""The live page with a scripted service: what it sends, shows, and does when something goes wrong."""

from collections.abc import Callable
from typing import Any, Final

import pytest
from playwright.sync_api import Page, Route, expect

from live.messages import (
    Ask,
    Clear,
    Control,
    Ended,
    EndOfSpeech,
    LiveCue,
    Notice,
    Ping,
    Problem,
    Say,
    StartStream,
    Stop,
)
from tests.web.conftest import OpenPage
from tests.web.live_script import NO_DIALOGUE, PICTURES, LiveScript, answer
from tests.web.live_service import LiveService
from tests.web.steps import expect_live
from tests.web.test_accessibility import AXE, RULES, THEMES

BUSY: Final = Problem(code="busy", message="Four sessions run, as many as fit.", cure="Try again later.", fatal=True)
REMEMBER_MICROPHONE: Final = """
  window.microphones = [];
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await open(wanted);
    window.microphones.push({ wanted, track: stream.getAudioTracks()[0] });
    return stream;
  };
"""
NO_MICROPHONE: Final = """
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "NotAllowedError"));
"""
NO_ADDRESSES: Final = """
  const Usual = RTCPeerConnection;
  window.RTCPeerConnection = class extends Usual {
    constructor(given) { super({ ...given, iceTransportPolicy: "relay" }); }
  };
"""

OpenLive = Callable[..., Page]


@pytest.fixture
def open_live(service: LiveService, open_page: OpenPage) -> OpenLive:
    """The start panel, answered by a script; `before` runs before the page's own scripts."""

    def opened(script: LiveScript, *, before: str = "", **options: Any) -> Page:
        page = open_page("about:blank", **options)
        script.play(page)
        if before:
            page.add_init_script(before)
        page.goto(f"{service.url}/#/live")
        page.locator(".view:not([hidden]) .face-card", has_text="Nova").click()
        return page

    return opened


def enter(page: Page, mode: str = "Conversation") -> None:
    page.get_by_role("radio", name=mode).check(force=True)
    page.get_by_role("button", name="Start", exact=True).click()
    expect_live(page)


def type_line(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="Text", exact=True).fill(text)
    page.keyboard.press("Enter")


def wait_for(page: Page, holds: Callable[[], object]) -> None:
    for _ in range(200):
        if holds():
            return
        page.wait_for_timeout(25)
    raise AssertionError("the page did not do it")


def test_a_session_is_started_as_the_panel_says(open_live: OpenLive) -> None:
    script = LiveScript()
    page = open_live(script)
    page.locator("summary", has_text="Voice and picture").click()
    page.get_by_role("combobox", name="Language").select_option("es")
    page.get_by_role("combobox", name="Picture").select_option("384")
    page.get_by_role("textbox", name="Who it is").fill("A patient guide.")
    enter(page)
    (start,) = script.said(StartStream)
    assert (start.image, start.language, start.size, start.persona) == ("nova", "es", 384, "A patient guide.")
    assert (start.listen, start.audio_stream, start.video, start.sound_codec) == (True, False, "fmp4", "opus")
    expect(page.locator(".live-pill")).to_have_text("WebSocket: aiortc is not installed")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nova")
    expect(page.get_by_role("textbox", name="Text", exact=True)).to_be_focused()


def test_pictures_are_counted_and_figures_shown(open_live: OpenLive) -> None:
    script = LiveScript()
    page = open_live(script)
    enter(page, "Typing only")
    assert script.said(Ping) == []
    page.get_by_role("button", name="Show statistics").click()
    wait_for(page, lambda: script.said(Ping))
    script.show()
    script.finish_second()
    drawer = page.get_by_role("region", name="Statistics")
    for line in ("Late2", "Dropped1", "Drawing5.3 ms", "Sound waiting0.12 s", "puppet, 512 × 512, 25 fps"):
        expect(drawer).to_contain_text(line)
    shown = drawer.locator("div", has_text="Frames shown here").last.locator("dd")

    def count() -> int:
        script.finish_second()
        return int(shown.inner_text().replace("–", "0"))

    wait_for(page, lambda: count() >= 2)
    assert count() <= 2 * PICTURES


def test_without_a_dialogue_model_typed_text_is_said_and_the_page_says_what_to_configure(open_live: OpenLive) -> None:
    script = LiveScript(dialogue=NO_DIALOGUE)
    page = open_live(script)
    page.get_by_role("radio", name="Conversation").check(force=True)
    expect(page.locator(".live-start-lack")).to_contain_text("MISTRAL_API_KEY is not set")
    enter(page, "Typing only")
    expect(page.locator(".composer-note")).to_contain_text("MISTRAL_API_KEY is not set")
    expect(page.get_by_role("radio", name="Ask")).to_have_count(0)
    type_line(page, "Good morning.")
    expect(page.locator(".live-caption")).to_have_text("Good morning.")
    expect(page.locator(".talk-avatar .talk-words")).to_have_text("Good morning.")
    assert [say.text for say in script.said(Say)] == ["Good morning."]
    page.get_by_role("button", name="Hide captions").click()
    expect(page.locator(".live-caption")).to_be_hidden()


def test_an_answer_comes_with_the_time_of_each_step(open_live: OpenLive) -> None:
    script = LiveScript()
    page = open_live(script)
    enter(page)
    type_line(page, "Who are you?")
    expect(page.locator(".talk-user .talk-words")).to_have_text(["Who are you?"])
    expect(page.locator(".talk-avatar .talk-words")).to_have_text("I heard you.")
    steps = page.locator(".latency-steps li")
    expect(steps).to_have_text(
        ["End of turn220 ms", "Recogniser90 ms", "First token170 ms", "First sentence80 ms", "First sound80 ms",
         "First frame50 ms"]
    )  # fmt: skip
    expect(page.locator(".latency-total")).to_have_text("690 ms")
    script.tell(Notice(code="no_voice", message="There is no voice for this language.", cure="Choose another."))
    expect(page.get_by_role("log")).to_contain_text("There is no voice for this language. Choose another.")
    page.get_by_role("radio", name="Say exactly").check(force=True)
    type_line(page, "Word for word.")
    wait_for(page, lambda: script.said(Say))
    assert [ask.text for ask in script.said(Ask)] == ["Who are you?"]


def test_stop_clears_and_what_was_cut_is_marked(open_live: OpenLive) -> None:
    script = LiveScript()
    page = open_live(script)
    enter(page, "Typing only")
    script.speak("This is never finished.", cut=True, said="This is")
    expect(page.locator(".live-mood")).to_contain_text("Speaking")
    page.get_by_role("button", name="Stop speaking").click()
    expect(page.locator(".talk-sentence")).to_have_text("This is never finished.cut off")
    expect(page.locator(".talk-sentence s")).to_have_text("never finished.")
    expect(page.locator(".live-mood")).to_be_hidden()
    expect(page.get_by_role("button", name="Stop speaking")).to_be_disabled()
    assert len(script.said(Clear)) == 1


def test_controls_and_cues_go_out_by_hand_and_by_key(open_live: OpenLive) -> None:
    script = LiveScript()
    page = open_live(script)
    enter(page, "Typing only")
    page.keyboard.type("1")
    page.get_by_role("tab", name="Controls").click()
    page.get_by_role("slider", name="Smile").fill("0.5")
    page.get_by_role("button", name="Happy").click()

    def changed() -> dict[str, Any]:
        return {name: value for control in script.said(Control) for name, value in control.controls.items()}

    wait_for(page, lambda: "emotion" in changed())
    assert changed() == {"smile": 0.5, "emotion": {"label": "happy", "valence": 0.8, "arousal": 0.4}}
    page.get_by_role("button", name="Wink").click()
    page.keyboard.press("q")
    page.get_by_role("switch", name="Keys").uncheck()
    page.keyboard.press("1")
    page.get_by_role("button", name="Reset").click()
    wait_for(page, lambda: script.said(Control)[-1].controls.get("smile") == 0)
    assert [cue.action for cue in script.said(LiveCue)] == ["wink", "lean"]


def test_the_microphone_is_opened_when_it_is_wanted_and_let_go(open_live: OpenLive) -> None:
    script = LiveScript()
    page = open_live(script, before=REMEMBER_MICROPHONE, permissions=["microphone"])
    enter(page)
    assert page.evaluate("microphones.length") == 0
    hold = page.get_by_role("button", name="Hold to talk")
    hold.hover()
    page.mouse.down()
    wait_for(page, lambda: script.sound > 0)
    page.mouse.up()
    wait_for(page, lambda: script.said(EndOfSpeech))
    page.get_by_role("button", name="Microphone off").click()
    expect(page.get_by_role("button", name="Microphone on")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".level .is-lit").first).to_be_attached()
    assert page.evaluate("microphones[0].wanted.audio.echoCancellation") is True
    assert page.evaluate("microphones[0].track.readyState") == "live"
    page.get_by_role("link", name="Videos").click()
    wait_for(page, lambda: script.said(Stop))
    assert page.evaluate("microphones.map(({ track }) => track.readyState)") == ["ended"]


def test_a_full_service_and_a_missing_microphone_are_told_and_it_goes_on(open_live: OpenLive) -> None:
    script = LiveScript(refusal=BUSY)
    page = open_live(script, before=NO_MICROPHONE)
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text(f"{BUSY.message}{BUSY.cure}")
    script.refusal = None
    enter(page)
    page.get_by_role("button", name="Microphone off").click()
    expect(page.get_by_role("alert")).to_contain_text("The browser may not use the microphone.")
    expect(page.get_by_role("button", name="Microphone off")).to_be_visible()
    type_line(page, "Then I type.")
    expect(page.locator(".talk-avatar")).to_contain_text("I heard you.")


def test_a_lost_connection_or_renderer_comes_back_with_its_memory(open_live: OpenLive) -> None:
    script = LiveScript()
    page = open_live(script)
    enter(page, "Typing only")
    page.get_by_role("tab", name="Controls").click()
    page.get_by_role("slider", name="Energy").fill("0.9")
    wait_for(page, lambda: script.said(Control))
    script.sockets[-1].close(code=1011, reason="gone")
    wait_for(page, lambda: len(script.said(StartStream)) == 2)
    expect(page.locator(".live-pill")).to_have_text("WebSocket: aiortc is not installed")
    first, second = script.said(StartStream)
    assert (second.thread, second.controls) == (first.thread, {"energy": 0.9})
    type_line(page, "Still here.")
    expect(page.locator(".talk-avatar")).to_contain_text("Still here.")
    script.tell(Ended(reason="worker_lost"))
    expect(page.get_by_role("heading", name="The renderer stopped")).to_be_visible()
    page.get_by_role("button", name="Start again").click()
    wait_for(page, lambda: len(script.said(StartStream)) == 3)
    expect_live(page)
    assert script.said(StartStream)[2].thread == first.thread


@pytest.mark.parametrize(
    ("before", "why"),
    [
        ("", "WebSocket: UDP is closed here"),
        (NO_ADDRESSES, "WebSocket: the browser has no address to be reached at"),
    ],
)
def test_where_webrtc_fails_it_goes_over_to_the_websocket_and_says_so(
    open_live: OpenLive, before: str, why: str
) -> None:
    script = LiveScript(webrtc=True)
    page = open_live(script, before=before, failing=("503",))

    def refuse(route: Route) -> None:
        answer(route, {"detail": "UDP is closed here.", "kind": "Unavailable"}, 503)

    page.route("**/api/v1/webrtc/offer", refuse)
    enter(page, "Typing only")
    expect(page.locator(".live-pill")).to_have_text(why)


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_in_the_room(open_live: OpenLive, theme: str) -> None:
    if not AXE.exists():
        pytest.skip("no axe-core here; `npm ci --prefix web` brings it")
    script = LiveScript()
    page = open_live(script, color_scheme=theme, viewport={"width": 390, "height": 844})
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = _violations(page)
    enter(page)
    type_line(page, "Who are you?")
    script.speak("This is never finished.", cut=True)
    page.get_by_role("button", name="Show statistics").click()
    expect(page.locator(".latency-total")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    found += _violations(page)
    page.get_by_role("tab", name="Controls").click()
    found += _violations(page)
    script.tell(Ended(reason="idle"))
    expect(page.get_by_role("button", name="Start again")).to_be_focused()
    found += _violations(page)
    assert found == []


def _violations(page: Page) -> list[str]:
    report: dict[str, Any] = page.evaluate("(rules) => axe.run(document, {runOnly: rules})", RULES)
    return [f"{entry['id']}: {entry['nodes'][0]['html']}" for entry in report["violations"]]
