"""Text of any encoding as a UTF-8 file: as it is where it can be, else rewritten for a while."""

from __future__ import annotations

import codecs
import io
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from csresearch.company.sources.told import Told
from csresearch.errors import CompanyError

ADVICE = "if the letters of the example are wrong, state encoding: under the table in company.yml"
CHUNK = 1 << 20  # bytes
HEAD = 1 << 16
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
NO_TEXT = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive", ".xlsx"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", ".xls"),
    (b"PAR1", "Parquet", ".parquet"),
    (b"\x1f\x8b", "compressed by gzip", "what it is after unpacking it"),
)
_BAD = re.compile("[\udc80-\udcff]")
_BEYOND_ASCII = re.compile("[^\x00-\x7f\udc80-\udcff]")


def found_encoding(path: Path) -> tuple[str, bool]:
    """The encoding of a text file, and whether it was guessed from the bytes alone.

    Notes
    -----
    A byte order mark decides. Else zeros at every other byte are UTF-16; what is UTF-8 throughout
    is UTF-8, and so is what has no more bytes that are not than characters of several bytes that
    are; the rest is Windows-1252.
    """
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    _refuse_no_text(path, head)
    marked = next((name for mark, name in MARKS if head.startswith(mark)), None)
    if marked:
        return marked, False
    wide = _utf16_without_mark(head)
    if wide:
        return wide, True
    if b"\0" in head[:4]:
        raise CompanyError(f"{path.name}: is no text; export it as CSV (UTF-8)")
    if _is_utf8(path):
        return "utf-8", False
    right, wrong = _characters_of_utf8(path)
    return ("cp1252", True) if wrong > right else ("utf-8", False)


@contextmanager
def as_utf8(
    path: Path, stated: str | None = None, *, one_line_end: bool = False
) -> Iterator[tuple[Path, tuple[Told, ...]]]:
    """A UTF-8 file with the same text, and what there is to tell about the encoding.

    Bytes that are no text in the encoding stay bytes that are not UTF-8, so that the reader sets
    their lines aside; nothing is replaced. ``one_line_end`` ends every line the same way.

    Yields
    ------
    tuple
        The file, and what to tell.
    """
    encoding, guessed = (stated, False) if stated else found_encoding(path)
    told = (_told(path, encoding),) if guessed else ()
    if codecs.lookup(encoding).name in ("utf-8", "utf-8-sig", "ascii") and not one_line_end:
        yield path, told
        return
    handle, name = tempfile.mkstemp(prefix="csresearch-", suffix=".txt")
    try:
        with os.fdopen(handle, "wb") as target:
            _rewrite(path, encoding, target, one_line_end)
        yield Path(name), told
    finally:
        os.unlink(name)


def _rewrite(path: Path, encoding: str, target: io.BufferedWriter, one_line_end: bool) -> None:
    """Copy a file's text as UTF-8, piece by piece."""
    wide = codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))
    keep_bad = "surrogatepass" if wide else "surrogateescape"
    decoder = codecs.getincrementaldecoder(encoding)(keep_bad)
    if one_line_end:
        decoder = io.IncrementalNewlineDecoder(decoder, translate=True)
    first, lines = True, 1
    with path.open("rb") as source:
        while True:
            piece = source.read(CHUNK)
            try:
                text = decoder.decode(piece, not piece)
            except UnicodeError as error:
                if piece:
                    raise CompanyError(_not_text(path, encoding, lines, error)) from None
                target.write(b"\xff")  # half a character at the end
                return
            target.write((text.removeprefix("\ufeff") if first else text).encode("utf-8", keep_bad))
            first, lines = first and not text, lines + text.count("\n")
            if not piece:
                return


def _not_text(path: Path, encoding: str, line: int, error: UnicodeError) -> str:
    """Why a file is refused that is not of the encoding stated."""
    reason = getattr(error, "reason", None) or str(error)
    return (
        f"{path.name} from line {line} on: is not {encoding} text: {reason}; state another "
        "encoding: in company.yml, or leave it out"
    )


def _refuse_no_text(path: Path, head: bytes) -> None:
    """What begins like a file of another kind is told so."""
    for mark, kind, ending in NO_TEXT:
        if head.startswith(mark):
            raise CompanyError(f"{path.name}: is no text but {kind}; name it {ending}")


def _utf16_without_mark(head: bytes) -> str | None:
    """UTF-16 by its zeros: at every other byte of ASCII characters, delimiters among them."""
    high, low = head[0::2].count(0), head[1::2].count(0)
    enough = len(head) / 20
    if low > enough and high <= low / 20:
        return "utf-16-le"
    return "utf-16-be" if high > enough and low <= high / 20 else None


def _is_utf8(path: Path) -> bool:
    """Whether the file is UTF-8 from start to end."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as stream:
        try:
            while piece := stream.read(CHUNK):
                decoder.decode(piece)
            decoder.decode(b"", True)
        except UnicodeDecodeError:
            return False
    return True


def _characters_of_utf8(path: Path) -> tuple[int, int]:
    """Characters beyond ASCII, and bytes that are not UTF-8."""
    right = wrong = 0
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    with path.open("rb") as stream:
        while piece := stream.read(CHUNK):
            text = decoder.decode(piece)
            if not text.isascii():
                right += len(_BEYOND_ASCII.findall(text))
                wrong += len(_BAD.findall(text))
    return right, wrong + len(decoder.getstate()[0])


def _told(path: Path, encoding: str) -> Told:
    """The encoding that was guessed, how many lines hang on it, and a word to judge it by."""
    if encoding != "cp1252":
        head = path.read_bytes()[:HEAD].decode(encoding, "ignore")
        lines = head.splitlines() or [""]
        return Told("", "encoding guessed: UTF-16", len(lines), lines[0][:80], ADVICE)
    count, example = 0, ""
    with path.open("rb") as stream:
        for line in stream:
            if not line.isascii():
                count += 1
                example = example or _word_beyond_ascii(line.decode(encoding, "ignore"))
    return Told("", "encoding guessed: Windows-1252", count, example[:80], ADVICE)


def _word_beyond_ascii(text: str) -> str:
    """The first word with a letter that is not ASCII."""
    return next((w for w in re.findall(r"\w+", text) if not w.isascii()), "")
