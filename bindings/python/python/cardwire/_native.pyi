from os import PathLike
from typing import Any, Callable, final

def check_card_number(text: str) -> tuple[bool, bool]: ...
def check_id_number(text: str) -> tuple[bool, bool, bool]: ...

__all__ = [
    "Call",
    "Client",
    "Orders",
    "__version__",
    "check_card_number",
    "check_id_number",
    "check_image",
    "contract",
    "mask_card_number",
    "stop_callbacks",
]

__version__: str

def check_image(data: bytes) -> tuple[dict[str, Any] | None, dict[str, Any] | None]: ...
def mask_card_number(text: str) -> str | None: ...
def stop_callbacks() -> None: ...
def contract() -> dict[str, Any]: ...

@final
class Call:
    def wait(
        self, seconds: float | None = None
    ) -> tuple[dict[str, Any] | None, dict[str, Any] | None] | None: ...
    def cancel(self) -> None: ...
    def json(self) -> str | None: ...

@final
class Client:
    @staticmethod
    def open(
        config: str, observer: Callable[[dict[str, Any]], None] | None = None
    ) -> tuple[Client | None, dict[str, Any] | None]: ...
    def recognize(
        self,
        photo: bytes | str | PathLike[str],
        options: tuple[list[str], str | None, str | None, float | None],
        notify: Callable[[], None] | None = None,
    ) -> Call: ...
    def recognize_url(
        self,
        url: str,
        options: tuple[list[str], str | None, str | None, float | None],
        notify: Callable[[], None] | None = None,
    ) -> Call: ...
    def verify(
        self,
        card_number: str,
        name: str,
        id_number: str | None,
        phone: str | None,
        options: tuple[list[str], str | None, str | None, float | None],
        notify: Callable[[], None] | None = None,
    ) -> Call: ...
    def lookup_card(
        self,
        card_number: str,
        options: tuple[list[str], str | None, str | None, float | None],
        notify: Callable[[], None] | None = None,
    ) -> Call: ...
    def fetch_order(
        self,
        order_id: str,
        options: tuple[list[str], str | None, str | None, float | None],
        notify: Callable[[], None] | None = None,
    ) -> Call: ...
    def close(self) -> None: ...
    def orders(self) -> Orders: ...

@final
class Orders:
    @staticmethod
    def open(path: str | PathLike[str]) -> tuple[Orders | None, dict[str, Any] | None]: ...
    def list(self, wanted: str) -> tuple[str | None, dict[str, Any] | None]: ...
    def unknown(self) -> tuple[str | None, dict[str, Any] | None]: ...
    def find(self, order_id: str) -> tuple[str | None, dict[str, Any] | None]: ...
    def reconcile(
        self, order_id: str, note: str
    ) -> tuple[str | None, dict[str, Any] | None]: ...
