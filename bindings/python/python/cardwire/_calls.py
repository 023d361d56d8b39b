"""Many calls at once."""

from __future__ import annotations

from . import _native
from ._arguments import options_of_input
from ._errors import CardwireError, InvalidArgumentError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Dict, Iterator, TypeVar, Union

    from ._arguments import Options
    from ._inputs import BatchInput
    from ._results import BatchItem

    _Result = TypeVar("_Result")
    _Input = TypeVar("_Input")


def batch_item(index: int, call: Union[_native.Call[_Result], CardwireError]) -> BatchItem[_Result]:
    """The result or error of one input, of whose call there is only an error or that has ended."""
    from ._results import BatchFailure, BatchResult

    if isinstance(call, CardwireError):
        return BatchFailure(index, call)
    result, error = call.outcome()
    if error is not None:
        return BatchFailure(index, error)
    if result is None:
        raise AssertionError("a call ended with neither a result nor an error")
    return BatchResult(index, result)


def for_inputs(
    make: Callable[[_Input, Options], _native.Call[_Result]], each: Options
) -> Callable[[Union[_Input, BatchInput[_Input]]], _native.Call[_Result]]:
    """What makes the call of an input, which may have an order number or a reference of its own."""
    from typing import cast

    from ._inputs import BatchInput

    def call_of(value: Union[_Input, BatchInput[_Input]]) -> _native.Call[_Result]:
        try:
            if isinstance(value, BatchInput):
                return named(cast("BatchInput[_Input]", value))
            return make(value, each)
        finally:
            del value

    def named(value: BatchInput[_Input]) -> _native.Call[_Result]:
        try:
            return make(value.input, options_of_input(each, value))
        finally:
            del value

    return call_of


def prepared(
    make: Callable[[_Input], _native.Call[_Result]], value: _Input
) -> Union[_native.Call[_Result], CardwireError]:
    """The call for one input of a batch. A value that is refused is this input's own error."""
    try:
        return make(value)
    except CardwireError as error:
        return error
    finally:
        del value


def checked_concurrency(concurrency: int) -> int:
    """The most calls in flight at once."""
    if not isinstance(concurrency, int) or isinstance(concurrency, bool):
        raise TypeError(f"concurrency must be int, not {type(concurrency).__name__}")
    if concurrency < 1:
        raise InvalidArgumentError("concurrency: it is less than 1", "concurrency")
    return concurrency


def run_many(
    make: Callable[[_Input], _native.Call[_Result]], inputs: Iterator[_Input], concurrency: int
) -> Iterator[BatchItem[_Result]]:
    # The library's own batch would take inputs from a thread that cannot see Ctrl-C.
    ends = _native.Ends()
    in_flight: Dict[int, _native.Call[_Result]] = {}
    numbered = enumerate(inputs)
    more = True
    try:
        while True:
            while more and len(in_flight) < concurrency:
                try:
                    index, value = next(numbered)
                except StopIteration:
                    more = False
                    break
                try:
                    call = prepared(make, value)
                finally:
                    del value
                if isinstance(call, CardwireError):
                    yield batch_item(index, call)
                else:
                    in_flight[index] = call
                    call.start_for(ends, index)
            if not in_flight:
                return
            ended = ends.take()
            # In a forked child nothing is under way any more.
            index = next(iter(in_flight)) if ended is None else ended
            yield batch_item(index, in_flight.pop(index))
    finally:
        for call in in_flight.values():
            call.cancel()
