"""Does the message find the settings for which an output is right?"""

from __future__ import annotations

import numpy as np

from autograder.checking import Call, Ref
from autograder.engine.settings import CheckedOutput, forward_call, inputs, separation, settings_of


def output(passed: bool, *settings: str, name: str = "out") -> CheckedOutput:
    return CheckedOutput(name, passed, lambda: frozenset(settings))


def test_right_for_stride_one_only() -> None:
    """Is the setting that separates right from wrong outputs named?"""
    assert (
        separation([output(True), output(True, "pad"), output(False, "stride"), output(False, "stride", "pad")])
        == "right for stride 1 only"
    )
    assert separation([output(False), output(True, "pad"), output(False, "stride")]) == "right with padding only"
    assert separation([output(True, "test"), output(False)]) == "right in test mode only"


def test_no_setting_is_named_if_none_separates() -> None:
    """If an output is right by coincidence or never, is no setting blamed?"""
    assert separation([output(True), output(False)]) == ""
    assert separation([output(True), output(False, "stride", "gaps")]) == ""
    assert separation([output(True, "gaps"), output(False)]) == ""
    assert separation([output(True, "gaps"), output(True, "gaps", "pad"), output(False)]) == "right where windows do not fit only"
    assert separation([output(False), output(False, "stride")]) == ""
    assert separation([output(True, "stride"), output(True)]) == ""
    assert separation([output(True, name="dw"), output(False, "stride", name="dx")]) == ""


def test_settings_are_those_of_the_forward_call() -> None:
    """Are stride, padding and shapes of a gradient those that its forward pass had?"""
    x, w = np.zeros((2, 3, 6, 5)), np.zeros((4, 3, 3, 2))
    calls = {
        "h1": Call("layers.conv_forward_naive", (x, w, np.zeros(4), {"stride": 2, "pad": 0}), {}),
        "h2": Call("layers.conv_backward_naive", (np.zeros((2, 4, 2, 2)), Ref("h1")[1]), {}),
    }
    call = forward_call(calls, Ref("h2")[0])
    assert call is calls["h1"]
    assert inputs(call)[0] is x
    assert settings_of(call) == {"stride", "window", "images", "gaps"}
    assert settings_of(None) == frozenset()


def test_a_parameter_of_four_dimensions_is_not_an_image() -> None:
    """Does a message about an update rule never mention windows?"""
    w = np.zeros((2, 3, 4, 5))
    assert settings_of(Call("optim.adam", (w, w, None), {})) == {"axes"}
