"""Which language a short text is in, so that a voice may follow a conversation from one to another."""

import re
from collections.abc import Sequence
from typing import Final

from audio_processor.alignment.scripts import language_of as language_of_script
from audio_processor.speaking.abbreviations import listed

SHARED_SCRIPTS: Final = {
    "zh": ("zh", "cmn", "yue", "ja"),
    "ru": ("ru", "uk", "bg", "be", "mk", "sr"),
    "ar": ("ar", "fa", "ur"),
    "hi": ("hi", "mr", "ne"),
}
"""Languages that write in the script of the first, the likeliest first."""

OWN_SCRIPTS: Final = listed("zh cmn yue ja ko ru uk bg be mk el he ar fa ur hi mr ne bn ta te th ka hy")

COMMON_WORDS: Final = {
    "en": listed(
        """
        the and is are was were you your i'm it's that this what how why who where when with have has for not of to in
        my we they he she can will would could should do does did don't hello hi hey yes please thanks thank there
        here good great let tell me about know want need from an be been but if or so just very much okay an
        """
    ),
    "es": listed(
        """
        el la los las un una y es son está están estoy eres soy qué que cómo por porque para con del al lo se su sus mi
        tu tú yo él ella nosotros ellos muy más pero sí si hola gracias adiós buenos buenas días tardes noches dónde
        cuándo quién puedes puedo quiero tengo tiene hay este esta esto eso también bien favor usted señor señora hablas
        me llamo
        """
    ),
    "fr": listed(
        """
        le la les un une et est sont je tu il elle nous vous ils que qui quoi comment pourquoi où quand avec pour dans
        sur pas ne bonjour salut merci oui non très plus mais c'est j'ai suis êtes mon ma mes votre des du au aux ce
        cette ça bien me
        """
    ),
    "de": listed(
        """
        der die das ein eine und ist sind ich du er sie es wir ihr nicht was wie warum wer wo wann mit für auf von zu
        den dem hallo danke ja nein bitte sehr aber mein dein auch kann kannst will habe hast hat bin bist guten tag
        """
    ),
    "it": listed(
        """
        il lo la gli le un una e è sono sei siamo io tu lui lei noi voi che chi cosa come perché dove quando con per
        non ciao grazie buongiorno sì molto più ma mio tuo questo questa della del di da bene posso puoi voglio ho hai
        """
    ),
    "pt": listed(
        """
        o os as um uma e é são está estou eu você ele ela nós eles que quem como porque por onde quando com para não
        olá obrigado obrigada bom dia boa sim muito mais mas meu minha seu sua isso este esta do da dos das no na em bem
        """
    ),
}
SIGNS: Final = {
    "es": re.compile(r"[¿¡ñ]", re.IGNORECASE),
    "fr": re.compile(r"[çœêèùûîô]|\b[cdjlmnst]'", re.IGNORECASE),
    "de": re.compile(r"[äöüß]", re.IGNORECASE),
    "it": re.compile(r"[èìò]", re.IGNORECASE),
    "pt": re.compile(r"[ãõçâê]", re.IGNORECASE),
}
SIGN_WEIGHT: Final = 1.5
WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
LEAST_LEAD: Final = 0.5


def language_of(text: str, candidates: Sequence[str]) -> str | None:
    """The one of `candidates`, codes such as `en` and `pt-br`, that the text is in; None where that is not sure.

    A script of its own tells, else common words and letters; a caller who is not told keeps the language that was.
    """
    by_code = {code.lower().partition("-")[0]: code for code in reversed(candidates)}
    script = language_of_script(text)
    if script is not None:
        return next((by_code[code] for code in SHARED_SCRIPTS.get(script, (script,)) if code in by_code), None)
    latin = [code for code in by_code if code not in OWN_SCRIPTS]
    words = [word.lower().replace("’", "'") for word in WORD.findall(text)]
    if not words or not latin:
        return None
    if len(latin) == 1:
        return by_code[latin[0]]
    scores = sorted(((_score(text, words, code), code) for code in latin), reverse=True)
    (best, code), (second, _) = scores[:2]
    return by_code[code] if best - second >= LEAST_LEAD else None


def _score(text: str, words: Sequence[str], code: str) -> float:
    common = COMMON_WORDS.get(code, frozenset())
    signs = SIGNS.get(code)
    return sum(word in common for word in words) + SIGN_WEIGHT * (signs is not None and bool(signs.search(text)))
