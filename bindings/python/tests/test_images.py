"""Card photos in every form in which programs have them."""

from __future__ import annotations

import asyncio
import base64
import errno
import io
import tempfile
from pathlib import Path
from typing import Any, Callable, List

import cardwire
import pytest
from cardwire import AsyncClient, Client, ImageUrl
from cardwire._native import IMAGE_LIMIT

from conftest import CARD, Sandbox, run_python


class Upload:
    """A file whose `read` is a coroutine, as Starlette's `UploadFile` is."""

    def __init__(self, content: bytes) -> None:
        self.file = io.BytesIO(content)

    async def read(self, size: int = -1) -> bytes:
        return self.file.read(size)


class Deferred(Upload):
    """A file whose `read` is no coroutine and gives something awaitable."""

    def read(self, size: int = -1) -> Any:
        return super().read(size)


def addresses(photo: bytes) -> List[str]:
    text = base64.b64encode(photo).decode()
    lines = base64.encodebytes(photo).decode()
    return [
        f"data:image/jpeg;base64,{text}",
        f"DATA:;Base64,{text.rstrip('=')}",
        f"data:image/jpeg;base64,{lines}",
        f"data:image/jpeg;base64,{text.replace('+', '%2B').replace('/', '%2F')}",
        f"data:image/jpeg;base64,{text.replace('+', '-').replace('/', '_')}",
    ]


def test_data_addresses_and_file_addresses(client: Client, photo: bytes, photo_path: Path) -> None:
    for address in addresses(photo):
        assert client.recognize(address, vendor="tencent_kyc").card_number == CARD
        assert client.recognize(ImageUrl(address), vendor="tencent_kyc").card_number == CARD
        assert cardwire.check_image(address).bytes == len(photo)
    for address in (photo_path.as_uri(), f"FILE://{photo_path}", f"file://localhost{photo_path}"):
        assert client.recognize(address, vendor="tencent_kyc").card_number == CARD
        assert cardwire.check_image(address).format is cardwire.ImageFormat.JPEG


@pytest.mark.parametrize(
    ("image", "says"),
    [
        ("https://cards.example/1.jpg", "found an http address"),
        ("HTTPS://cards.example/1.jpg", "found an http address"),
        (Path("https://cards.example/1.jpg"), "found an http address"),
        ("s3://bucket/card.jpg", "found an address, and not of http or https"),
        ("file://server/card.jpg", "a file: address of this machine, found another one"),
        ("data:image/jpeg;base64", "a comma before its content, found none"),
        ("data:image/jpeg;base64,/9j/4", "base64 after its comma, found another text"),
        (ImageUrl("file:///etc/passwd"), "whose path is to be given"),
    ],
)
def test_what_is_no_path_is_named(
    sandbox: Sandbox, client: Client, image: Any, says: str
) -> None:
    with pytest.raises(cardwire.InvalidArgumentError, match=f"image: .*{says}") as caught:
        client.recognize(image, vendor="wechat")
    assert caught.value.argument == "image"
    assert sandbox.connections() == 0


def test_base64_text_is_named_and_not_shown(client: Client, photo: bytes) -> None:
    text = base64.b64encode(photo).decode()
    for given in (text, text[:4000], base64.encodebytes(photo).decode()):
        with pytest.raises(cardwire.InvalidArgumentError, match="found base64 text") as caught:
            client.recognize(given)
        assert len(str(caught.value)) < 200
        assert (caught.value.path, caught.value.os_error) == (None, None)


def test_a_file_that_is_not_there_is_the_systems_own_error(client: Client, tmp_path: Path) -> None:
    missing = tmp_path / "no-such.jpg"
    calls: List[Callable[[], object]] = [
        lambda: client.recognize(str(missing)),
        lambda: client.recognize(missing),
        lambda: client.recognize(missing.as_uri()),
        lambda: cardwire.check_image(missing),
        lambda: asyncio.run(client.recognize_async(missing)),
        lambda: next(client.recognize_many([missing])).unwrap(),
    ]
    for call in calls:
        with pytest.raises(cardwire.InvalidArgumentError) as caught:
            call()
        error = caught.value
        assert f'a photo in the file "{missing}", found No such file' in error.message
        assert (error.path, error.os_error) == (str(missing), errno.ENOENT)
        assert isinstance(error.__cause__, FileNotFoundError)
        assert error.__cause__.filename == str(missing)
        assert error.to_dict()["os_error"] == errno.ENOENT
    with pytest.raises(cardwire.InvalidArgumentError) as caught:
        client.recognize(tmp_path)
    assert isinstance(caught.value.__cause__, IsADirectoryError)
    hidden = tmp_path / f"张三-{CARD}.jpg"
    with pytest.raises(cardwire.InvalidArgumentError) as caught:
        client.recognize(hidden)
    shown = f"{caught.value} {caught.value.__cause__!r}"
    assert "张" not in shown and CARD not in shown


def test_a_file_at_its_end_says_so(client: Client, photo: bytes, photo_path: Path) -> None:
    with open(photo_path, "rb") as file:
        assert client.recognize(file).card_number == CARD
        with pytest.raises(cardwire.InvalidArgumentError, match=r"at its end: call seek\(0\)"):
            client.recognize(file)
        file.seek(0)
        assert client.recognize(file).card_number == CARD
    spooled = tempfile.SpooledTemporaryFile()
    spooled.write(photo)
    with pytest.raises(cardwire.InvalidArgumentError, match="at its end"):
        client.recognize(spooled)
    with pytest.raises(cardwire.InvalidArgumentError, match="found no bytes") as caught:
        client.recognize(io.BytesIO())
    assert "at its end" not in str(caught.value)
    for path in (__file__, photo_path):
        with open(path) as text, pytest.raises(TypeError, match="opened in binary mode"):
            client.recognize(text)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [Upload, Deferred])
def test_a_file_that_is_awaited(sandbox: Sandbox, photo: bytes, kind: Any) -> None:
    async def run() -> None:
        async with AsyncClient(sandbox.config) as client:
            assert (await client.recognize(kind(photo))).card_number == CARD
            used = kind(photo)
            await used.read()
            with pytest.raises(cardwire.InvalidArgumentError, match="at its end: call seek"):
                await client.recognize(used)
            images = [kind(photo), used, photo, io.BytesIO(photo)]
            items = sorted(
                [item async for item in client.recognize_many(images)], key=lambda item: item.index
            )
            assert [item.error is None for item in items] == [True, False, True, True]
        with Client(sandbox.config) as blocking:
            assert (await blocking.recognize_async(kind(photo))).card_number == CARD

    asyncio.run(run())
    with Client(sandbox.config) as client:
        with pytest.raises(TypeError, match="awaitable: use AsyncClient"):
            client.recognize(kind(photo))


def test_a_file_is_read_beside_the_loop(sandbox: Sandbox, photo: bytes) -> None:
    loop_runs = asyncio.Event

    async def run() -> None:
        ran = loop_runs()
        loop = asyncio.get_running_loop()

        class Slow:
            def read(self, size: int) -> bytes:
                if ran.is_set():
                    return b""
                # Only a loop that is not held up does this.
                done = asyncio.run_coroutine_threadsafe(self.seen(), loop)
                done.result(10)
                return photo

            async def seen(self) -> None:
                ran.set()

        async with AsyncClient(sandbox.config) as client:
            assert (await client.recognize(Slow())).card_number == CARD
        assert ran.is_set()

    asyncio.run(run())


class Endless:
    """A device that has no end, and says how much was read of it."""

    def __init__(self) -> None:
        self.read_bytes = 0

    def read(self, size: int) -> bytes:
        piece = b"\0" * min(size, 16 * 1024 * 1024)
        self.read_bytes += len(piece)
        return piece


class AsyncEndless(Endless):
    async def read(self, size: int) -> bytes:  # type: ignore[override]
        return super().read(size)


def test_of_a_file_no_more_is_read_than_a_photo_may_have(
    sandbox: Sandbox, client: Client, photo: bytes
) -> None:
    says = f"image: expected at most {IMAGE_LIMIT} bytes, found more in the file"

    async def awaited(image: Any) -> None:
        async with AsyncClient(sandbox.config) as aio:
            await aio.recognize(image)

    calls: List[Callable[[Any], object]] = [
        client.recognize,
        cardwire.check_image,
        lambda image: asyncio.run(awaited(image)),
        lambda image: next(client.recognize_many([image])).unwrap(),
    ]
    for call in calls:
        endless = Endless()
        with pytest.raises(cardwire.InvalidArgumentError, match=says) as caught:
            call(endless)
        assert caught.value.argument == "image" and endless.read_bytes == IMAGE_LIMIT + 1
    endless = AsyncEndless()
    with pytest.raises(cardwire.InvalidArgumentError, match=says):
        asyncio.run(awaited(endless))
    assert endless.read_bytes == IMAGE_LIMIT + 1
    with open("/dev/zero", "rb") as zero, pytest.raises(cardwire.InvalidArgumentError, match=says):
        client.recognize(zero)
    assert sandbox.connections() == 0


def test_a_file_that_gives_a_little_at_a_time(client: Client, photo: bytes) -> None:
    class Slow(io.BytesIO):
        def read(self, size: Any = -1) -> bytes:
            return super().read(min(size, 1000))

    assert cardwire.check_image(Slow(photo)).bytes == len(photo)
    assert client.recognize(Slow(photo)).card_number == CARD


def test_a_name_that_the_locale_cannot_have_says_so(tmp_path: Path) -> None:
    source = """
import cardwire
for image in ("\\u7167\\u7247.jpg", "lone\\ud800.jpg"):
    try:
        cardwire.check_image(image)
    except cardwire.InvalidArgumentError as error:
        print(error.message)
"""
    plain = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    told = run_python(source, **plain).stdout.splitlines()
    assert "PYTHONUTF8=1" in told[0] and "ascii" in told[0], told
    told = run_python(source, PYTHONUTF8="1").stdout.splitlines()
    assert 'the file "***.jpg", found ' in told[0], told
    assert told[1] == "image: expected the path of a file in Unicode, found other characters"


#: APP1 with the EXIF orientation 6: the photo is shown a quarter turn on.
ON_ITS_SIDE = bytes.fromhex("ffe1002245786966000049492a0008000000010012010300010000000600000000000000")


def test_a_photo_is_made_to_fit(client: Client, photo: bytes, sandbox: Sandbox) -> None:
    turned = photo[:2] + ON_ITS_SIDE + photo[2:]
    card = client.recognize(turned, vendor="wechat")
    fitted = card.image_fitted
    assert fitted is not None and fitted is card.facts.image_fitted
    assert fitted == cardwire.ImageFitted(len(turned), fitted.bytes_after, 1200, 760, 760, 1200)
    assert 0 < fitted.bytes_after and card.to_dict()["image_fitted"]["width_after"] == 760
    assert client.recognize(photo, vendor="wechat").image_fitted is None
    with Client({**sandbox.config, "fit_images": False}) as plain:
        assert plain.recognize(turned, vendor="wechat").image_fitted is None
