"""Reads a folder of card photos over a Dask cluster: python dask_batch.py CONFIG_JSON_FILE FOLDER.

One machine with `recognize_many` is enough for most batches. Beyond that an engine spreads the
photos over machines: each worker process makes one client and keeps it.
"""

import sys
from functools import lru_cache
from pathlib import Path
from typing import List, Tuple

from dask.distributed import Client as Cluster

from cardwire import Client


@lru_cache(maxsize=1)
def client_of(config: str) -> Client:
    """This process's client."""
    return Client(config)


def read(config: str, paths: List[str]) -> List[Tuple[str, str, str]]:
    """The path, outcome and billing of each photo; the numbers themselves belong in your store."""
    rows = []
    for item in client_of(config).recognize_many(paths, concurrency=32):
        known = item.result if item.error is None else item.error
        outcome = "ok" if item.error is None else item.error.kind.value
        rows.append((Path(paths[item.index]).name, outcome, known.billed.value))
    return rows


def main() -> None:
    """Spreads the photos in parts of 100."""
    config = Path(sys.argv[1]).read_text("utf-8")
    paths = sorted(str(path) for path in Path(sys.argv[2]).glob("*.jpg"))
    parts = [paths[start : start + 100] for start in range(0, len(paths), 100)]
    with Cluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        for part in cluster.map(read, [config] * len(parts), parts):
            for row in part.result():
                print(*row)


if __name__ == "__main__":
    main()
