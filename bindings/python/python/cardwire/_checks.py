"""Checks that cost nothing and send nothing."""

from __future__ import annotations

import json
from typing import Any, Dict, Optional

from . import _native
from ._arguments import photo
from ._errors import CardwireError, InvalidArgumentError
from ._inputs import ImageInput, ImageUrl
from ._names import ImageFormat, PhotoLook, Vendor
from ._native import text
from ._records import Record, dataclass


@dataclass(frozen=True, slots=True, repr=False)
class CardNumberCheck(Record):
    """The findings about the digits of a card number."""

    well_formed: bool
    """True where it is 12 to 19 digits, blanks and dashes between them aside."""
    luhn: bool
    """True where the last digit is the Luhn check digit. Some issued cards fail this."""


@dataclass(frozen=True, slots=True, repr=False)
class IdNumberCheck(Record):
    """The findings about the characters of a resident identity number (GB 11643-1999)."""

    well_formed: bool
    """True where it is 17 digits and a digit or ``X``, or the 15 digits of before 1999."""
    checksum: bool
    """True where the last character is the check character; false for 15 digits."""
    birth_date: bool
    """True where the digits that state the birth date are a date from 1900 to 2099."""


@dataclass(frozen=True, slots=True, repr=False)
class ImageCheck(Record):
    """The findings about an image, and which vendors take it."""

    format: ImageFormat
    """The format, by the first bytes."""
    width: int
    """Width in pixels, as the header states it; 0 where it does not."""
    height: int
    """Height in pixels, as the header states it; 0 where it does not."""
    bytes: int
    """Size in bytes."""
    look: Optional[PhotoLook]
    """What a look at the photo showed; ``None`` where its header alone was read."""
    vendors: Dict[Vendor, Optional[CardwireError]]
    """Each vendor that reads card photos: ``None`` where it takes this one as it is, else its refusal. A call
    makes the photo fit where it can."""


def check_card_number(card_number: str) -> CardNumberCheck:
    """Checks the form of a card number. Nothing is sent."""
    try:
        return CardNumberCheck(*_native.check_card_number(text("card_number", card_number)))
    finally:
        del card_number


def check_id_number(id_number: str) -> IdNumberCheck:
    """Checks the form of a resident identity number. Nothing is sent."""
    try:
        return IdNumberCheck(*_native.check_id_number(text("id_number", id_number)))
    finally:
        del id_number


def mask_card_number(card_number: str) -> str:
    """The first six and last four digits of a card number with ``*`` between, fit for a screen.

    A text that is no card number is masked altogether.
    """
    try:
        masked = _native.mask_card_number(text("card_number", card_number))
    finally:
        del card_number
    return "***" if masked is None else masked


def check_image(image: ImageInput, *, look: bool = False) -> ImageCheck:
    """Checks an image against each vendor's limits, by its header. Nothing is sent.

    With ``look=True`` the photo is read as well, in some tenths of a second without the interpreter
    lock: ``look`` of the check then says whether its number can be read, and if not, whether it shows
    no card, is not sharp or is cut. Ctrl-C is raised at once; the look then goes on until its end, and nobody
    waits for it.

    Raises `InvalidArgumentError` for bytes that are no image of a format that any vendor takes; with
    ``look=True`` for damaged ones too, and for more pixels than the vendor `offline` takes. A look raises
    `UnsupportedError` where the package was built without the feature `offline`.
    """
    try:
        if isinstance(image, ImageUrl):
            problem = "image: expected a photo to check, found only its address"
            raise InvalidArgumentError(problem, "image")
        text, refusals = _native.check_image(photo(image), look)
    finally:
        del image
    check: Dict[str, Any] = json.loads(text)
    return ImageCheck(
        format=ImageFormat(check["format"]),
        width=check["width"],
        height=check["height"],
        bytes=check["bytes"],
        look=check["look"] and PhotoLook(check["look"]),
        vendors={Vendor(vendor): refusal for vendor, refusal in refusals.items()},
    )
