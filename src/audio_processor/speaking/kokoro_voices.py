"""The voices of Kokoro v1.0 by language, the best first as its makers grade them (`VOICES.md`)."""

from typing import Final

from audio_processor.speaking.kokoro_phonemes import BRITISH
from avatar.errors import InputError

CHINESE: Final = "zh"

VOICES_OF: Final[dict[str, tuple[str, ...]]] = {
    "en": (
        *("af_heart", "af_bella", "af_nicole", "af_aoede", "af_kore", "af_sarah", "am_fenrir", "am_michael"),
        *("am_puck", "af_alloy", "af_nova", "af_sky", "am_echo", "am_eric", "am_liam", "am_onyx", "af_jessica"),
        *("af_river", "am_santa", "am_adam"),
    ),
    BRITISH: ("bf_emma", "bf_isabella", "bm_fable", "bm_george", "bf_alice", "bf_lily", "bm_daniel", "bm_lewis"),
    "es": ("ef_dora", "em_alex", "em_santa"),
    "fr": ("ff_siwis",),
    "hi": ("hf_alpha", "hf_beta", "hm_omega", "hm_psi"),
    "it": ("if_sara", "im_nicola"),
    "pt": ("pf_dora", "pm_alex", "pm_santa"),
    CHINESE: (
        *("zf_xiaoxiao", "zf_xiaobei", "zf_xiaoni", "zf_xiaoyi"),
        *("zm_yunjian", "zm_yunxi", "zm_yunxia", "zm_yunyang"),
    ),
}
"""The file has five Japanese voices besides, for which the project has no readings of Japanese text."""

_OTHER_CODES: Final = {"cmn": CHINESE}


def language_of(language: str) -> str:
    """The key of `VOICES_OF` for a tag: `EN_us` -> `en`, `zh-CN` -> `zh`. Raises `InputError` for another language."""
    tag = language.strip().lower().replace("_", "-")
    while tag:
        code = _OTHER_CODES.get(tag, tag)
        if code in VOICES_OF:
            return code
        tag = tag.rpartition("-")[0]
    raise InputError(f"Kokoro speaks no language '{language}'.", cure=f"It speaks {', '.join(VOICES_OF)}.")
