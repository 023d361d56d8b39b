"""Inputs of calls: card photos and cardholders."""

from __future__ import annotations

import os
from typing import Awaitable, Generic, Optional, Protocol, TypeVar, Union

from ._records import Record, dataclass


@dataclass(frozen=True, slots=True, repr=False)
class ImageUrl(Record):
    """A card photo at an ``http`` or ``https`` address that the vendor can reach, or in a ``data:``
    address, which is decoded here.

    The address goes to the vendor as it is; this library never downloads it.
    """

    url: str
    """The address."""


class BinaryFile(Protocol):
    """Anything whose ``read`` gives bytes: an open file, a ``BytesIO``, an upload."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` of the bytes that are left; none at the end."""
        ...


class AsyncBinaryFile(Protocol):
    """Anything whose ``read`` is awaited for bytes: an upload of Starlette, a file of aiofiles."""

    def read(self, size: int, /) -> Awaitable[bytes]:
        """At most ``size`` of the bytes that are left; none at the end."""
        ...


ImageInput = Union[
    bytes,
    bytearray,
    memoryview,
    str,
    "os.PathLike[str]",
    "os.PathLike[bytes]",
    BinaryFile,
    ImageUrl,
]
"""A card photo: its bytes, the path of a file, an open binary file, or an `ImageUrl`.

A text that is a ``data:`` address is decoded, and a ``file:`` address is the path in it.
"""

AsyncImageInput = Union[ImageInput, AsyncBinaryFile]
"""A card photo for an `AsyncClient`: a file may also have a ``read`` that is awaited."""


@dataclass(frozen=True, slots=True, repr=False)
class Cardholder(Record):
    """Whom `verify_many` verifies.

    Every vendor is asked about the same values: the page "Values of people" says what is
    dropped, what becomes the same and what is refused.
    """

    card_number: str
    """The card number: 12 to 19 digits, blanks and dashes between them aside."""
    name: str
    """The cardholder's name."""
    id_number: Optional[str] = None
    """The number of the resident identity card."""
    phone: Optional[str] = None
    """The mobile phone number that the issuer holds."""


_Input_co = TypeVar("_Input_co", covariant=True)


@dataclass(frozen=True, slots=True, repr=False, init=False)
class BatchInput(Record, Generic[_Input_co]):
    """An input of `recognize_many` or `verify_many` with an order number or a reference of its own.

    Such inputs and plain ones may stand in one batch.

    >>> from cardwire import BatchInput
    >>> BatchInput("photos/0001.jpg", reference="photos/0001.jpg")
    BatchInput(input='***', order_id=None, reference='photos/0001.jpg')
    """

    input: _Input_co
    """The photo or the `Cardholder`."""
    order_id: Optional[str]
    """The order number of its call; see `Client`."""
    reference: Optional[str]
    """The reference of its call; see `Client`."""

    def __init__(
        self,
        input: _Input_co,
        *,
        order_id: Optional[str] = None,
        reference: Optional[str] = None,
    ) -> None:
        for name, value in (("input", input), ("order_id", order_id), ("reference", reference)):
            object.__setattr__(self, name, value)
