"""Italian words of feeling."""

from typing import Final

from audio_processor.lexicon.entries import Lexicon

ITALIAN: Final = Lexicon(
    feelings={
        "happy": """
            felice* felici felicità content* gioi* allegr* lieto lieta ridere rido ride ridono risat* sorri* divert*
            amo ama amare amiamo amato amata amore* adoro ador* orgogli* grazie grato grata congratul* complimenti
            festa feste festegg* entusias* emozionat* evviva auguri
        """,
        "sad": """
            triste* tristi tristezza piang* pianto lacrim* dolore addolor* infelic* disper* deprim* depress* malincon*
            nostalg* rimpian* rimpiang* mancanza manchi manca solitudine morte morto morta morì funerale perso persa
            perdita addio delus* delusione soffr* lutto purtroppo
        """,
        "angry": """
            arrabbi* rabbia furios* furia ira collera odio odi odia odiare indign* irrit* infastid* insult* idiota*
            stupid* maledett* bugiard* bugia bugie tradi* ingiust* urlare urlo urla grid* litig* colpa inaccettabil*
            insopportabil* stufo stufa basta
        """,
        "fearful": """
            paura* pauros* timore temo temi teme temere temiamo temono spavent* terror* terrorizz* panico orrore
            preoccup* ansia ansios* nervos* pericol* minacc* allarm* angosci* indifes* emergenza
        """,
        "disgusted": "disgust* schifo* schifos* ripugn* nausea* nause* vomit* puzz* sporc* marci* bleah",
        "surprised": """
            sorpre* sorprend* stup* meravigliat* incredibil* inaspettat* improvvis* sbalord* scioccat* caspita
        """,
        "good": """
            buono buona buoni buone bene meglio migliore* ottim* meravigli* magnific* bello bella belli belle
            bellissim* fantastic* perfett* success* vinc* vittoria* speranz* pace gentil* amico amica amici calm*
            tranquill* sicur* dolc* splendid* piacevol*
        """,
        "bad": """
            male cattiv* peggio peggiore* terribil* orribil* pessim* sbagliat* fallit* falliment* problem* brutt*
            inutil* noios* noia difficil* crisi disastr* catastrof* crudel* malvag* vergogn* guerra* grave error*
        """,
    },
    negations="non né no mai niente nulla nessuno nessuna senza neanche nemmeno appena",
    stronger="molto molta tanto così davvero veramente totalmente assolutamente completamente estremamente troppo",
    weaker="poco abbastanza leggermente quasi piuttosto",
)
