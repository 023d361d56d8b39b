"""Under gevent and eventlet, which replace the interpreter's locks, queues and threads."""

from __future__ import annotations

import json

import pytest

from conftest import CARD, ID_NUMBER, NAME, REPOSITORY, Sandbox, run_python

PHOTO = str(REPOSITORY / "tests" / "images" / "icbc-debit.jpg")

PATCH = {
    "gevent": "from gevent import monkey; monkey.patch_all()",
    "eventlet": "import eventlet; eventlet.monkey_patch()",
}

SOURCE = """
import json, sys
config, holder = json.loads(sys.argv[1]), cardwire.Cardholder(*sys.argv[2:5])
events = []
client = cardwire.Client(config, on_event=events.append)
print(sorted(item.index for item in client.verify_many([holder] * 5, concurrency=2) if item.result is not None))
for item in client.recognize_many([sys.argv[5]] * 3, vendor="wechat"):
    assert item.result, item.error
batch = client.verify_many([holder] * 5, concurrency=2)
next(batch)
batch.close()
print(client.verify(*sys.argv[2:5]).outcome.value, len(events) > 8)
client.close()
"""

IN_GREENLETS = """
import json, sys
config, photo = json.loads(sys.argv[1]), sys.argv[5]
client = cardwire.Client(config)
def work(number):
    return [item.result.card_number for item in client.recognize_many([photo] * 2, vendor="wechat")]
import gevent
jobs = [gevent.spawn(work, number) for number in range(4)]
gevent.joinall(jobs, timeout=60)
print([job.value for job in jobs] == [[sys.argv[2]] * 2] * 4)
pool = gevent.get_hub().threadpool
print(pool.apply(client.verify, sys.argv[2:5]).outcome.value)
"""


@pytest.mark.parametrize("library", sorted(PATCH))
@pytest.mark.parametrize("order", ["patched first", "patched last", "not patched"])
def test_batches_work_whatever_is_patched(sandbox: Sandbox, library: str, order: str) -> None:
    pytest.importorskip(library)
    sandbox.settings(rates={"tencent_faceid": 0})
    lines = {
        "patched first": [PATCH[library], "import cardwire"],
        "patched last": ["import cardwire", PATCH[library]],
        "not patched": [f"import {library}, cardwire"],
    }[order]
    ended = run_python(
        "\n".join(lines) + SOURCE, json.dumps(sandbox.config), CARD, NAME, ID_NUMBER, PHOTO
    )
    assert (ended.stdout, ended.returncode) == ("[0, 1, 2, 3, 4]\nmatch True\n", 0), ended.stderr


def test_greenlets_share_a_client(sandbox: Sandbox) -> None:
    pytest.importorskip("gevent")
    source = PATCH["gevent"] + "\nimport cardwire" + IN_GREENLETS
    ended = run_python(source, json.dumps(sandbox.config), CARD, NAME, ID_NUMBER, PHOTO)
    assert (ended.stdout, ended.returncode) == ("True\nmatch\n", 0), ended.stderr
