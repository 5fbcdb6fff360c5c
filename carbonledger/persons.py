"""Natural persons in texts: identity numbers, mobile phones, names; and how each is masked.

Identity numbers follow GB 11643-1999: six digits of place, the day of birth, three digits of order,
a check digit by ISO 7064 mod 11-2; the older ones have 15 digits and no check digit.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import lru_cache

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK = "10X98765432"
PROVINCE = re.compile("1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")
BORN_BY = 2010
"""Whoever owes a bank money was born by then; a bank's own numbers often hold a later day."""

_GAP = "[ -]?"
_LONG = re.compile(rf"(?<!\d)\d{{6}}{_GAP}\d{{4}}{_GAP}\d\d{_GAP}\d\d{_GAP}\d{{3}}[\dXxＸｘ](?!\d)")
_OLD = re.compile(r"(?<!\d)\d{15}(?!\d)")
_PHONE = re.compile(
    rf"(?<!\d)(?<!\d\.)(?:[+＋]?86{_GAP})?[1１][3-9３-９]\d{_GAP}\d{{4}}{_GAP}\d{{4}}(?!\d)"
)
_DOCUMENT = re.compile(r"[DEGKPS][A-Z]?\d{7,8}|[CHM]\d{8,10}|[A-Z]{3}\d{12}")
"""Passports, permits of Hong Kong, Macao and Taiwan residents, older residence cards."""
_PLAIN = re.compile(r"[-+\d.,%/:年月日 ]{1,17}")
_HAN = "\u3400-\u9fff"
_WORD = re.compile(f"[{_HAN}]+(?:·[{_HAN}]+)*")
_ROLE = re.compile(
    "((?:联系|制表|填表|复核|审核|审批|经办|负责|担保|借款|申请|编制|制单|保证)人|法定代表人|法人代表"
    f"|客户经理|信贷员|主管|配偶|姓名)([:： ]*)([{_HAN}·]{{2,4}})"
)
_ORGANISATION = re.compile(
    "公司|集团|银行|厂|店|社|局|院|部|所|站|园|场|中心|学校|大学|协会|基金|政府|委员会|合作|企业"
    "|支行|分行|商行|经营部|事务|工作室|业$|类$|款$|贷$|币$|元$|省$|市$|区$|县$|镇$|乡$|村$"
)
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏"
    "吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万"
    "钱严覃武戴莫孔向汤葛聂欧司上诸尉皇东慕"
)


def is_identity_number(text: str) -> bool:
    """Whether the whole text is a valid identity number of an adult, 18 digits."""
    return is_valid(_half(text).strip(), BORN_BY)


@lru_cache(maxsize=65_536)
def is_valid(number: str, born_by: int = 2099) -> bool:
    """Whether 18 characters are an identity number: place, day of birth and check digit."""
    if not re.fullmatch(r"[0-9]{17}[0-9Xx]", number):
        return False
    if not PROVINCE.match(number):
        return False
    if not 1900 <= int(number[6:10]) <= born_by or not _is_day(number[6:14]):
        return False
    total = sum(int(d) * w for d, w in zip(number, WEIGHTS, strict=False))
    return CHECK[total % 11] == number[17].upper()


def _is_day(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True


def is_old_number(text: str) -> bool:
    """Whether 15 digits could be an identity number of before 1999."""
    number = _half(text)
    shaped = re.fullmatch(r"[0-9]{15}", number) is not None and PROVINCE.match(number) is not None
    return shaped and _is_day("19" + number[6:12])


def is_document(text: str) -> bool:
    """Whether it could be a person's document or phone; only the row can say that it is."""
    plain = _half(text).strip().upper()
    return (
        is_old_number(plain)
        or _DOCUMENT.fullmatch(plain) is not None
        or _PHONE.fullmatch(plain) is not None
    )


def is_organisation(name: str) -> bool:
    """Whether a name says what kind of organisation it is."""
    return _ORGANISATION.search(name) is not None


@lru_cache(maxsize=65_536)
def is_name(text: str) -> bool:
    """Whether it could be the name of a person: a usual surname, two to four characters."""
    plain = text.strip().replace(" ", "")
    if not _WORD.fullmatch(plain) or is_organisation(plain):
        return False
    return "·" in plain or (2 <= len(plain) <= 4 and plain[0] in _SURNAMES)


@lru_cache(maxsize=65_536)
def masked(text: str) -> str:
    """The text with every identity number and mobile phone in it shown as a pattern."""
    if sum(map(str.isdigit, text)) < 11:
        return text
    text = _LONG.sub(lambda m: _ends(m.group()) if _is_long(m.group()) else m.group(), text)
    text = _OLD.sub(lambda m: _ends(m.group()) if is_old_number(m.group()) else m.group(), text)
    return _PHONE.sub(lambda m: m.group()[0] + "*" * (len(m.group()) - 1), text)


def _is_long(number: str) -> bool:
    return is_valid(re.sub("[ -]", "", _half(number)))


def _ends(text: str) -> str:
    return text[0] + "*" * (len(text) - 2) + text[-1]


def masked_names(text: str) -> str:
    """The same, and every word that could be a person's name or follows a person's role."""
    text = _ROLE.sub(lambda m: m.group(1) + m.group(2) + hidden(m.group(3)), masked(text))
    return _WORD.sub(lambda m: hidden(m.group()) if is_name(m.group()) else m.group(), text)


def pattern(text: str) -> str:
    """A cell of a person as it is shown: short numbers and dates as they are, else a pattern."""
    if _PLAIN.fullmatch(text) and masked(text) == text:
        return text
    return _ends(text) if is_identity_number(text) else hidden(text)


def hidden(text: str) -> str:
    """The first character, and a star for each of the others."""
    return text[:1] + "*" * (len(text) - 1)


def blinded(text: str) -> str:
    """A text that may quote cells, without Chinese words and long numbers."""
    starred = re.sub(f"[{_HAN}]", "*", masked(text))
    return re.sub(r"\d{7,}[Xx]?", lambda m: "*" * len(m.group()), starred)


def _half(text: str) -> str:
    return unicodedata.normalize("NFKC", text)
