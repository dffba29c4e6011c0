"""A submission as a check sees it: requests to a process in the sandbox."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from autograder.checking import SubjectError
from autograder.sandbox.backend import Promise, RequestBackend, out_of_proportion, subject_error
from autograder.sandbox.conversation import Answer, Conversation, Exchange
from autograder.sandbox.limits import DEFAULT_LIMITS, Limits
from autograder.sandbox.wire import Channel, WireError, WireTimeout, WireTooMuch
from autograder.sandbox.worker.protocol import MAX_REPLY_BYTES, Reply, Requests

MAX_NOTES_OF_PROCESS = 20
FIRST_WAIT_S, SHORTEST_WAIT_S = 0.2, 0.05
"""Time before a sandbox's processor time is first read, which takes longer than most answers, and the least between two reads."""


class RemoteBackend(RequestBackend):
    """A process in the sandbox.

    Requests are sent together when an answer is needed. The process reads all of them before it carries out the first, so that
    the two sides never wait for each other to read.
    """

    at_once_s = 0.02
    """A tenth of what 10,000 differences of a forward pass need at least; vectorised code needs a tenth of this."""

    def __init__(
        self,
        channel: Channel,
        files: tuple[str, ...],
        limits: Limits = DEFAULT_LIMITS,
        *,
        loaded: bool = False,
        used_s: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._used_s = used_s
        """Processor time of the sandbox so far."""
        channel.fetched = 0
        self.channel, self.files, self.limits = channel, files, limits
        self.deadline = time.monotonic() + limits.check_wall_s
        self.within_s: float | None = None
        """The processor time for the current requests, if it is less than the check's."""
        self._until_s: float | None = None
        """The sandbox's processor time at which theirs is used up; computed only if something takes long."""
        self.failed: SubjectError | None = None
        """What a call raised where the reference answered, while a conversation was being repeated."""
        self._unsent = Requests()
        self._owed: list[Promise] = []
        # A process first says how many notes there are about the files that it has imported.
        self._loaded = None if loaded else self.owe("L")

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """A context in which requests have at most this many seconds of processor time, after which `WireTimeout` is raised."""
        self.settle()
        self.within_s, self._until_s = seconds, None
        yield
        self.settle()
        self.within_s = None

    @property
    def importing(self) -> bool:
        """Whether the process has not yet said that it has imported the files."""
        return self._loaded is not None and self._loaded.reply is None

    def notes(self) -> list[SubjectError]:
        """Its notes about the files; ask for them in its first check."""
        self.settle()
        count = self._loaded.value() if self._loaded else 0
        return [self._note(index) for index in range(min(count, MAX_NOTES_OF_PROCESS))]

    def _note(self, index: int) -> SubjectError:
        try:
            self.post("Z", {"op": "note", "index": index})
            self.settle()
        except SubjectError as note:
            return note
        raise WireError("no such note")

    def owe(self, tags: str, room: int = MAX_REPLY_BYTES) -> Promise:
        """Expect one more answer from the process; return the promise of it."""
        promise = Promise(tags, room)
        self._owed.append(promise)
        return promise

    def post(self, tags: str, header: dict[str, Any], arrays: Sequence[Any] = ()) -> Promise:
        """Hold a request until an answer is needed."""
        self._unsent.add(header, arrays)
        return self.owe(tags)

    def post_fetches(self, tags: str, refs: list[Any]) -> list[Promise]:
        """The same for a request with several answers."""
        self._unsent.add_fetches(refs)
        return [self.owe(tags, self._room()) for _ in refs]

    def settle(self) -> None:
        """Send the requests and read their answers, before the check's deadline and within its share of bytes."""
        if self._unsent.headers:
            requests, self._unsent = self._unsent, Requests()
            self.channel.send(requests.packed(), deadline=self.deadline)
        owed, self._owed = self._owed, []
        failed: Reply | None = None
        for promise in owed:
            self._wait_within()
            left = self.limits.fetched_bytes - self.channel.fetched
            try:
                promise.reply = reply = self.channel.receive(deadline=self.deadline, room=min(left, promise.room))
            except WireTooMuch as error:
                if left < promise.room or promise.room == MAX_REPLY_BYTES:
                    raise
                raise out_of_proportion(error.shape) from error
            if reply.tag == "E":
                failed = failed or reply
            elif reply.tag not in promise.tags:
                raise WireError("an answer to another question")
        if failed:
            raise subject_error(failed, self.files)

    def repeats(self, conversation: Conversation) -> bool:
        """Whether every answer is the reference's, up to rounding; if not, all answers have been read."""
        self.settle()
        try:
            return all(self._repeats(exchange) for exchange in conversation)
        finally:
            # A check that must be run after all gets its full share of bytes.
            self.channel.fetched = 0

    def _repeats(self, exchange: Exchange) -> bool:
        if exchange.within_s is None:
            return self._answers(exchange)
        started = time.monotonic()
        with self.within(exchange.within_s):
            same = self._answers(exchange)
        return same and time.monotonic() - started < self.at_once_s

    def _answers(self, exchange: Exchange) -> bool:
        """Send the requests of an exchange; return whether the replies are the expected answers."""
        self.channel.send(exchange.requests, deadline=self.deadline)
        parts = (
            self._parts_in_time(exchange) if self.within_s is not None else self.channel.read_like(exchange.forms, deadline=self.deadline)
        )
        if left := exchange.answers[len(parts) :]:
            first = self._skip(left)
            self.failed = subject_error(first, self.files) if first.tag == "E" else None
            return False
        return exchange.agrees(parts)

    def _parts_in_time(self, exchange: Exchange) -> list[bytes]:
        """What follows in each reply up to the first that begins differently, while there is processor time left."""
        parts: list[bytes] = []
        for form in exchange.forms:
            self._wait()
            part = self.channel.read_like([form], deadline=self.deadline)
            if not part:
                break
            parts += part
        return parts

    def _skip(self, answers: Sequence[Answer]) -> Reply:
        """Read replies to their end; return the first one."""
        first, *others = answers
        reply = self._receive(first)
        for answer in others:
            self._receive(answer)
        return reply

    def _receive(self, answer: Answer) -> Reply:
        self._wait_within()
        return self.channel.receive(deadline=self.deadline, room=min(self.limits.fetched_bytes - self.channel.fetched, answer.room))

    def _wait_within(self) -> None:
        if self.within_s is not None:
            self._wait()

    def _wait(self) -> None:
        """Wait for the next answer while there is processor time left; a busy machine does not shorten it."""
        wait_s = FIRST_WAIT_S
        while not self.channel.readable(wait_s):
            used_s = self._used_s()
            if self._until_s is None:
                self._until_s = used_s + float(self.within_s or 0.0) - FIRST_WAIT_S
            if used_s >= self._until_s or time.monotonic() >= self.deadline:
                raise WireTimeout
            wait_s = max(self._until_s - used_s, SHORTEST_WAIT_S)
