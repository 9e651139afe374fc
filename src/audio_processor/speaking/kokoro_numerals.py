"""Numbers in a Chinese text as characters that can be read: `2024` before `年` is `二零二四`, `25%` `百分之二十五`."""

import re
from typing import Final

DIGITS: Final = "零一二三四五六七八九"
UNITS: Final = ("", "十", "百", "千")
GROUPS: Final = ("", "万", "亿", "万亿")
LONGEST: Final = len(UNITS) * len(GROUPS)
"""Digits of the longest number that is read as one; longer ones, and those that begin with 0, digit by digit."""

NUMBER: Final = re.compile(
    r"(?P<year>(?<!\d)\d{4})(?=年)"
    r"|(?P<sign>(?<![A-Za-z0-9.])-)?(?P<whole>\d+(?:,\d{3})*)(?P<part>\.\d+)?(?P<share>%|％)?"
)


def said_number(match: re.Match[str]) -> str:
    """What `NUMBER` has found, as one says it in Mandarin."""
    if match["year"]:
        return _digits(match["year"])
    whole, part = match["whole"].replace(",", ""), match["part"]
    said = _digits(whole) if len(whole) > LONGEST or (whole[0] == "0" and len(whole) > 1) else whole_number(int(whole))
    if part:
        said += f"点{_digits(part[1:])}"
    return f"{'负' if match['sign'] else ''}{'百分之' if match['share'] else ''}{said}"


def _digits(written: str) -> str:
    return "".join(DIGITS[int(digit)] for digit in written)


def whole_number(number: int) -> str:
    """A number from 0 to 10^16 - 1: 10 is `十`, 105 `一百零五`, 20000 `二万`."""
    groups = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    said = ""
    for place in reversed(range(len(groups))):
        if not groups[place]:
            continue
        gap = bool(said) and (groups[place] < 1_000 or not groups[place + 1])
        said += ("零" if gap else "") + _group(groups[place]) + GROUPS[place]
    said = said or DIGITS[0]
    return said[1:] if said.startswith("一十") else said


def _group(group: int) -> str:
    """1 to 9999."""
    said, gap = "", False
    for place in reversed(range(len(UNITS))):
        digit = group // 10**place % 10
        if not digit:
            gap = bool(said)
            continue
        said += ("零" if gap else "") + DIGITS[digit] + UNITS[place]
        gap = False
    return said
