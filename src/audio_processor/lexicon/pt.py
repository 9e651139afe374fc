"""Portuguese words of feeling."""

from typing import Final

from audio_processor.lexicon.entries import Lexicon

PORTUGUESE: Final = Lexicon(
    feelings={
        "happy": """
            feliz felizes felicidade* content* alegr* rir ri rindo riso risada* sorri* divert* amo ama amar amamos
            amor amad* adoro ador* orgulh* grato grata agradec* obrigado obrigada parabéns festa* festej* celebr*
            comemor* entusiasm* animad* empolgad* oba
        """,
        "sad": """
            triste* tristeza chor* lágrima* dor pena infeliz* desespe* deprim* depress* melancol* saudade* lament*
            arrepend* sozinh* solidão morte morto morta morreu morrer funeral perdi perdeu perda* perdid* adeus
            despedida* decepcion* sofr* luto infelizmente
        """,
        "angry": """
            zangad* raiva* furios* fúria ira cólera odeio odei* ódio indign* irrit* aborrec* insult* idiota* estúpid*
            maldit* mentiros* mentira* traí* trai* injust* grit* briga* brigar culpa* inaceitáve* insuportáve* fart*
        """,
        "fearful": """
            medo* temor temo teme temer temem assust* susto* terror* aterr* pânico apavor* horror* preocup* ansied*
            ansios* nervos* perigo* ameaç* alarm* angúst* indefes* emergência
        """,
        "disgusted": """
            nojo* nojent* repugn* repuls* náusea* vomit* vômit* fede fedem fedor* sujo* suja* sujeira podre* eca credo
        """,
        "surprised": "surpre* surpreend* espant* incríve* inesperad* repente uau chocad* atônit* admirad*",
        "good": """
            bom boa bons boas bem melhor melhores excelente* maravilh* lindo* linda* bonit* ótim* fantástic* perfeit*
            sucesso* ganh* vencer venc* vitória* esperança* paz gentil amig* calm* tranquil* segur* doce* agradáve*
        """,
        "bad": """
            mau má maus mal pior piores terríve* horríve* péssim* fracass* problema* feio* feia* inúti* chato chata
            difíci* crise* desastre* catástrof* cruel cruéis malvad* vergonh* guerra* grave* erro erros errad*
        """,
    },
    negations="não nem nunca jamais nada ninguém nenhum nenhuma sem tampouco",
    stronger="muito muita tão realmente totalmente absolutamente completamente extremamente demais",
    weaker="pouco bastante levemente quase meio",
)
