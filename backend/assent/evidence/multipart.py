"""A form with one file in it, read as it comes: nothing of the file is held in memory or laid down unsealed."""

from __future__ import annotations

from collections.abc import AsyncIterator

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from assent.evidence.refusals import CutOff, FileMissing, NotMultipart
from assent.refusal import N_, Invalid

_LONGEST_FIELD = 20_000
_MOST_FIELDS = 20


class FormWithFile:
    """The fields of a form, and its file as a stream.

    Fields may stand before the file or after it: those after it are there once the file has been read.

    Attributes:
        fields: what has been read so far.
        file_name: as the sender calls it.
    """

    def __init__(self, request: Request) -> None:
        self.fields: dict[str, str] = {}
        self.file_name = ""
        self._body = request.stream()
        self._pieces: list[bytes] = []
        self._name, self._header, self._is_file = "", b"", False
        self._value = bytearray()
        self._headers: dict[str, bytes] = {}
        self._header_text = bytearray()
        self._ended = False
        try:
            self._parser = MultipartParser(_boundary(request), self._callbacks())  # type: ignore[arg-type]
        except FormParserError as error:
            raise NotMultipart from error

    async def open(self) -> None:
        """Read up to the file.

        Raises:
            FileMissing: there is none.
            CutOff, Invalid: the form cannot be read.
        """
        while not self.file_name and await self._read():
            pass
        if not self.file_name:
            raise FileMissing(field="file")

    async def file(self) -> AsyncIterator[bytes]:
        """Give out the file, then read what follows it.

        Raises:
            CutOff, Invalid: the form cannot be read to its end.
        """
        going_on = True
        while going_on or self._pieces:
            pieces, self._pieces = self._pieces, []
            for piece in pieces:
                yield piece
            if going_on:
                going_on = await self._read()

    async def _read(self) -> bool:
        """Read some more; False at the end."""
        try:
            piece = await anext(self._body)
        except (StopAsyncIteration, ClientDisconnect):
            if not self._ended:
                raise CutOff(field="file") from None
            return False
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise Invalid(N_("This form cannot be read."), field="file") from error
        return True

    def _callbacks(self) -> dict[str, object]:
        return {
            "on_part_begin": self._part_begins,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_ends,
            "on_headers_finished": self._headers_end,
            "on_part_data": self._data,
            "on_part_end": self._part_ends,
            "on_end": self._form_ends,
        }

    def _part_begins(self) -> None:
        self._headers, self._header, self._value = {}, b"", bytearray()
        self._header_text = bytearray()

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_text += data[start:end]

    def _header_ends(self) -> None:
        name = self._header.decode("latin-1").lower()
        self._headers[name] = bytes(self._header_text)
        self._header, self._header_text = b"", bytearray()

    def _headers_end(self) -> None:
        _, said = parse_options_header(self._headers.get("content-disposition", b""))
        self._name = said.get(b"name", b"").decode("utf-8", "replace")
        called = said.get(b"filename", b"").decode("utf-8", "replace")
        self._is_file = self._name == "file" and bool(called) and not self.file_name
        if self._is_file:
            self.file_name = called

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self._pieces.append(data[start:end])
        else:
            self._value += data[start:end]
            if len(self._value) > _LONGEST_FIELD or len(self.fields) >= _MOST_FIELDS:
                raise Invalid(N_("This form cannot be read."), field=self._name or "file")

    def _part_ends(self) -> None:
        if not self._is_file and self._name:
            self.fields[self._name] = self._value.decode("utf-8", "replace")
        self._is_file = False

    def _form_ends(self) -> None:
        self._ended = True


def _boundary(request: Request) -> bytes:
    kind, said = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not said.get(b"boundary"):
        raise NotMultipart
    return said[b"boundary"]
