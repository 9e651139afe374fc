"""Words that people move their heads and faces to, in the languages that have a lexicon of feelings too.

Nods go with yes, shakes with no, a sweep with inclusion, a shift with each item of a list and with contrast:
E. McClave (2000), *Linguistic functions of head movements in the context of speech*. Brows flash in greeting:
I. Eibl-Eibesfeldt (1972), *Similarities and differences between cultures in expressive movements*.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple

from audio_processor.lexicon.entries import plain

Meaning = Literal[
    "yes", "no", "greeting", "thanks", "parting", "item", "contrast", "much", "all", "doubt", "hesitation"
]

_Entries = Mapping[Meaning | Literal["nothing"], str]
"""Words and runs of words, separated by commas; `nothing` holds runs that look like another meaning and are none."""

_ENGLISH: Final[_Entries] = {
    "yes": "yes, yeah, yep, indeed, exactly, absolutely, definitely, certainly, of course, for sure, that's right, "
    "that's true, no doubt, no problem, agreed",
    "no": "no, not, never, none, nobody, nothing, nowhere, neither, nor, cannot, can't, don't, doesn't, didn't, won't, "
    "wouldn't, shouldn't, couldn't, isn't, wasn't, aren't, weren't, haven't, hasn't, hadn't, impossible, no one",
    "nothing": "not only, why not, isn't it, aren't you, don't you, no matter, not just, nothing but",
    "greeting": "hello, hi, hey, welcome, greetings, good morning, good afternoon, good evening, nice to meet you",
    "thanks": "thank you, thanks, many thanks",
    "parting": "goodbye, bye, farewell, see you, good night, take care",
    "item": "first, firstly, second, secondly, third, thirdly, fourth, fourthly, finally, lastly, next",
    "contrast": "but, however, although, instead, yet, whereas, on the other hand",
    "much": "very, really, extremely, incredibly, completely, totally, entirely, enormous, huge, so much",
    "all": "all, everyone, everybody, everything, everywhere, whole, entire, always, every",
    "doubt": "maybe, perhaps, probably, possibly, i guess, i suppose, i don't know, not sure, who knows",
    "hesitation": "um, uh, er, erm, hmm, mm, let me see, let me think",
}
_GERMAN: Final[_Entries] = {
    "yes": "ja, jawohl, genau, natürlich, selbstverständlich, bestimmt, richtig, stimmt, klar, auf jeden fall, "
    "kein problem, kein zweifel, ohne zweifel",
    "no": "nein, nicht, nie, niemals, kein, keine, keinen, keinem, keiner, keines, nichts, niemand, nirgends, weder, "
    "unmöglich, auf keinen fall",
    "nothing": "nicht nur, nicht wahr, warum nicht, nichts als",
    "greeting": "hallo, hi, moin, servus, willkommen, herzlich willkommen, guten tag, guten morgen, guten abend, "
    "grüß gott",
    "thanks": "danke, vielen dank, danke schön, dankeschön, herzlichen dank",
    "parting": "tschüss, tschüs, auf wiedersehen, auf wiederhören, bis bald, bis morgen, gute nacht, mach's gut",
    "item": "erstens, zweitens, drittens, viertens, zuerst, zunächst, zuletzt, schließlich",
    "contrast": "aber, jedoch, dennoch, trotzdem, sondern, allerdings, andererseits",
    "much": "sehr, wirklich, extrem, unglaublich, völlig, total, absolut, besonders, riesig, enorm",
    "all": "alle, alles, allen, jeder, jede, jedes, überall, immer, ganze, ganzen",
    "doubt": "vielleicht, wahrscheinlich, möglicherweise, vermutlich, ich weiß nicht, keine ahnung, wer weiß",
    "hesitation": "äh, ähm, öh, hm, hmm, naja, mal sehen",
}
_SPANISH: Final[_Entries] = {
    "yes": "sí, claro, exacto, exactamente, desde luego, por supuesto, sin duda, de acuerdo, efectivamente, vale",
    "no": "no, nunca, jamás, nada, nadie, ninguno, ninguna, ningún, tampoco, ni, imposible",
    "nothing": "no solo, no sólo, por qué no, nada más",
    "greeting": "hola, buenos días, buenas tardes, bienvenidos, bienvenidas, bienvenido, bienvenida, saludos",
    "thanks": "gracias, muchas gracias",
    "parting": "adiós, chao, hasta luego, hasta pronto, hasta mañana, nos vemos, buenas noches",
    "item": "primero, segundo, tercero, en primer lugar, en segundo lugar, finalmente, por último",
    "contrast": "pero, sin embargo, aunque, sino, en cambio, no obstante",
    "much": "muy, muchísimo, realmente, increíblemente, completamente, totalmente, extremadamente, enorme",
    "all": "todo, toda, todos, todas, siempre, cada, entero, entera",
    "doubt": "quizás, quizá, tal vez, a lo mejor, probablemente, posiblemente, supongo, no sé, quién sabe",
    "hesitation": "eh, em, mm, pues, a ver",
}
_FRENCH: Final[_Entries] = {
    "yes": "oui, ouais, exactement, bien sûr, d'accord, tout à fait, absolument, certainement, évidemment, en effet, "
    "sans aucun doute, pas de problème",
    "no": "non, jamais, rien, pas, aucun, aucune, ni, impossible, nulle part, pas du tout",
    "nothing": "pas seulement, pourquoi pas, n'est-ce pas, rien que",
    "greeting": "bonjour, bonsoir, salut, coucou, bienvenue",
    "thanks": "merci, merci beaucoup",
    "parting": "adieu, au revoir, à bientôt, à demain, bonne nuit, bonne journée",
    "item": "premièrement, deuxièmement, troisièmement, d'abord, ensuite, enfin, finalement",
    "contrast": "mais, cependant, pourtant, toutefois, néanmoins, au contraire, par contre",
    "much": "très, vraiment, extrêmement, tellement, incroyablement, complètement, totalement, énorme",
    "all": "tout, toute, tous, toutes, toujours, chaque, partout, entier, entière, tout le monde",
    "doubt": "peut-être, probablement, je suppose, je ne sais pas, qui sait",
    "hesitation": "euh, hum, hmm, ben, bah, voyons",
}
_ITALIAN: Final[_Entries] = {
    "yes": "sì, certo, certamente, esatto, esattamente, naturalmente, ovviamente, d'accordo, senza dubbio",
    "no": "no, non, mai, niente, nulla, nessuno, nessuna, né, neanche, nemmeno, impossibile",
    "nothing": "non solo, perché no, niente male",
    "greeting": "ciao, salve, buongiorno, buonasera, buon giorno, benvenuti, benvenute, benvenuto, benvenuta",
    "thanks": "grazie, grazie mille, molte grazie",
    "parting": "addio, arrivederci, a presto, a domani, buonanotte, ci vediamo",
    "item": "innanzitutto, in primo luogo, in secondo luogo, infine, poi",
    "contrast": "ma, però, tuttavia, invece, eppure, bensì",
    "much": "molto, davvero, estremamente, incredibilmente, completamente, totalmente, enorme, tantissimo",
    "all": "tutto, tutta, tutti, tutte, sempre, ogni, ovunque, intero, intera",
    "doubt": "forse, probabilmente, magari, suppongo, non so, chissà",
    "hesitation": "ehm, eh, beh, mah, vediamo",
}
_PORTUGUESE: Final[_Entries] = {
    "yes": "sim, claro, exato, exatamente, certamente, com certeza, sem dúvida, de acordo, isso mesmo",
    "no": "não, nunca, jamais, nada, ninguém, nenhum, nenhuma, nem, tampouco, impossível",
    "nothing": "não só, não apenas, por que não, não é",
    "greeting": "olá, oi, bom dia, boa tarde, boa noite, bem-vindos, bem-vindas, bem-vindo, bem-vinda",
    "thanks": "obrigado, obrigada, muito obrigado, muito obrigada",
    "parting": "adeus, tchau, até logo, até breve, até amanhã",
    "item": "primeiro, segundo, terceiro, em primeiro lugar, em segundo lugar, finalmente, por fim",
    "contrast": "mas, porém, contudo, entretanto, no entanto, embora",
    "much": "muito, realmente, extremamente, incrivelmente, completamente, totalmente, enorme",
    "all": "tudo, todo, toda, todos, todas, sempre, cada, inteiro, inteira",
    "doubt": "talvez, provavelmente, possivelmente, suponho, não sei, quem sabe",
    "hesitation": "hum, hã, ahn, deixa ver",
}
_CHINESE: Final[_Entries] = {
    "yes": "对, 是的, 没错, 当然, 好的, 一定, 确实",
    "no": "不, 没, 没有, 从不, 绝不, 不是, 不能, 不会",
    "nothing": "不但, 不仅, 对于, 对不起, 不同, 不错, 不断, 对象, 不久",
    "greeting": "你好, 您好, 大家好, 早上好, 晚上好, 欢迎",
    "thanks": "谢谢, 感谢",
    "parting": "再见, 拜拜, 晚安",
    "item": "第一, 第二, 第三, 首先, 其次, 最后",
    "contrast": "但是, 可是, 然而, 不过",
    "much": "非常, 十分, 特别, 真的, 极其",
    "all": "所有, 全部, 大家, 每个, 总是, 一切",
    "doubt": "也许, 可能, 大概, 不知道, 说不定",
    "hesitation": "嗯, 呃",
}

_LANGUAGES: Final[Mapping[str, _Entries]] = {
    "en": _ENGLISH,
    "de": _GERMAN,
    "es": _SPANISH,
    "fr": _FRENCH,
    "it": _ITALIAN,
    "pt": _PORTUGUESE,
    "zh": _CHINESE,
    "cmn": _CHINESE,
}
_UNSPACED: Final = ("zh", "cmn")

_Table = Mapping[tuple[str, ...], Meaning | None]
_TABLES: Final[Mapping[str, _Table]] = {
    language: {
        tuple(entry) if language in _UNSPACED else tuple(entry.split()): None if meaning == "nothing" else meaning
        for meaning, listed in entries.items()
        for entry in listed.split(", ")
    }
    for language, entries in _LANGUAGES.items()
}


class Meant(NamedTuple):
    """A word, the last of its run, with what people move to in it, by its index from `first` to `last`."""

    meaning: Meaning
    first: int
    last: int


def meanings_of(words: Sequence[str], language: str) -> Iterator[Meant]:
    """The words with a meaning, in order, the longest run at each place; none in a language that is not known."""
    key = language.casefold().replace("_", "-").partition("-")[0]
    table = _TABLES.get(key)
    if table is None:
        return
    tokens = [plain(word) for word in words]
    owners = list(range(len(tokens)))
    if key in _UNSPACED:
        owners = [owner for owner, token in enumerate(tokens) for _ in token]
        tokens = list("".join(tokens))
    longest, place = max(map(len, table)), 0
    while place < len(tokens):
        runs = (tuple(tokens[place : place + length]) for length in range(longest, 0, -1))
        run = next((run for run in runs if run in table), None)
        meaning = table[run] if run else None
        if run and meaning:
            yield Meant(meaning, owners[place], owners[place + len(run) - 1])
        place += len(run) if run else 1
