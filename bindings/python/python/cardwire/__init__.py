"""Bank-card recognition and cardholder verification over the vendors that businesses in China use.

>>> from cardwire import Client, Outcome
>>> config = {"vendors": [{"vendor": "aliyun_yhkr", "app_code": {"env": "APP_CODE"}}]}
>>> with Client(config) as client:                                           # doctest: +SKIP
...     answer = client.verify("6222020000000000000", "张三", "110101190001010014")

`Client` blocks, `AsyncClient` is for asyncio. Results are frozen dataclasses, every error is a
`CardwireError`. No ``repr`` and no message holds a card number, a name, an ID number or a secret.
"""

from __future__ import annotations

try:
    from ._native import __version__
except ImportError as error:
    from ._platform import explained

    raise explained(error) from error
from ._client import Client
from ._errors import (
    AlreadyAnsweredError,
    AlreadyRunningError,
    CancelledError,
    CardNotFoundError,
    CardwireError,
    ClosedError,
    CredentialsUnavailableError,
    ImageRejectedError,
    InternalError,
    InvalidArgumentError,
    InvalidConfigError,
    NetworkError,
    PermissionDeniedError,
    ProtocolError,
    QuotaExhaustedError,
    RateLimitedError,
    StorageError,
    TimeoutError,
    UnauthenticatedError,
    UnsupportedError,
    VendorError,
    VendorUnavailableError,
    call_of,
)
from ._names import (
    AskReason,
    Billed,
    BlockScope,
    BreakerState,
    CardKind,
    ImageFormat,
    IssuerSource,
    Kind,
    Level,
    LookupReason,
    Operation,
    OrderStatus,
    Outcome,
    PhotoLook,
    Reason,
    Sent,
    Vendor,
    WarningKind,
)
from ._orders import Journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List

    from ._aio import AsyncClient
    from ._checks import (
        CardNumberCheck,
        IdNumberCheck,
        ImageCheck,
        check_card_number,
        check_id_number,
        check_image,
        mask_card_number,
    )
    from ._events import (
        AttemptEnded,
        AttemptStarted,
        BreakerChanged,
        CallEnded,
        CallStarted,
        Event,
        OrderWritten,
        QuotaUnitTaken,
        RatePermitWaited,
        RequestRefused,
        TokenRefreshed,
    )
    from ._health import AccountBlock, AccountHealth
    from ._inputs import (
        AsyncBinaryFile,
        AsyncImageInput,
        BatchInput,
        BinaryFile,
        Cardholder,
        ImageInput,
        ImageUrl,
    )
    from ._providers import CredentialAsk, Credentials, Provider
    from ._results import (
        Attempt,
        BatchFailure,
        BatchItem,
        BatchResult,
        CallFacts,
        CardLookup,
        Cause,
        ImageFitted,
        Issuer,
        NumberCandidate,
        Order,
        OrderRecord,
        PhotoWarning,
        Point,
        Recognition,
        ValidThru,
        Verification,
    )

# asyncio, and the classes of results and events, take longer to load than all the rest.
_LOADED_WHEN_USED = {
    "AsyncClient": "_aio",
    "CardNumberCheck": "_checks",
    "IdNumberCheck": "_checks",
    "ImageCheck": "_checks",
    "check_card_number": "_checks",
    "check_id_number": "_checks",
    "check_image": "_checks",
    "mask_card_number": "_checks",
    "AttemptEnded": "_events",
    "AttemptStarted": "_events",
    "BreakerChanged": "_events",
    "CallEnded": "_events",
    "CallStarted": "_events",
    "Event": "_events",
    "OrderWritten": "_events",
    "QuotaUnitTaken": "_events",
    "RatePermitWaited": "_events",
    "RequestRefused": "_events",
    "TokenRefreshed": "_events",
    "AccountBlock": "_health",
    "AccountHealth": "_health",
    "AsyncBinaryFile": "_inputs",
    "AsyncImageInput": "_inputs",
    "BatchInput": "_inputs",
    "BinaryFile": "_inputs",
    "Cardholder": "_inputs",
    "ImageInput": "_inputs",
    "ImageUrl": "_inputs",
    "CredentialAsk": "_providers",
    "Credentials": "_providers",
    "Provider": "_providers",
    "Attempt": "_results",
    "BatchFailure": "_results",
    "BatchItem": "_results",
    "BatchResult": "_results",
    "CallFacts": "_results",
    "CardLookup": "_results",
    "Cause": "_results",
    "ImageFitted": "_results",
    "Issuer": "_results",
    "NumberCandidate": "_results",
    "Order": "_results",
    "OrderRecord": "_results",
    "PhotoWarning": "_results",
    "Point": "_results",
    "Recognition": "_results",
    "ValidThru": "_results",
    "Verification": "_results",
}


def __getattr__(name: str) -> Any:
    module = _LOADED_WHEN_USED.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(f".{module}", __name__), name)
    return value


def __dir__() -> List[str]:
    return sorted({*globals(), *_LOADED_WHEN_USED})


__all__ = [
    "AccountBlock",
    "AccountHealth",
    "AlreadyAnsweredError",
    "AlreadyRunningError",
    "AskReason",
    "AsyncBinaryFile",
    "AsyncClient",
    "AsyncImageInput",
    "Attempt",
    "AttemptEnded",
    "AttemptStarted",
    "BatchFailure",
    "BatchInput",
    "BatchItem",
    "BatchResult",
    "Billed",
    "BinaryFile",
    "BlockScope",
    "BreakerChanged",
    "BreakerState",
    "CallEnded",
    "CallFacts",
    "CallStarted",
    "CancelledError",
    "CardKind",
    "CardLookup",
    "CardNotFoundError",
    "CardNumberCheck",
    "Cardholder",
    "CardwireError",
    "Cause",
    "Client",
    "ClosedError",
    "CredentialAsk",
    "Credentials",
    "CredentialsUnavailableError",
    "Event",
    "IdNumberCheck",
    "ImageCheck",
    "ImageFitted",
    "ImageFormat",
    "ImageInput",
    "ImageRejectedError",
    "ImageUrl",
    "InternalError",
    "InvalidArgumentError",
    "InvalidConfigError",
    "Issuer",
    "IssuerSource",
    "Journal",
    "Kind",
    "Level",
    "LookupReason",
    "NetworkError",
    "NumberCandidate",
    "Operation",
    "Order",
    "OrderRecord",
    "OrderStatus",
    "OrderWritten",
    "Outcome",
    "PermissionDeniedError",
    "PhotoLook",
    "PhotoWarning",
    "Point",
    "ProtocolError",
    "Provider",
    "QuotaExhaustedError",
    "QuotaUnitTaken",
    "RateLimitedError",
    "RatePermitWaited",
    "Reason",
    "Recognition",
    "RequestRefused",
    "Sent",
    "StorageError",
    "TimeoutError",
    "TokenRefreshed",
    "UnauthenticatedError",
    "UnsupportedError",
    "ValidThru",
    "Vendor",
    "VendorError",
    "VendorUnavailableError",
    "Verification",
    "WarningKind",
    "call_of",
    "check_card_number",
    "check_id_number",
    "check_image",
    "mask_card_number",
]
