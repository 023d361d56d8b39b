"""Calls: how they are started, waited for and read, one or many."""

from __future__ import annotations

import threading
from functools import partial
from queue import SimpleQueue
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    Generic,
    Iterator,
    Optional,
    Tuple,
    TypeVar,
    Union,
)

from ._errors import CardwireError, InvalidArgumentError, error_from_fields

# Neither asyncio nor the classes of results are loaded before they are used: they take longer to
# load than all the rest.
if TYPE_CHECKING:
    import asyncio

    from . import _native
    from ._records import Fields
    from ._results import BatchItem

_Result = TypeVar("_Result")
_Input = TypeVar("_Input")
Notify = Optional[Callable[[], None]]

_SIGNAL_INTERVAL = 0.05
"""How long the main thread waits before it looks for a signal, in seconds."""


class Job(Generic[_Result]):
    """A call that was checked and can be started: what to start, and how to read what it gives."""

    __slots__ = ("_read", "_start")

    def __init__(
        self, start: Callable[[Notify], _native.Call], read: Callable[[Fields], _Result]
    ) -> None:
        self._start = start
        self._read = read

    def start(self, notify: Notify = None) -> _native.Call:
        """Starts it; ``notify`` is called from another thread when it ended."""
        return self._start(notify)

    def result(
        self, outcome: Optional[Tuple[Optional[Fields], Optional[Fields]]]
    ) -> Union[_Result, CardwireError]:
        """The result of an ended call, or its error."""
        assert outcome is not None, "the call has ended"
        fields, error = outcome
        if error is not None:
            return error_from_fields(error)
        assert fields is not None, "there is a result where there is no error"
        return self._read(fields)

    def run(self) -> _Result:
        """Runs it to its end, on this thread."""
        main = threading.current_thread() is threading.main_thread()
        call = self.start()
        try:
            outcome = None
            while outcome is None:
                outcome = call.wait(_SIGNAL_INTERVAL if main else None)
        except BaseException as interruption:
            call.cancel()
            ended = call.wait(1.0)
            if ended is not None and ended[1] is not None:
                interruption.call = error_from_fields(ended[1])  # type: ignore[attr-defined]
            raise
        return returned(self.result(outcome))

    async def run_async(self) -> _Result:
        """Runs it to its end; cancelling the task cancels the call."""
        import asyncio

        loop = asyncio.get_running_loop()
        ended = loop.create_future()

        def wake() -> None:
            if not ended.done():
                ended.set_result(None)

        call = self.start(partial(call_soon, loop, wake))
        try:
            await ended
        except BaseException:
            call.cancel()
            raise
        return returned(self.result(call.wait(0.0)))


def call_soon(
    loop: asyncio.AbstractEventLoop, callback: Callable[..., None], *arguments: Any
) -> None:
    """Runs a callback on the loop's thread, unless the loop was closed: then nobody waits."""
    try:
        loop.call_soon_threadsafe(callback, *arguments)
    except RuntimeError:
        if not loop.is_closed():
            raise


def returned(result: Union[_Result, CardwireError]) -> _Result:
    """The result; raises the error where there is none."""
    if isinstance(result, CardwireError):
        raise result
    return result


def batch_item(index: int, result: Union[_Result, CardwireError]) -> BatchItem[_Result]:
    """The result or error of one input."""
    from ._results import BatchItem

    if isinstance(result, CardwireError):
        return BatchItem(index, None, result)
    return BatchItem(index, result, None)


def prepared(
    make: Callable[[_Input], Job[_Result]], value: _Input
) -> Union[Job[_Result], CardwireError]:
    """The call for one input of a batch. A value that is refused is this input's own error."""
    try:
        return make(value)
    except CardwireError as error:
        return error


def checked_concurrency(concurrency: int) -> int:
    """The most calls in flight at once."""
    if not isinstance(concurrency, int) or isinstance(concurrency, bool):
        raise TypeError(f"concurrency must be int, not {type(concurrency).__name__}")
    if concurrency < 1:
        raise InvalidArgumentError("concurrency: it is less than 1", "concurrency")
    return concurrency


def run_many(
    make: Callable[[_Input], Job[_Result]], inputs: Iterator[_Input], concurrency: int
) -> Iterator[BatchItem[_Result]]:
    # The library's own batch would take inputs from a thread that cannot see Ctrl-C.
    finished: SimpleQueue[int] = SimpleQueue()
    in_flight: Dict[int, Tuple[Job[_Result], _native.Call]] = {}
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
                job = prepared(make, value)
                if isinstance(job, CardwireError):
                    yield batch_item(index, job)
                else:
                    in_flight[index] = (job, job.start(partial(finished.put, index)))
            if not in_flight:
                return
            index = finished.get()
            job, call = in_flight.pop(index)
            yield batch_item(index, job.result(call.wait(0.0)))
    finally:
        for _, call in in_flight.values():
            call.cancel()
