from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.errors import UnreadableFileError
from crmlytics.io.encodings import decode

# Invented exports, each with the letters of its language.
RUSSIAN = "клиент;город\nООО Ромашка;Москва\nИП Сидоров;Санкт-Петербург\n"
UKRAINIAN = "клієнт;місто\nТОВ Їжак;Київ\nПП Ґанок;Львів\n"
POLISH = "klient;miasto\nZażółć sp. z o.o.;Łódź\nBłękitna;Kraków\nŚwieża;Gdańsk\n"
CZECH = "zákazník;město\nPříkladná s.r.o.;Plzeň\nŽižkov;České Budějovice\n"
HUNGARIAN = "ügyfél;város\nElső Kft.;Győr\nMintabolt;Székesfehérvár\nÜveg;Hódmezővásárhely\n"
FRENCH = "société;ville\nHélène & fils;Orléans\nCôté cœur;Besançon\nÉtoile;Nîmes\n"
GERMAN = "Größe;Straße\nMüller;Köln\nBäcker;Düsseldorf\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (RUSSIAN, "cp1251"),
        (UKRAINIAN, "cp1251"),
        (RUSSIAN.upper(), "cp1251"),
        (POLISH, "cp1250"),
        (CZECH, "cp1250"),
        (HUNGARIAN, "cp1250"),
        (FRENCH, "cp1252"),
        (GERMAN, "cp1252"),
    ],
)
def test_code_pages_are_told_apart_by_their_letters(text, encoding):
    # None of the other readings is ever an error: a wrong guess would be silent.
    found = decode(text.encode(encoding), "export.csv", None)
    assert found.encoding == encoding
    assert found.utf8.decode() == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("text", [RUSSIAN, POLISH, "a,b\n1,2\n"])
def test_marks_and_strict_utf_8_come_first(text, encoding):
    found = decode(text.encode(encoding), "export.csv", None)
    assert found.encoding == encoding
    assert found.utf8.decode() == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [RUSSIAN, POLISH, "a,b\n1,2\n"])
def test_utf_16_without_a_mark_is_found_by_its_nuls(text, encoding):
    found = decode(text.encode(encoding), "export.csv", None)
    assert found.encoding == encoding
    assert found.utf8.decode() == text


def test_where_two_code_pages_fit_both_readings_are_shown():
    with pytest.raises(UnreadableFileError, match=r"not clear.*№.*pass encoding="):
        decode("code\n№5\n".encode("cp1251"), "export.csv", None)


def test_a_lone_word_that_two_alphabets_can_spell_is_refused():
    # The reference page's example: as cp1251 it reads Їуіж, all of it Ukrainian letters.
    with pytest.raises(UnreadableFileError, match=r"what is '.' as cp125[01] is '.' as"):
        decode("name\nŻółć\n".encode("cp1250"), "export.csv", None)


def test_one_word_is_enough_where_only_one_alphabet_can_spell_it():
    assert decode("sum\n5 руб.\n".encode("cp1251"), "export.csv", None).encoding == "cp1251"
    assert decode("town\nŁódź\n".encode("cp1250"), "export.csv", None).encoding == "cp1250"


def test_where_all_code_pages_read_alike_nothing_is_asked():
    found = decode(b"price\n5\xa0000\n", "export.csv", None)
    assert found.utf8.decode() == "price\n5\u00a0000\n"


def test_other_encodings_are_refused_but_can_be_named():
    data = RUSSIAN.encode("koi8-r")
    with pytest.raises(UnreadableFileError, match="pass encoding="):
        decode(data, "export.csv", None)
    assert decode(data, "export.csv", "koi8-r").utf8.decode() == RUSSIAN


@pytest.mark.parametrize(
    ("data", "encoding", "message"),
    [
        (RUSSIAN.encode("cp1251"), "utf-8", "byte 0 cannot be decoded"),
        # DuckDB answers this one with no rows and no error.
        (RUSSIAN.encode("utf-8"), "utf-16", "no NUL byte"),
        (RUSSIAN.encode("utf-16-le"), "cp1251", "NUL characters"),
        (RUSSIAN.encode("utf-16")[:-1], None, "damaged"),
        (b"\n \r\n", None, "nothing but blanks"),
        (b"\0\1\2\3" * 50, None, "binary"),
        (bytes(range(1, 256)) * 4, None, "binary"),
    ],
)
def test_what_cannot_be_decoded_is_refused(data, encoding, message):
    with pytest.raises(UnreadableFileError, match=message):
        decode(data, "export.csv", encoding)


def test_an_unknown_encoding_is_refused():
    with pytest.raises(ValueError, match="encoding must be one of text"):
        decode(b"a", "export.csv", "cp0")


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")).filter(str.strip))
def test_utf_8_always_comes_back(text):
    data = text.encode()
    assert decode(data, "export.csv", None).utf8 == data.removeprefix(b"\xef\xbb\xbf")


@pytest.mark.parametrize("encoding", ["rot13", "base64", "hex", "a\0b", 5])
def test_what_is_no_encoding_of_text_is_refused(encoding):
    with pytest.raises(ValueError, match="encoding must be one of text"):
        decode(b"a", "export.csv", encoding)


def test_a_doubt_about_the_encoding_shows_no_word():
    with pytest.raises(UnreadableFileError) as refused:
        decode("name\nŻółć\n".encode("cp1250"), "export.csv", None)
    assert "Żółć" not in str(refused.value)
    assert "Їуіж" not in str(refused.value)
