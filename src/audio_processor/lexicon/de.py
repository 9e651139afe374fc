"""German words of feeling."""

from typing import Final

from audio_processor.lexicon.entries import Lexicon

GERMAN: Final = Lexicon(
    feelings={
        "happy": """
            glücklich* glück froh* fröhlich* freu* freude* gefreut lach* gelacht lächel* lust* spaß spass jubel*
            jubeln heiter* begeister* liebe lieben liebt geliebt* verliebt* stolz* dankbar* danke vergnüg* feier*
            gefeiert glückwunsch hurra juhu toll toller tolle tolles zufrieden*
        """,
        "sad": """
            traurig* trauer* unglücklich* wein weine weinen weint weinte geweint tränen träne kummer leid leider
            leiden leidet verzweifel* hoffnungslos* einsam* allein deprimier* bedrück* schwermut* wehmut* bedauer*
            vermiss* verlust verloren* gestorben tod tot tote starb beerdigung abschied enttäusch* herzschmerz elend*
            jammer*
        """,
        "angry": """
            wütend* wut zorn* ärger* verärger* empör* hass* hasse hassen hasst gehasst rasend* aufgebracht* genervt*
            nerv* beleidig* idiot* dumm* verdammt* frech* unverschämt* lüg* gelogen betrog* betrüg* ungerecht* schrei*
            streit* gestritten unerhört* scheiße mist blöd*
        """,
        "fearful": """
            angst ängst* furcht* fürcht* gefürchtet erschreck* erschrock* schreck* panik* panisch* entsetz* grauen*
            grusel* sorge sorgen besorgt* bang* bedroh* gefahr* gefährlich* nervös* unruhig* hilflos* notfall
        """,
        "disgusted": """
            ekel* eklig* angeekelt* widerlich* abscheu* abstoßend* abstossend* igitt pfui kotz* übelkeit stink*
            faulig* schmutzig* widerwärtig* verdorben*
        """,
        "surprised": """
            überrasch* erstaun* verblüff* staun* gestaunt wow unglaublich* plötzlich* unerwartet* schock* fassungslos*
            wahnsinn donnerwetter
        """,
        "good": """
            gut gute guter gutes guten besser* beste* wunderbar* schön* großartig* grossartig* herrlich*
            ausgezeichnet* fantastisch* perfekt* erfolg* gewinn* gewonnen sieg* hoffnung hoffe hoffen frieden* freund*
            nett* lieb lieber hilfreich* prima super klasse angenehm* sicher* warm
        """,
        "bad": """
            schlecht* schlimm* furchtbar* schrecklich* übel fürchterlich* falsch* fehler* versag* scheiter* problem*
            hässlich* nutzlos* wertlos* langweil* schmerz* schwierig* krise* katastroph* grausam* böse* schuld* scham*
            schäm* krieg* unfall*
        """,
    },
    negations="nicht nichts kein keine keinen keiner keines keinem nie niemals niemand ohne weder kaum nirgends",
    stronger="sehr so wirklich total völlig absolut äußerst extrem richtig ganz zutiefst überaus echt",
    weaker="etwas wenig leicht ziemlich eher halbwegs fast bisschen teilweise",
    denies_after=True,
)
