"""The visible checks of the notebooks: what is wrong, where, and what it looks like.

>>> import numpy as np
>>> with checking("doubling") as check:
...     check.close("out", 2 * np.arange(3.0), np.array([0.0, 2.0, 4.0]))
doubling: the check passed (largest absolute error 0.0e+00)

A block collects every failure before it raises one `CheckFailed`, so a student sees what is
right together with what is wrong. An unfinished task (`NotImplementedError`) passes through untouched.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from coursenn._differences import describe_place, explain, hints, shape_hint
from coursenn._known_mistakes import Print, find, fingerprint

Array = NDArray[Any]
MICROSCOPE = "To find the step at which a gradient goes wrong, look at both passes with `explain_gradient` of `coursenn.debug`."
MANY = 200
"""Numeric derivatives are taken again with a smaller step for at most this many entries."""

EXACT = 1e-5
"""A comparison that allows more than this is about a statistic."""


class CheckFailed(AssertionError):
    """Some comparisons of a check failed; the message lists what is right and what is wrong."""

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows instead of a traceback: only the message."""
        return str(self).splitlines()


def rel_error(x: ArrayLike, y: ArrayLike) -> float:
    """Largest elementwise relative error, ``max(|x - y| / max(1e-8, |x| + |y|))``.

    Parameters
    ----------
    x, y : arrays or numbers of one shape.
    """
    x, y = np.asarray(x), np.asarray(y)
    return float(np.max(np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y))))


def weighted_sum(x: ArrayLike) -> float:
    """The sum of all entries, each times a weight of its own: it changes with every entry and reveals none of them.

    Parameters
    ----------
    x : array of any shape.
    """
    flat = np.asarray(x, dtype=float).reshape(-1)
    return float(np.sum(np.cos(np.arange(1, flat.size + 1)) * flat))


def print_mean_std(x: Array, axis: int | tuple[int, ...] = 0) -> None:
    """Print the means and the standard deviations over ``axis``, followed by an empty line."""
    print("  means: ", x.mean(axis=axis))
    print("  stds:  ", x.std(axis=axis))
    print()


def with_drawn_weights(kind: Callable[..., Any], *args: Any, weight_scale: float, **settings: Any) -> Any:
    """Make a network and draw its weights here, so that its loss is known: it may draw them with any generator.

    Parameters
    ----------
    kind : class of the network, which keeps its weights ``W1``, ``W2``, ... in ``params``.
    args, settings : what the class gets.
    weight_scale : standard deviation of the weights; the class gets it too.
    """
    state = np.random.get_state()
    network = kind(*args, weight_scale=weight_scale, **settings)
    np.random.set_state(state)
    for name in itertools.takewhile(network.params.__contains__, (f"W{layer}" for layer in itertools.count(1))):
        weights = network.params[name]
        network.params[name] = (weight_scale * np.random.randn(*weights.shape)).astype(weights.dtype)
    return network


def checking(name: str) -> Checks:
    """Open a check: ``with checking("affine_forward") as check: ...``."""
    return Checks(name)


class Checks:
    """The object ``check`` of a ``with checking(...)`` block; each method is one comparison."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.right: list[str] = []
        self.wrong: list[str] = []
        self.notes: list[str] = []
        self.prints: list[tuple[str, Print | None]] = []
        """What is wrong, as hints know it."""
        self.misshapen: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {}
        self.errors: dict[str, list[float]] = {"numeric gradient": [], "expected": []}
        """The largest absolute errors of what is right; those of statistics, which are only about right, are left out."""
        self.moves: list[bool] = []
        """For each gradient, whether the numeric one differs from 0."""
        self.wrong_gradients = 0

    def __enter__(self) -> Checks:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if isinstance(error, NotImplementedError):
            return
        if error is not None:
            lines = [f"This happened in the check {self.name!r}, after {len(self.right)} comparisons that passed."]
            lines += [hint for hint in [explain(error)] if hint]
            lines += [f"wrong before that: {text}" for text in self.wrong]
            error.add_note("\n".join(lines))
            return
        if self.moves and not any(self.moves):
            # Zeros agree with the numeric gradient of a forward pass that gives the same output for every input.
            self._record(False, "the output changes with the inputs", "all numeric gradients are 0: does the forward pass use its inputs?")
        if self.wrong:
            raise CheckFailed(self._message())
        count = len(self.right)
        # Expected values are rounded in the notebooks, so next to gradients their errors say nothing.
        errors = self.errors["numeric gradient"] or self.errors["expected"]
        size = f" (largest {'error of a gradient' if self.moves else 'absolute error'} {max(errors):.1e})" if errors else ""
        print(f"{self.name}: " + ("the check passed" if count == 1 else f"all {count} checks passed") + size)
        for note in self.notes:
            print(f"  note: {note}")

    def _message(self) -> str:
        notes = [*self.notes, *self._exchanged()]
        total = len(self.wrong) + len(self.right)
        lines = [f"{self.name}: {len(self.wrong)} of {total} checks failed"]
        told = [*find(self.name, self.prints), *([MICROSCOPE] if self.wrong_gradients else [])]
        for mark, texts in (("WRONG", self.wrong), ("hint ", told), ("note ", notes), ("right", self.right)):
            for text in texts:
                first, *rest = text.splitlines()
                lines.append(f"  {mark}  {first}")
                lines += [f"         {line}" for line in rest]
        return "\n".join(lines)

    def _record(self, holds: bool, right: str, wrong: str, got: Any = None) -> bool:
        if holds:
            self.right.append(right)
        elif wrong not in self.wrong:  # `shape` followed by `close` would say the same twice
            self.wrong.append(wrong)
            self.prints.append((right, fingerprint(got)))
        return holds

    def _exchanged(self) -> list[str]:
        """Pairs of outputs that have each other's shape."""
        found = list(self.misshapen.items())
        pairs = [(a, b) for i, (a, one) in enumerate(found) for b, two in found[i + 1 :] if one == two[::-1]]
        return [f"{a} and {b} have each other's shape: check the order in which they are returned." for a, b in pairs]

    def true(self, label: str, condition: object, message: str = "this does not hold") -> bool:
        """A fact; ``message`` tells what is wrong and where to look when it does not hold."""
        return self._record(bool(condition), label, f"{label}: {message}")

    def shape(self, label: str, got: Any, shape: tuple[int, ...]) -> bool:
        """The array has that shape; axes of length 1 too many or too few are accepted with a note, as in grading."""
        array = self._array(label, got)
        if array is None:
            return False
        shape = tuple(shape)
        holds = self._same_shape(label, array, shape)
        if not holds:
            self.misshapen[label] = (array.shape, shape)
        hint = shape_hint(array.shape, shape)
        wrong = f"{label} has shape {array.shape} where {shape} is expected." + (f"\n{hint}" if hint else "")
        return self._record(holds, f"{label} has shape {shape}", wrong, array)

    def dtype(self, label: str, got: Any, dtype: DTypeLike) -> bool:
        """The array has that dtype."""
        found, wanted = np.asarray(got).dtype, np.dtype(dtype)
        wrong = f"{label} has dtype {found} where {wanted} is expected: which operation or allocation brings {found} in?"
        return self._record(found == wanted, f"{label} has dtype {wanted}", wrong)

    def keys(self, label: str, got: Any, expected: Iterable[str]) -> bool:
        """The dict has exactly these keys."""
        if not isinstance(got, dict):
            return self._record(False, "", f"{label} is a {type(got).__name__} where a dict is expected.")
        found, wanted = set(got), set(expected)
        parts = [
            f"{word} {', '.join(sorted(names))}" for word, names in (("lacks", wanted - found), ("must not hold", found - wanted)) if names
        ]
        return self._record(not parts, f"{label} has all {len(wanted)} keys", f"{label} {' and '.join(parts)}.")

    def unchanged(self, label: str, got: Any, before: Array) -> bool:
        """An argument still holds what it held before the call."""
        same = np.array_equal(np.asarray(got), before)
        return self._record(
            same, f"{label} is left as it was", f"{label} belongs to the caller and was written into: work on a copy or a new array."
        )

    def raises(self, label: str, kind: type[Exception], function: Callable[[], object], mentions: Iterable[str] = ()) -> bool:
        """Calling ``function`` raises ``kind`` with a text that holds all of ``mentions``."""
        try:
            function()
        except NotImplementedError:
            raise
        except kind as error:
            missing = [word for word in mentions if word not in str(error)]
            wrong = f"{label}: the text of the {kind.__name__} should also name {', '.join(missing)}; it says {str(error)!r}."
            return self._record(not missing, label, wrong)
        return self._record(False, label, f"{label}: a {kind.__name__} was expected, and none was raised.")

    def close(self, label: str, got: Any, expected: Any, *, atol: float = 1e-8, rtol: float = 0.0) -> bool:
        """Every entry is within ``atol + rtol * max|expected|`` of the expected one.

        Parameters
        ----------
        label : what the message calls the output.
        got, expected : arrays or numbers of one shape; axes of length 1 too many or too few are accepted with a note.
        atol, rtol : absolute tolerance, and tolerance relative to the largest expected entry.
        """
        want = np.asarray(expected)
        scale = float(np.max(np.abs(want), initial=0.0))
        return self._compare(label, got, want, atol + rtol * scale, f"{label} is as expected")

    def gradient(
        self,
        label: str,
        got: Any,
        function: Callable[[Any], Any],
        x: Array,
        dout: Any = None,
        *,
        tol: float = 1e-8,
        atol: float | None = None,
        rtol: float | None = None,
        h: float = 1e-5,
    ) -> bool:
        """The gradient agrees with a centred difference of ``sum(function(x) * dout)``.

        A block in which that difference is 0 for every gradient fails: nothing was tested.

        Parameters
        ----------
        label : what the message calls the gradient.
        got : the gradient under test, shape of ``x``.
        function : of one array, giving an array of the shape of ``dout`` (or a number, when ``dout`` is None). ``x`` is
            also changed in place while it runs, so ``lambda _: model.loss(X, y)[0]`` works with ``x = model.params["W1"]``.
        x : floating-point array; it holds its old values again afterwards.
        dout : upstream gradient; None for a loss.
        tol : value of ``atol`` and ``rtol`` where these are not given; an entry may be off by ``atol + rtol * max|numeric|``
            and the rounding error of the difference itself.
        h : step of the difference.
        """
        if not np.issubdtype(np.asarray(x).dtype, np.floating):
            raise TypeError(f"check.gradient needs a floating-point x to take steps of {h:g}, not {np.asarray(x).dtype}")
        probe = _Probe(function, x, dout)
        numeric = np.zeros(x.shape)
        for index in np.ndindex(*x.shape):
            numeric[index] = probe.derivative(index, h)
        if probe.wrote:
            self.wrong.append(f"{label}: the function writes into the array it is given: work on a copy or a new array.")
        scale = float(np.max(np.abs(numeric), initial=0.0))
        noise = 8 * np.finfo(float).eps * probe.size / h
        allowed = (tol if atol is None else atol) + (tol if rtol is None else rtol) * scale + noise
        array = np.asarray(got, dtype=float) if _is_numeric(got) else None
        if array is not None and _squeezed(array.shape) == _squeezed(numeric.shape):
            array = array.reshape(numeric.shape)
            # Next to a kink the two sides differ and a smaller step decides.
            for place in np.argwhere(~(np.abs(array - numeric) <= allowed))[:MANY]:
                index = tuple(int(i) for i in place)
                finer = probe.derivative(index, h / 10)
                if abs(array[index] - finer) <= allowed + 9 * noise and abs(finer - numeric[index]) > allowed:
                    numeric[index] = array[index]
        vanishes = scale <= max(20 * noise, 1e-9) and scale < 1e-6
        self.moves.append(not vanishes)
        if vanishes:
            text = f"the true gradient is 0 (the numeric one is at most {scale:.0e}, which is rounding), so only the absolute error counts"
            self.notes.append(f"{label}: {text}")
        holds = self._compare(label, got, numeric, allowed, f"{label} agrees with the numeric gradient", source="numeric gradient")
        self.wrong_gradients += not holds
        return holds

    def _compare(self, label: str, got: Any, want: Array, allowed: float, right: str, source: str = "expected") -> bool:
        array = self._array(label, got)
        if array is None:
            return False
        if not self._same_shape(label, array, want.shape):
            return self.shape(label, array, want.shape)
        what = f"{label} (shape {array.shape}, {array.dtype})" if array.ndim else label
        array, want = array.reshape(want.shape).astype(float), want.astype(float)
        lost = ~np.isfinite(array) & np.isfinite(want)
        if lost.any():
            kind = "nan" if np.isnan(array[lost]).all() else "inf" if np.isinf(array[lost]).all() else "nan and inf"
            count = f"{int(lost.sum())} of {array.size} entries are {kind}" if array.ndim else f"it is {kind}"
            text = f"{what}: {count}{describe_place(lost)}: look for a division by 0, log(0) or an overflow in exp."
            return self._record(False, right, text, got)
        with np.errstate(invalid="ignore"):
            error = np.where(array == want, 0.0, np.abs(array - want))
        largest = float(error.max(initial=0.0))
        if largest <= allowed:
            if allowed <= EXACT:
                self.errors[source].append(largest)
            return self._record(True, f"{right} (largest absolute error {largest:.1e}, allowed {allowed:.1e})", "")
        text = f"{what}: {self._largest(array, want, error, allowed, source)}" + hints(array, want, allowed, np.asarray(got).dtype)
        return self._record(False, right, text, got)

    @staticmethod
    def _largest(got: Array, want: Array, error: Array, allowed: float, source: str) -> str:
        worst = np.unravel_index(int(np.argmax(error)), error.shape)
        where = f" at index {[int(i) for i in worst]}" if error.ndim else ""
        values = f"yours {float(got[worst]):.8g}, {source} {float(want[worst]):.8g}"
        text = f"the largest absolute error is {float(error[worst]):.2e}{where} ({values}); allowed is {allowed:.1e}."
        return text + (f"\n{int((error > allowed).sum())} of {error.size} entries are off." if error.ndim else "")

    def _array(self, label: str, got: Any) -> Array | None:
        kind = type(got).__name__
        if got is None:
            wrong = f"{label} is None: is it computed, and returned or stored where it belongs?"
        elif isinstance(got, (tuple, list)) and _is_numeric(got):
            wrong = f"{label} is a {kind} of numbers: make it a numpy array."
        elif isinstance(got, (tuple, list)):
            wrong = f"{label} is a {kind} of {len(got)} things where one array is expected: check what is returned, and in which order."
        elif isinstance(got, (np.ndarray, np.generic)) and not _is_numeric(got):
            wrong = f"{label} has dtype {got.dtype}, which holds no plain numbers: which operation or allocation brings it in?"
        elif not _is_numeric(got):
            wrong = f"{label} is a {kind} where an array or a number is expected."
        else:
            return np.asarray(got)
        self._record(False, "", wrong)
        return None

    def _same_shape(self, label: str, array: Array, shape: tuple[int, ...]) -> bool:
        if array.shape == shape:
            return True
        accepted = _squeezed(array.shape) == _squeezed(shape)
        note = f"{label} has shape {array.shape} where {shape} is documented; that is accepted."
        if accepted and note not in self.notes:
            self.notes.append(note)
        return accepted


class _Probe:
    """A function of one array, seen as a number: its entries weighted by ``dout`` and summed."""

    def __init__(self, function: Callable[[Any], Any], x: Array, dout: Any) -> None:
        self.function, self.x, self.dout = function, x, 1.0 if dout is None else np.asarray(dout)
        self.before = x.copy()
        self.wrote = False
        self.size = 0.0

    def derivative(self, index: tuple[int, ...], h: float) -> float:
        plus, minus = self._at(index, h), self._at(index, -h)
        # The difference is taken before the sum: large entries that x does not touch cancel exactly.
        return float(np.sum((plus - minus) * self.dout) / (2 * h))

    def _at(self, index: tuple[int, ...], step: float) -> Array:
        try:
            self.x[index] = self.before[index] + step
            moved = self.x.copy()
            out = np.array(self.function(self.x), dtype=float)
            self.wrote = self.wrote or not np.array_equal(self.x, moved)
        finally:
            self.x[...] = self.before
        if np.ndim(self.dout) and out.shape != np.shape(self.dout):
            raise ValueError(
                f"the function gives shape {out.shape} and the upstream gradient has shape {np.shape(self.dout)}: the two must be equal"
            )
        self.size = max(self.size, float(np.max(np.abs(out * self.dout), initial=0.0)))
        return out


def _squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n for n in shape if n != 1)


def _is_numeric(value: Any) -> bool:
    try:
        return np.asarray(value).dtype.kind in "biuf"
    except (ValueError, TypeError):
        return False
