"""The integers at the beginning of lines, read eight bytes at a time for all lines at once.

A word of eight bytes is searched for the delimiter and its digits are added up by the arithmetic of
whole words (H. S. Warren, Hacker's Delight, 2nd ed., section 6-1, for the search; D. Lemire, "Quickly
parsing eight digits", 2018-10-03, for the sum).
"""

from __future__ import annotations

from typing import Any

import numpy as np

LONGEST = 15
"""Digits of the longest integer that is read: what fits into two words with its delimiter."""

_WORD = 8
_AT_ONCE = 32_768
"""Lines whose words stay in a core's own memory."""


def _word(byte: int) -> np.uint64:
    return np.uint64(int.from_bytes(bytes([byte]) * _WORD, "little"))


_ONES, _HIGHS, _ZEROS = _word(0x01), _word(0x80), _word(ord("0"))
_UPPER, _SIX = _word(0xF0), _word(0x06)
_PLACE = np.uint64(0x0001020304050607)
"""Times 1 << 8n this has n in its highest byte."""

_PAIRS = np.uint64(0x000000FF000000FF)
_HUNDREDS, _TENTHS = np.uint64(100 + (1_000_000 << 32)), np.uint64(1 + (10_000 << 32))
_LEADING = np.array([0x3030303030303030 >> (8 * n) for n in range(_WORD)], dtype=np.uint64)
"""Zeros to stand before n digits in a word."""


def read_first_integers(data: Any, begins: Any, delimiter: str) -> Any:
    """The integers before the first `delimiter` after each of `begins`, as an array of int64.

    `data` is an array of bytes, `begins` ascending places in it. None where one is not written in
    the one plain way (digits, no zero in front of others) or is longer than `LONGEST`.
    """
    if len(delimiter.encode()) > 1 or not len(begins) or begins[-1] > len(data) - 2 * _WORD:
        return None
    words = np.ndarray(len(data) - _WORD + 1, "<u8", buffer=data, strides=(1,))
    values = np.empty(len(begins), dtype=np.int64)
    for start in range(0, len(begins), _AT_ONCE):
        some = _read_some(words, begins[start : start + _AT_ONCE], delimiter)
        if some is None:
            return None
        values[start : start + _AT_ONCE] = some
    return values


def _read_some(words: Any, begins: Any, delimiter: str) -> Any:
    word = words[begins]
    ends = _find(word, delimiter)
    width = _widths(ends)
    long = np.flatnonzero(ends == 0)
    empty, zero = width == 0, (word & np.uint64(0xFF)) == ord("0")
    empty[long] = False
    if empty.any() or (zero & (width != 1)).any():
        return None
    values = _read_digits(word, width)
    if values is None or not len(long):
        return values
    rest = words[begins[long] + _WORD]
    ends = _find(rest, delimiter)
    width = _widths(ends)
    whole, more = _read_word(word[long]), _read_digits(rest, width)
    if whole is None or more is None or (ends == 0).any():
        return None
    values[long] = whole * 10 ** width.astype(np.int64) + more
    return values


def _find(word: Any, delimiter: str) -> Any:
    """The highest bit of the first byte that is `delimiter` in each word; 0 where none is."""
    there = word ^ _word(ord(delimiter))
    there = (there - _ONES) & ~there & _HIGHS
    return there & (~there + np.uint64(1))


def _widths(ends: Any) -> Any:
    """How many bytes lie before the found one."""
    return ((ends >> np.uint64(7)) * _PLACE) >> np.uint64(56)


def _read_digits(word: Any, width: Any) -> Any:
    """The integers in the first `width` bytes (up to 7) of each word, 0 for none; None for others."""
    # A shift by the whole word leaves it as it is on some machines: hence in two steps.
    moved = (word << (np.uint64(56) - (width << np.uint64(3)))) << np.uint64(8)
    return _read_word(moved | _LEADING[width.astype(np.intp)])


def _read_word(word: Any) -> Any:
    """The integers of words of eight digits; None where a byte is no digit."""
    digits = (word & _UPPER) | (((word + _SIX) & _UPPER) >> np.uint64(4))
    if (digits != _word(0x33)).any():
        return None
    word = word - _ZEROS
    word = word * np.uint64(10) + (word >> np.uint64(8))
    pairs = (word & _PAIRS) * _HUNDREDS + ((word >> np.uint64(16)) & _PAIRS) * _TENTHS
    return (pairs >> np.uint64(32)).astype(np.int64)
