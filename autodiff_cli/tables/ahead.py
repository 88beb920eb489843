"""Reading ahead: the next rows are read while those at hand are computed and written."""

from collections.abc import Iterator
from queue import Full, Queue
from threading import Event, Thread

from autodiff_cli.tables.source import Block

# How long a full queue is waited for before it is asked again whether anybody wants more, in seconds.
_PATIENCE = 0.1


class Ahead:
    """Blocks that a thread has read before they are asked for: two at most.

    What is read must not keep the thread waiting: `close` waits for what it has begun.
    """

    def __init__(self, blocks: Iterator[Block]) -> None:
        self._blocks = blocks
        self._queue: Queue[Block | BaseException | None] = Queue(1)
        self._is_closed = Event()
        self._thread = Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        try:
            for block in self._blocks:
                if not self._put(block):
                    return
            self._put(None)
        except BaseException as error:
            self._put(error)

    def _put(self, item: Block | BaseException | None) -> bool:
        """Hand over; False where nobody wants it any more."""
        while not self._is_closed.is_set():
            try:
                self._queue.put(item, timeout=_PATIENCE)
            except Full:
                continue
            return True
        return False

    def __iter__(self) -> Iterator[Block]:
        while (item := self._queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    def close(self) -> None:
        """End the thread."""
        self._is_closed.set()
        self._thread.join()
