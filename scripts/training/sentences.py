"""What the voices say: sentences written for this project, and new ones made of their words."""

from collections.abc import Sequence
from typing import Final

import numpy as np

SENTENCES: Final[dict[str, tuple[str, ...]]] = {
    "en": (
        "The quick brown fox jumps over the lazy dog while a small bird watches from the old apple tree.",
        "Please bring me five or six big boxes of fresh vegetables before you leave for the market.",
        "We thought about moving to a warmer place, but nobody in the family wanted to go that far away.",
        "My mother always bakes a wonderful birthday cake with butter, plums and a pinch of pepper.",
        "Should you choose the yellow shoes, you will surely pay much more than usual.",
        "She said that the weather was far too hot for wool, so they opened every window in the house.",
        "How many people have you told about the problem with the pump in the basement?",
        "Vivid green leaves fell over the garden wall, and the children gathered them in a basket.",
        "Five thousand voters have already changed their views on the value of public service.",
        "Perhaps the boy will join us on Thursday for a cup of coffee and a bowl of soup.",
        "Good morning, everybody. Thank you for coming. Today I would like to show you what we have built.",
        "I am not sure whether the measure pleased the judge, yet the young lawyer enjoyed the argument.",
        "Mama made mashed potatoes on Monday; Papa bought a bag of popcorn and a bottle of beer.",
        "Oh no! The water is rising. Come on, everyone, move to the upper floor as fast as you can!",
        "Yes. No. Maybe. Well, I mean, it depends on how you look at it.",
        "If the economy keeps growing, more and more companies will hire people from abroad.",
        "He whispered something about a treasure, hidden beneath the northern beach, and then he vanished.",
        "One, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve.",
        "Ha ha ha! That is the funniest thing that I have heard since the summer.",
        "Our teacher taught us how to measure the depth of the river with a rope and a stone.",
        "The new bridge will be opened next February by the prime minister and the mayor of the town.",
        "Who knew that a garage could hold so many chairs, jars, chains and cheap umbrellas?",
        "A bowl of hot soup, a loaf of brown bread and a piece of blue cheese would be lovely.",
        "You ought to follow the path through the woods until you see a narrow road on your left.",
        "My favourite movie is about a baby elephant that becomes a famous painter in Paris.",
        "La la la, we sing along, low and slow, all the way home.",
        "They asked whether we were happy with the way in which our taxes are being used.",
        "Just imagine: a voice without a face, a face without a voice, and nobody in between.",
        "The vicious wolf vowed to avenge his wounded brother before the full moon of November.",
        "In this short film we explain, step by step, how to make a paper boat that really floats.",
    ),
    "de": (
        "Der alte Mann ging langsam über die Brücke und dachte an seine Jugend im Süden.",
        "Möchten Sie lieber Apfelkuchen oder ein Stück Pflaumenkuchen mit Sahne?",
        "Im Februar fiel so viel Schnee, dass wir das Haus kaum verlassen konnten.",
        "Guten Morgen! Wir freuen uns, dass so viele Menschen heute zu uns gekommen sind.",
        "Meine Mutter backt am liebsten Brot, Brezeln und Zwetschgenkuchen für die ganze Familie.",
        "Ob es regnet oder schneit, der Zug nach München fährt pünktlich um fünf vor zwölf.",
        "Fünf flinke Füchse fanden auf dem Hof öfter frische Fische als Vögel.",
        "Ich weiß nicht, was soll ich sagen? Das Problem ist größer, als wir vermutet haben.",
        "Schöne junge Bäume wuchsen zwischen den grauen Häusern am Ufer des Flusses.",
    ),
    "es": (
        "La profesora explica con paciencia cómo funciona el nuevo programa de estudios.",
        "Por favor, póngame un vaso de agua y un bocadillo de jamón.",
        "Mañana vamos a la playa con mis primos y llevaremos una sombrilla amarilla.",
        "El perro de mi vecino ladra toda la noche y nadie en el barrio puede dormir.",
        "Buenos días a todos. Hoy quiero hablarles de un problema muy importante.",
        "Los jóvenes empezaron a bailar cuando sonó la música de la orquesta.",
        "Me parece bien que vengas, pero no olvides traer el mapa y la brújula.",
        "Había una vez un rey que no sabía reír ni llorar.",
    ),
    "it": (
        "La mamma prepara la pasta con pomodoro, basilico e un poco di formaggio.",
        "Buongiorno a tutti, oggi parliamo di come cambia il nostro paese.",
        "Il bambino ha perso la palla rossa vicino al ponte del fiume.",
        "Non so se verranno anche gli amici di Giuseppe, forse arrivano domani sera.",
        "Gli uomini e le donne del villaggio lavorano insieme nella vigna.",
        "Che bella giornata! Andiamo a fare una passeggiata lungo la spiaggia.",
        "Prima di partire bisogna chiudere bene le finestre e spegnere la luce.",
        "Un vecchio pescatore mi raccontava storie di mare, di vento e di tempesta.",
        "Quando piove, preferisco leggere un buon libro sotto una coperta morbida.",
    ),
    "ru": (
        "Моя бабушка каждое утро пьёт чай с малиновым вареньем и смотрит в окно.",
        "Доброе утро! Сегодня мы поговорим о погоде, о музыке и о новых книгах.",
        "Маленький мальчик бежал по берегу реки и громко звал свою собаку.",
        "Почему вы не пришли вчера, когда все друзья собрались в большом доме?",
        "Пять минут назад поезд отошёл от платформы, и мы опоздали.",
        "Я люблю гулять в лесу, где шумят высокие сосны и поют птицы.",
        "Учёные объявили, что открыли новый способ хранить энергию.",
        "Папа купил яблоки, помидоры, хлеб и бутылку молока.",
        "Завтра будет холодно, поэтому возьмите тёплую шапку и шарф.",
    ),
    "pl": (
        "W małym mieście nad rzeką mieszkał kiedyś bardzo bogaty kupiec.",
        "Dzień dobry państwu, zaczynamy od najważniejszych wiadomości dnia.",
        "Moja babcia piecze pyszne pierogi z kapustą i grzybami.",
        "Czy możesz mi powiedzieć, gdzie jest najbliższy przystanek autobusowy?",
        "Wczoraj padał deszcz, a dzisiaj świeci słońce i wieje ciepły wiatr.",
        "Książę jechał przez ciemny las i śpiewał wesołą piosenkę.",
        "Pięć żółtych ptaków usiadło na płocie przed naszym domem.",
    ),
    "pt-br": (
        "O menino pequeno brincava na praia enquanto a mãe preparava o almoço.",
        "Bom dia a todos, vamos começar a reunião com as boas notícias.",
        "Não sei por que o povo daqui gosta tanto de futebol e de música.",
        "A professora pediu que abríssemos o livro na página vinte e cinco.",
        "Meu avô vendeu o barco velho e comprou um pomar de laranjas.",
        "Quando chove muito, o rio sobe e a ponte fica debaixo da água.",
        "Queria um café com leite, um pão com manteiga e um pedaço de bolo.",
    ),
    "cs": (
        "Máma peče bábovku a tatínek opravuje plot před domem.",
        "Dobrý den, vítáme vás u večerních zpráv a předpovědi počasí.",
        "Včera jsme šli do lesa na houby a potkali jsme starého myslivce.",
        "Proč jsi mi neřekl, že vlak odjíždí už v půl páté?",
        "Malý chlapec hodil kámen do vody a smál se, jak žába skáče.",
        "Na podzim padá listí a vítr fouká kolem vysoké věže.",
        "Můj přítel by rád koupil nové auto, ale nemá dost peněz.",
        "Babička vypráví pohádku o zlaté rybce a chudém rybáři.",
        "Účet, prosím. Zaplatíme dohromady, děkujeme a na shledanou.",
    ),
    "cmn": (
        "我明天早上八点去北京开会，你要不要跟我一起去？",
        "爸爸妈妈每天晚上在公园里散步。",
        "大家好，欢迎收看今天的新闻节目。",
        "这个问题很复杂，我们需要更多的时间来研究。",
        "妹妹把苹果放在桌子上，然后跑出去玩了。",
        "春天来了，花开了，鸟儿在树上唱歌。",
        "请问，火车站怎么走？离这里远不远？",
        "他不但会说法语，而且会写很漂亮的毛笔字。",
    ),
    "fr": (
        "Le petit garçon regarde la pluie tomber sur les feuilles du jardin.",
        "Mon père préfère boire du café avec un peu de beurre sur son pain.",
        "Bonjour à tous, et bienvenue dans cette nouvelle émission.",
        "Nous avons beaucoup voyagé, mais jamais aussi loin que cette année.",
        "Est-ce que vous pourriez me montrer le chemin de la mairie, s'il vous plaît ?",
        "Hier soir, une vieille dame a perdu son parapluie bleu sur le pont.",
        "Chaque jeudi, les jeunes du village jouent de la musique sur la place.",
        "Il vaut mieux attendre que le vent tombe avant de sortir le bateau.",
    ),
    "tr": (
        "Küçük bir köyde yaşayan yaşlı adam her sabah bahçesine bakardı.",
        "Günaydın arkadaşlar, bugün size yeni bir şey göstermek istiyorum.",
        "Annem pazardan peynir, zeytin, biber ve bir buket çiçek aldı.",
        "Bu problem sandığımızdan çok daha büyük ve önemli olabilir.",
        "Yağmur yağıyor, şemsiyeni almayı unutma, yoksa ıslanırsın.",
        "Beyaz gemi boğazdan geçerken martılar peşinden uçtu.",
    ),
    "nl": (
        "De bakker om de hoek verkoopt het lekkerste brood van de hele buurt.",
        "Goedemorgen allemaal, fijn dat jullie er vandaag weer bij zijn.",
        "Mijn broer woont in een klein huis aan het water met een blauwe deur.",
        "Wie heeft er gisteren vergeten om het raam dicht te doen?",
        "Vijf vogels vlogen over de brug toen de zon langzaam onderging.",
        "Wij geloven dat het probleem binnen een paar maanden wordt opgelost.",
    ),
    "ja": (
        "おはようございます。きょうは とても いい てんき ですね。",
        "わたしは まいあさ ぱんと たまごを たべて、こーひーを のみます。",
        "ちいさな むらに ひとりの おじいさんが すんでいました。",
        "あした ともだちと いっしょに うみへ いく つもりです。",
        "えきまで どうやって いけば いいですか。",
        "ぼくの いぬは しろくて、ふわふわ しています。",
    ),
    "fi": (
        "Pieni poika juoksi metsän läpi mummolaan ja söi pullaa.",
        "Hyvää huomenta kaikille, tänään puhumme uusista asioista.",
        "Äiti osti kaupasta leipää, maitoa, perunoita ja omenoita.",
        "Miksi et kertonut minulle, että juna lähtee jo kello viisi?",
        "Vanha vene keinui hiljaa järven rannalla koko yön.",
        "Bussi pysähtyi, ja väsyneet matkustajat nousivat kyytiin.",
        "Talvella lunta on paljon, ja lapset hiihtävät kouluun.",
        "Minun mielestäni tämä päivä on ollut oikein mukava.",
        "Laulaja hymyili yleisölle ja aloitti uuden laulun.",
    ),
    "hi": (
        "मेरी माँ बाज़ार से फल और सब्ज़ी लाती है।",
        "नमस्ते, आज हम एक नई कहानी सुनेंगे।",
        "छोटा लड़का नदी के पास पतंग उड़ा रहा था।",
        "क्या आप मुझे बता सकते हैं कि स्टेशन कहाँ है?",
        "बारिश के बाद पूरा गाँव हरा और सुंदर दिखता है।",
        "पिताजी ने पाँच किताबें और एक पीला बस्ता खरीदा।",
    ),
    "sw": (
        "Mtoto mdogo alikimbia kando ya mto akimwita mbwa wake.",
        "Habari za asubuhi, leo tutazungumza juu ya mambo mapya.",
        "Mama alinunua mkate, maziwa, ndizi na embe sokoni.",
        "Mvua ikinyesha sana, daraja hufunikwa na maji.",
        "Bibi yangu hupenda kusimulia hadithi za zamani.",
    ),
    "el": (
        "Ο παππούς κάθε πρωί πίνει τον καφέ του και κοιτάζει τη θάλασσα.",
        "Καλημέρα σας, σήμερα θα μιλήσουμε για ένα πολύ σημαντικό θέμα.",
        "Το μικρό παιδί έτρεχε στην παραλία με μια μπλε μπάλα.",
        "Μπορείτε να μου πείτε πού βρίσκεται ο σταθμός;",
        "Βρέχει πολύ, γι' αυτό πάρε μαζί σου την ομπρέλα.",
    ),
    "ca": (
        "La meva mare prepara un bon dinar amb verdures, peix i pa amb tomata.",
        "Bon dia a tothom, avui parlarem dels llibres nous de la biblioteca.",
        "El noi petit jugava a la platja mentre plovia a la muntanya.",
        "Per què no vas venir ahir, quan tots els amics eren a casa?",
        "Un vell pescador explicava històries de vent i de tempesta.",
        "Quan arriba la primavera, els ocells canten i els camps es tornen verds.",
        "Voldria un cafè amb llet, un tros de formatge i una poma vermella.",
        "Demà marxem cap a Girona amb el primer tren del matí.",
    ),
}


def _words(text: str, between: str) -> tuple[str, ...]:
    return tuple(text.split(between))


ADJECTIVES: Final = _words(
    "small big old young happy quiet famous broken yellow purple bright narrow warm cheap foolish honest brave "
    "lovely thick thin heavy whole empty public simple perfect usual vague royal rough smooth northern golden",
    " ",
)
NOUNS: Final = _words(
    "farmer teacher window bottle mouth thumb bridge village voice father baby garden machine problem summer "
    "river pepper movie judge measure boy kitchen wolf shoe beach market picture author weather poem lamb "
    "treasure chapel umbrella vision cowboy paper bath toy room food moon book bush cup apple army oven",
    " ",
)
VERBS: Final = _words(
    "watches follows moves makes buys breaks finds remembers opens washes pushes pulls leaves loves changes "
    "thanks covers believes paints shows brings proves improves avoids mentions enjoys chooses uses wraps",
    " ",
)
PLACES: Final = _words(
    "before breakfast|behind the house|above the water|for a while|without a map|on Wednesday|in the "
    "morning|near the shore|with both thumbs|by the fire|over there|from far away|at the party|for my brother",
    "|",
)
OPENERS: Final = _words(
    "Maybe,|Of course,|I believe that|We hope that|Well,|You know that|Believe me,|Tomorrow|They say that|"
    "But|And so|Why do you think that|Oh,|Please remember that|Somehow",
    "|",
)


def sentences(language: str, count: int, random: np.random.Generator) -> list[str]:
    """`count` sentences: those written, then new ones: of a small grammar in English, of shuffled words elsewhere."""
    written = list(SENTENCES[language])
    made = [_grammatical(random) if language == "en" else _shuffled(written, random) for _ in range(count)]
    order = random.permutation(len(written))
    return ([written[i] for i in order] + made)[:count]


def _shuffled(written: Sequence[str], random: np.random.Generator) -> str:
    """Words of two sentences in another order; a script without spaces keeps its sentences, joined."""
    one, other = (str(written[i]) for i in random.choice(len(written), 2, replace=False))
    words = f"{one} {other}".split()
    if len(words) <= 3:
        return one + other
    picked = random.permutation(len(words))[: int(random.integers(6, 13))].tolist()
    return " ".join(words[i].strip("?!.;:") for i in picked) + "."


def _grammatical(random: np.random.Generator) -> str:
    def one(words: Sequence[str]) -> str:
        return words[int(random.integers(len(words)))]

    def thing() -> str:
        return f"the {one(ADJECTIVES)} {one(NOUNS)}"

    clauses = [f"{thing()} {one(VERBS)} {thing()} {one(PLACES)}" for _ in range(random.integers(1, 3))]
    return f"{one(OPENERS)} {', and '.join(clauses)}."
