"""Calls and batches: the library schedules them, asks for inputs and gives results."""

from __future__ import annotations

from itertools import starmap

from . import _native
from ._arguments import of_wrong_type, options_of_input, photo
from ._errors import CardwireError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterator, List, Optional, Tuple, TypeVar, Union

    from ._arguments import Options, RefusedImage
    from ._client import BaseClient
    from ._coroutines import Readings
    from ._inputs import Cardholder, ImageInput
    from ._results import BatchItem, Recognition, Verification

    _Result = TypeVar("_Result")
    #: The number of an input, and its result or its error.
    Ended = Tuple[int, Tuple[Optional[_Result], Optional[CardwireError]]]


def batch_item(ended: Ended[_Result]) -> BatchItem[_Result]:
    """The result or error of one input."""
    from ._results import BatchFailure, BatchResult

    index, (result, error) = ended
    if error is not None:
        return BatchFailure(index, error)
    if result is None:
        raise AssertionError("a call ended with neither a result nor an error")
    return BatchResult(index, result)


def ask_recognition(
    target: Union[_native.Client, _native.Batch[Recognition]],
    image: Union[ImageInput, RefusedImage],
    options: Options,
    readings: Optional[Readings] = None,
    in_batch: bool = False,
) -> Any:
    """Has a client or a batch read the card in a photo. In a batch what a file's ``read`` raises is the cause of the
    item's error."""
    try:
        if type(image) is not bytes:
            from ._inputs import ImageUrl

            if isinstance(image, ImageUrl):
                return target.recognize_url(image.url, options)
        return target.recognize(photo(image, readings, in_batch), options)
    finally:
        del image, options


def ask_verification(
    batch: _native.Batch[Verification], cardholder: Cardholder, options: Options
) -> None:
    """Has a batch verify a cardholder."""
    from ._inputs import Cardholder

    try:
        if not isinstance(cardholder, Cardholder):
            raise TypeError(f"cardholder must be Cardholder, not {type(cardholder).__name__}")
        batch.verify(
            cardholder.card_number, cardholder.name, cardholder.id_number, cardholder.phone, options
        )
    finally:
        del cardholder, options


def put(
    add: Callable[[_native.Batch[_Result], Any, Options], object],
    batch: _native.Batch[_Result],
    value: object,
) -> Optional[Ended[_Result]]:
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
        refused = error
    except TypeError as error:
        refused = of_wrong_type(error)
    finally:
        del value
    index = batch.refuse()
    return None if index is None else (index, (None, refused))


#: What an iterator of inputs gives at its end.
_OVER = object()


class BatchResults:
    """The results of a batch, each as its call ends. Inputs are taken on the thread that iterates, which sees Ctrl-C,
    and not on one of the library's.

    It is no generator: one is dead once an exception has left it, and here results are still to come.
    """

    __slots__ = ("__weakref__", "_add", "_batch", "_client", "_failure", "_inputs", "_is_busy", "_steps", "_taken")

    def __init__(
        self,
        client: BaseClient,
        batch: _native.Batch[_Result],
        add: Callable[[_native.Batch[_Result], Any, Options], object],
        inputs: Iterator[object],
    ) -> None:
        # Events are told to a client that is there.
        self._client = client
        self._batch: _native.Batch[Any] = batch
        self._add = add
        self._inputs = inputs
        self._failure: Optional[Exception] = None
        self._is_busy = False
        # What the batch said and gave. An interrupt comes after a call, and what that returned would be lost: lists are
        # extended by what they call themselves.
        self._steps: List[str] = []
        self._taken: List[Ended[Any]] = []

    def __iter__(self) -> BatchResults:
        return self

    def __next__(self) -> BatchItem[Any]:
        if self._is_busy:
            raise ValueError("the batch is being iterated already")
        try:
            self._is_busy = True
            while not self._taken:
                self._step()
            item = batch_item(self._taken[0])
            del self._taken[0]
            return item
        finally:
            self._is_busy = False

    def close(self) -> None:
        """Cancels what is in flight."""
        self._failure = None
        self._batch.close()

    def _step(self) -> None:
        if not self._steps:
            self._steps.extend(map(self._batch.step, (True,)))
        if self._steps == ["ask"]:
            self._put_next()
            return
        step = self._steps.pop()
        if step == "give":
            self._taken.extend(starmap(self._batch.take, ((),)))
            return
        self._batch.close()
        failure, self._failure = self._failure, None
        try:
            raise StopIteration if failure is None else failure
        finally:
            del failure

    def _put_next(self) -> None:
        """Puts in the next input, unless taking or reading it raises: then there are no more. An error is raised when
        what is in flight was given, an interrupt at once."""
        try:
            value = next(self._inputs, _OVER)
            if value is not _OVER:
                try:
                    refused = put(self._add, self._batch, value)
                finally:
                    del value
                if refused is not None:
                    self._taken.append(refused)
                self._steps.clear()
                return
        except Exception as error:
            self._failure = error
        except BaseException:
            self._end_inputs()
            raise
        self._end_inputs()

    def _end_inputs(self) -> None:
        self._batch.end_inputs()
        self._steps.clear()
