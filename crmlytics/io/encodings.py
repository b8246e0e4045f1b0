"""The encoding of a text: marks, strict UTF-8, NULs, and letters where decoding cannot fail."""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import NamedTuple

from crmlytics.errors import UnreadableFileError

_SAMPLE = 1_000_000
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: Letters beyond ASCII of the languages written in each Windows code page (lower case).
_ALPHABETS = {
    "cp1251": (
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
        "абвгдеёжзійклмнопрстуўфхцчшыьэюя",
        "абвгдђежзијклљмнњопрстћуфхцчџш",
        "абвгдѓежзѕијклљмнњопрстќуфхцчџш",
    ),
    "cp1250": (
        "ąćęłńóśźż",
        "áčďéěíňóřšťúůýž",
        "áäčďéíĺľňóôŕšťúýž",
        "áéíóöőúüű",
        "ăâîşţșț",
        "čćđšž",
    ),
    "cp1252": (
        "äöüß",
        "àâæçèéêëîïôœùûüÿ",
        "áéíñóúü",
        "àáâãçéêíóôõú",
        "àèéìíòóùú",
        "äåöæøé",
        "áéíóúýþæöð",
        "èéëïöóüíá",
    ),
}
_SLAVIC = frozenset("łč")
# What may stand beside a word without belonging to it.
_NEUTRAL = "\u00a0€‚„…‹›‘’“”•–—«»·°№§©®™±¶†‡‰"
_TOKEN = re.compile(rf"(?:[A-Za-z]|(?![{_NEUTRAL}])[^\x00-\x7f])+")
_CLEAR = 0.2  # how much better than the second the best code page must be
_LIKELY = 0.5


class Decoded(NamedTuple):
    """A text in UTF-8 without a mark, and the encoding it came in."""

    utf8: bytes
    encoding: str


def decode(data: bytes, name: str, encoding: str | None) -> Decoded:
    """Turn bytes into UTF-8 by the encoding given, or by the one found."""
    found = encoding if encoding is not None else _detect(data, name)
    if encoding is not None:
        _check_forced(data, name, encoding)
    try:
        text = data.decode(found)
    except UnicodeDecodeError as error:
        raise UnreadableFileError(
            f"{name!r} is not in the encoding {found}: byte {error.start} cannot be decoded; "
            + ("the file is damaged" if encoding is None else "leave encoding out to detect it")
        ) from None
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        raise UnreadableFileError(
            f"{name!r} holds NUL characters as {found}: it is a binary file or in UTF-16"
        )
    if not text.strip():
        raise UnreadableFileError(f"{name!r} is empty (nothing but blanks); export it again")
    if found == "utf-8":
        return Decoded(data.removeprefix(codecs.BOM_UTF8), found)
    return Decoded(text.encode("utf-8"), found)


def check_encoding(encoding: str) -> str:
    """Return Python's own name of an encoding of text; refuse others, such as base64."""
    try:
        "".encode(encoding)
        return codecs.lookup(encoding).name
    except (LookupError, TypeError, ValueError) as error:
        raise ValueError(
            f"encoding must be one of text that Python knows, got {encoding!r}"
        ) from error


def _check_forced(data: bytes, name: str, encoding: str) -> None:
    canonical = check_encoding(encoding)
    # Asked for UTF-16, plain text decodes into Chinese without an error.
    if (
        canonical.startswith("utf-16")
        and b"\0" not in data
        and data[:2] not in (b"\xff\xfe", b"\xfe\xff")
    ):
        raise UnreadableFileError(
            f"{name!r} is not in the encoding {encoding}: it holds no NUL byte; "
            "leave encoding out to detect it"
        )


def _detect(data: bytes, name: str) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    sample = data[:_SAMPLE]
    if b"\0" in sample:
        return _utf_16_without_mark(sample, name)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return _code_page(data, name)
    return "utf-8"


def _utf_16_without_mark(sample: bytes, name: str) -> str:
    for encoding in ("utf-16-le", "utf-16-be"):
        text = sample[: len(sample) // 2 * 2].decode(encoding, errors="replace")
        usual = sum(
            sign in "\t\r\n" or " " <= sign < "\u0530" or "\u2000" <= sign < "\u20d0"
            for sign in text
        )
        # In the wrong byte order letters turn into Chinese; in a binary file nothing fits.
        if "\0" not in text and usual > 0.9 * len(text) and re.search("[\r\n,;\t|]", text):
            return encoding
    raise UnreadableFileError(
        f"{name!r} is a binary file: it holds NUL bytes and is not UTF-16; export it as text"
    )


def _code_page(data: bytes, name: str) -> str:
    sample = data[:_SAMPLE]
    control = sum(byte < 32 and byte not in b"\t\n\r\f\v" for byte in sample)
    if control > 0.005 * len(sample):
        raise UnreadableFileError(
            f"{name!r} is a binary file: {control} of the first {len(sample)} bytes are control "
            "characters; export it as text"
        )
    readings: dict[str, str] = {}
    for encoding in _ALPHABETS:
        try:
            # The whole file must decode: each code page leaves a few bytes undefined.
            readings[encoding] = data.decode(encoding)[:_SAMPLE]
        except UnicodeDecodeError:
            continue
    scores = {encoding: _score(text, _ALPHABETS[encoding]) for encoding, text in readings.items()}
    ranked = sorted(scores, key=lambda one: scores[one], reverse=True)
    if not ranked or (scores[ranked[0]] < _LIKELY and len(set(readings.values())) > 1):
        raise UnreadableFileError(
            f"{name!r} is in no encoding that can be detected (UTF-8, UTF-16, cp1251, cp1250, "
            "cp1252); pass encoding="
        )
    best = ranked[0]
    rivals = [
        one
        for one in ranked[1:]
        if scores[best] - scores[one] < _CLEAR and readings[one] != readings[best]
    ]
    if rivals:
        one, other = _first_difference(readings[best], readings[rivals[0]])
        raise UnreadableFileError(
            f"the encoding of {name!r} is not clear: what is {one!r} as {best} is {other!r} as "
            f"{rivals[0]}; pass encoding={best!r} or encoding={rivals[0]!r}"
        )
    # Where two code pages read alike, the choice changes nothing.
    return best


def _score(text: str, alphabets: tuple[str, ...]) -> float:
    """Share of plausible words beyond ASCII in the best language, from -1 to 1."""
    words = {word for word in _TOKEN.findall(text) if not word.isascii()}
    words = {word for word in words if len(word) > 1} or words
    if not words:
        return 1.0
    return max(
        sum(1 if _is_plausible(word, alphabet) else -1 for word in words) / len(words)
        for alphabet in alphabets
    )


def _is_plausible(word: str, alphabet: str) -> bool:
    """One script, letters of one language, capitals where capitals stand."""
    beyond = [sign for sign in word if not sign.isascii()]
    if not all(sign.lower() in alphabet for sign in beyond):
        return False
    # Hélène, not hÉlÈne: inner capitals betray a wrong code page.
    if not (word.islower() or word.isupper() or word[1:].islower() or len(word) == 1):
        return False
    if "\u0400" <= alphabet[0] <= "\u04ff":
        return len(beyond) == len(word)
    # Latin words hold ASCII letters among the others, if few: Łódź, Zażółć.
    if 3 * len(beyond) <= 2 * len(word) + 1:
        return True
    # Only Slavic alphabets have enough vowels and consonants of their own for a word without
    # any: Żółć. French or Icelandic words such as ïîëêà or ðóá are Cyrillic in disguise.
    return not _SLAVIC.isdisjoint(alphabet) and _has_vowel_and_consonant(beyond)


def _has_vowel_and_consonant(letters: list[str]) -> bool:
    bases = [unicodedata.normalize("NFD", letter.lower())[0] for letter in letters]
    vowels = sum(base in "aeiouy" for base in bases)
    return 0 < vowels < len(bases)


def _first_difference(one: str, other: str) -> tuple[str, str]:
    """The first sign that differs: a whole word might be somebody's name."""
    return next((a, b) for a, b in zip(one, other, strict=False) if a != b)
