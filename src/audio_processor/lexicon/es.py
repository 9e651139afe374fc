"""Spanish words of feeling."""

from typing import Final

from audio_processor.lexicon.entries import Lexicon

SPANISH: Final = Lexicon(
    feelings={
        "happy": """
            feliz felices felicidad felicit* felicidades contento* contenta* alegr* gozo* goz* ríe reír río risa risas
            sonrí* sonri* sonrisa* divert* diviert* encant* amor amo ama amar amamos amado* amada* querido* querida*
            orgullo* orgullos* agradec* gracias celebr* fiesta* entusiasm* emocionad* ilusion* bravo enhorabuena
        """,
        "sad": """
            triste* tristeza llor* lágrima* pena penas dolor* dolid* infeliz infelices desdich* soledad deprim*
            desesper* melancol* nostalg* lament* arrepent* extrañ* murió muerte muerto* muerta* perdí perdió pérdida*
            perdid* funeral adiós despedida* decepcion* sufr* desconsol* luto
        """,
        "angry": """
            enoj* enfad* furios* furia ira rabia rabios* cólera odi* odio indign* irrit* molest* insult* idiota*
            estúpid* maldit* mentiros* mentira* traicion* injust* gritar grito gritos grita pelea* pelear culpa*
            inaceptable* insoportable* harto harta
        """,
        "fearful": """
            miedo* temor* temer temo teme temí asust* susto* terror* aterr* pánico espant* horror* preocup* ansied*
            ansios* nervios* peligro* amenaz* alarm* angusti* indefens* emergencia
        """,
        "disgusted": """
            asco* asqueros* repugn* repuls* náusea* nausea* vomit* vómito* apest* sucio* sucia* podrid* puaj
        """,
        "surprised": """
            sorpre* sorprend* asombr* increíble* inesperad* repente caramba impact* atónit* pasmad* boquiabiert*
        """,
        "good": """
            bueno* buena* buen bien mejor mejores excelente* maravill* hermos* bonit* precios* genial* fantástic*
            perfect* éxito* ganar gana gané ganó victoria* esperanza* paz amable* amig* tranquil* segur* dulce*
            estupend* magnífic* lindo* linda*
        """,
        "bad": """
            malo* mala* mal peor peores terrible* horrible* pésim* fatal fracas* problema* feo* fea* inútil* aburrid*
            difícil* crisis desastre* catástrof* cruel* malvad* vergüenza* guerra* daño* equivocad* error*
        """,
    },
    negations="no ni nunca jamás nada nadie ningún ninguno ninguna sin tampoco apenas",
    stronger="muy mucho mucha tan realmente totalmente absolutamente completamente sumamente demasiado qué",
    weaker="poco algo bastante ligeramente casi medio",
)
