"""Calls and batches: the library schedules them, asks for inputs and gives results."""

from __future__ import annotations

from . import _native
from ._arguments import options_of_input, photo
from ._errors import CardwireError, InvalidArgumentError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterator, Optional, TypeVar, Union

    from ._arguments import Options, RefusedImage
    from ._inputs import Cardholder, ImageInput
    from ._results import BatchItem, Recognition, Verification

    _Result = TypeVar("_Result")


def batch_item(
    index: int, result: Optional[_Result], error: Optional[CardwireError]
) -> BatchItem[_Result]:
    """The result or error of one input."""
    from ._results import BatchFailure, BatchResult

    if error is not None:
        return BatchFailure(index, error)
    if result is None:
        raise AssertionError("a call ended with neither a result nor an error")
    return BatchResult(index, result)


def ask_recognition(
    target: Union[_native.Client, _native.Batch[Recognition]],
    image: Union[ImageInput, RefusedImage],
    options: Options,
) -> Any:
    """Has a client or a batch read the card in a photo."""
    try:
        if type(image) is not bytes:
            from ._inputs import ImageUrl

            if isinstance(image, ImageUrl):
                return target.recognize_url(image.url, options)
        return target.recognize(photo(image), options)
    finally:
        del image, options


def ask_verification(
    batch: _native.Batch[Verification], cardholder: Cardholder, options: Options
) -> None:
    """Has a batch verify a cardholder."""
    from ._inputs import Cardholder

    try:
        if not isinstance(cardholder, Cardholder):
            raise TypeError(f"a cardholder must be Cardholder, not {type(cardholder).__name__}")
        batch.verify(
            cardholder.card_number, cardholder.name, cardholder.id_number, cardholder.phone, options
        )
    finally:
        del cardholder, options


def put(
    add: Callable[[_native.Batch[_Result], Any, Options], object],
    batch: _native.Batch[_Result],
    value: object,
) -> Optional[BatchItem[_Result]]:
    """Puts in an input, which may have an order number or a reference of its own. One that is refused
    is answered at once."""
    from typing import cast

    from ._inputs import BatchInput

    try:
        if isinstance(value, BatchInput):
            value = cast("BatchInput[object]", value)
            add(batch, value.input, options_of_input(value))
        else:
            add(batch, value, None)
        return None
    except CardwireError as error:
        index = batch.refuse()
        return None if index is None else batch_item(index, None, error)
    finally:
        del value


def checked_concurrency(concurrency: int) -> int:
    """The most calls in flight at once."""
    if not isinstance(concurrency, int) or isinstance(concurrency, bool):
        raise TypeError(f"concurrency must be int, not {type(concurrency).__name__}")
    if concurrency < 1:
        raise InvalidArgumentError(f"concurrency: expected at least 1, found {concurrency}", "concurrency")
    return concurrency


def run_many(
    batch: _native.Batch[_Result],
    add: Callable[[_native.Batch[_Result], Any, Options], object],
    inputs: Iterator[object],
) -> Iterator[BatchItem[_Result]]:
    # Inputs are taken on this thread, which sees Ctrl-C, and not on one of the library's.
    try:
        while True:
            step = batch.step(True)
            if step == "done":
                return
            if step == "give":
                index, (result, error) = batch.take()
                yield batch_item(index, result, error)
                del result, error
                continue
            try:
                value = next(inputs)
            except StopIteration:
                batch.end_inputs()
                continue
            try:
                refused = put(add, batch, value)
            finally:
                del value
            if refused is not None:
                yield refused
                del refused
    finally:
        batch.close()
