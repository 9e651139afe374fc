"""Words whose full stop does not end a sentence."""

from typing import Final


def listed(words: str) -> frozenset[str]:
    """What stands in `words`, parted by spaces and lines."""
    return frozenset(words.split())


ALWAYS: Final = listed(
    """
    dr mr mrs ms prof st sr sra srta dra mme mlle gen col capt lt sgt rev hon gov sen rep pres fr
    no nos vs vol fig figs ed eds pp p approx ca cf viz al v ver jan feb mar apr jun jul aug sep sept oct nov dec
    mt ft ave blvd e.g i.e eg ie ud uds núm pág págs art tel bzw z.b d.h u.a vgl hr nr str ggf evtl sog s.a
    """
)
"""Something always follows them."""

OFTEN: Final = listed("etc inc ltd co corp jr bros dept est usw bspw p.m a.m u.s u.k u.n d.c ph.d b.c a.d ee.uu")
"""These may end a sentence too; then the next begins with one of `STARTERS`."""

STARTERS: Final = listed(
    """
    The A An He She It We You They I This That These Those There Then But And So Or If When While What Who Why How
    Where Is Are Was Were Do Does Did Can Could Would Will My Your His Her Our Their In On At For
    El La Los Las Un Una Yo Tú Él Ella Nosotros Ellos Ellas Usted Esto Eso Este Esta Pero Y Si Cuando En Por Que Qué
    Der Die Das Ein Eine Ich Du Er Sie Es Wir Ihr Und Aber Wenn Dann Le Les Un Une Je Tu Il Elle Nous Vous Ils Mais Et
    """
)
