"""Engines, languages and voices as a client names them: checked before any work begins."""

from api.rest.inputs import about, about_files
from api.rest.service import Service
from audio_processor.speaking.base import Voice
from audio_processor.speaking.choice import choose_speaker, require_speaker


def check_speaker(service: Service, *, speaker: str | None, language: str | None, voice: Voice | str | None) -> None:
    """Whether a text can be spoken so; None is that of the settings. Raises a 422 problem that names the field."""
    settings = service.settings
    wish, tongue = speaker or settings.default_speaker, language or settings.default_language
    if speaker is not None:
        with about_files("speaker"):
            require_speaker(wish, settings)
    with about("language"):
        choose_speaker(settings, wish=wish, language=tongue)
    with about("voice"):
        choose_speaker(settings, wish=wish, language=tongue, voice=voice)
