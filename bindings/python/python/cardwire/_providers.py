"""Providers: functions of the program that give credentials."""

from __future__ import annotations

import sys
from inspect import isawaitable
from typing import (
    TYPE_CHECKING,
    Any,
    Awaitable,
    Callable,
    Dict,
    List,
    Mapping,
    Optional,
    Tuple,
    Union,
    cast,
)

from ._arguments import seconds
from ._names import AskReason, Vendor
from ._native import ASK_LIMIT

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from datetime import timedelta


class CredentialAsk:
    """A question to a provider: which secrets of which account, and why.

    ``secrets`` are the keys of the account's entry that name the provider, such as
    ``("access_token",)`` or ``("secret_id", "secret_key", "token")``: all are given at once.
    """

    __slots__ = ("account", "reason", "secrets", "vendor")

    def __init__(self, vendor: str, account: str, secrets: List[str], reason: str) -> None:
        self.vendor = Vendor(vendor)
        self.account = account
        self.secrets: Tuple[str, ...] = tuple(secrets)
        self.reason = AskReason(reason)

    def __repr__(self) -> str:
        return f"CredentialAsk({self.account!r}, {self.secrets!r}, {self.reason.value!r})"


class Credentials:
    """The credentials that a provider gives: the value of the one secret, or values by secret.

    ``expires_in`` (seconds or a `timedelta`) is how long they can be used: then the provider is asked
    again. Without it, it is asked again only when the vendor refuses them.
    """

    __slots__ = ("_values", "expires_in")

    def __init__(
        self,
        values: Union[str, Mapping[str, str]],
        *,
        expires_in: Union[None, float, timedelta] = None,
    ) -> None:
        self._values = values
        self.expires_in = expires_in

    def __repr__(self) -> str:
        return "Credentials(***)"


Given = Union[str, Mapping[str, str], Credentials]
Provider = Callable[[CredentialAsk], Union[Given, Awaitable[Given]]]


class LoopOfCalls:
    """The event loop on which a client's latest call was made."""

    __slots__ = ("loop",)

    def __init__(self) -> None:
        self.loop: Optional[AbstractEventLoop] = None


class Asker:
    """Has a provider answer, on a thread that nothing else waits for."""

    __slots__ = ("_calls", "_provider")

    def __init__(self, provider: Provider, calls: LoopOfCalls) -> None:
        self._provider = provider
        self._calls = calls

    def __call__(
        self, vendor: str, account: str, secrets: List[str], reason: str
    ) -> Tuple[Dict[str, str], Optional[float]]:
        given: Any = None
        try:
            given = self._provider(CredentialAsk(vendor, account, secrets, reason))
            if isawaitable(given):
                given = _awaited(given, self._calls.loop)
            return _values(given, secrets)
        finally:
            # Frames of this package keep no secret for those who look at tracebacks.
            del given


async def _result(awaitable: Awaitable[Given]) -> Given:
    return await awaitable


def _awaited(awaitable: Awaitable[Given], loop: Optional[AbstractEventLoop]) -> Given:
    import asyncio

    if loop is not None and loop.is_running():
        future = asyncio.run_coroutine_threadsafe(_result(awaitable), loop)
        try:
            return future.result(ASK_LIMIT)
        except BaseException:
            future.cancel()
            raise
        finally:
            del future
    return asyncio.run(_result(awaitable))


def _values(given: object, secrets: List[str]) -> Tuple[Dict[str, str], Optional[float]]:
    expires_in: object = None
    values: Any = given
    try:
        if isinstance(given, Credentials):
            values, expires_in = given._values, given.expires_in
        if isinstance(values, str):
            if len(secrets) != 1:
                raise TypeError(f"a provider must give {', '.join(secrets)} by name, not one str")
            values = {secrets[0]: values}
        if not isinstance(values, Mapping):
            kind = type(values).__name__
            raise TypeError(f"a provider must give a str, a mapping or Credentials, not {kind}")
        return _secrets(cast(Mapping[object, object], values)), _time_left(expires_in)
    finally:
        del given, values


def _time_left(expires_in: object) -> Optional[float]:
    if expires_in is None:
        return None
    left = seconds("expires_in", expires_in)
    if left != left:
        raise ValueError("expires_in must be a number of seconds, not nan")
    # No float holds some ints.
    return float(min(max(left, 0), sys.float_info.max))


def _secrets(given: Mapping[object, object]) -> Dict[str, str]:
    try:
        if not all(
            isinstance(part, str)
            for name, value in given.items()
            if value is not None
            for part in (name, value)
        ):
            raise TypeError("a provider must give each secret as a str")
        return {
            name: value
            for name, value in given.items()
            if isinstance(name, str) and isinstance(value, str)
        }
    finally:
        del given


def checked(providers: object) -> Dict[str, Provider]:
    """The providers of an argument."""
    if not isinstance(providers, Mapping):
        raise TypeError(f"providers must be a mapping, not {type(providers).__name__}")
    named = cast(Mapping[object, object], providers)
    for name, provider in named.items():
        if not isinstance(name, str) or not callable(provider):
            raise TypeError("providers must map names to callables")
    return cast(Dict[str, Provider], dict(named))
