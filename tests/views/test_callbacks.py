"""No callback fails silently."""

from __future__ import annotations

import threading
import time

import pytest

from galactolab.errors import GalactolabError
from galactolab.views.callbacks import STRICT, guarded
from galactolab.views.controls import StatusLine


def test_a_defect_shows_its_name_and_folds_out_its_trace():
    """What is not a user's mistake keeps its traceback for a report."""
    line = StatusLine()
    line.guard(lambda: {}["missing"])()
    assert line.problem["sentence"] == "This did not work: KeyError: 'missing'"
    assert "Traceback" in line.problem["trace"]


def test_a_mistake_shows_only_its_sentence_and_a_success_clears_it():
    """A GalactolabError is one sentence; the next success takes it away."""

    def check(value):
        if value < 0:
            raise GalactolabError("volume_ml is -1 mL.")

    line = StatusLine()
    run = line.guard(check)
    run(-1)
    assert line.problem == {"sentence": "volume_ml is -1 mL.", "trace": ""}
    run(1)
    assert line.problem == {}


def test_the_pulse_of_the_page_leaves_a_failure_standing():
    """The page pings each second or so; a sentence that is gone by then nobody has read."""
    line = StatusLine()
    line.guard(lambda: 1 / 0)()
    line._handle_custom_msg({"type": "ping"}, [])
    assert "ZeroDivisionError" in line.problem["sentence"]
    line.guard(lambda: None)()
    assert line.problem == {}


def test_busy_ends_even_after_a_failure():
    """The busy state is never left on."""
    states = []

    class Recorder:
        def busy(self, on):
            states.append(on)

        def failed(self, sentence, trace):
            pass

    guarded(lambda: 1 / 0, Recorder())()
    assert states == [True, False]


def test_tests_of_notebooks_see_what_readers_see(monkeypatch):
    """With the strict switch a callback shows its error and raises it."""
    monkeypatch.setenv(STRICT, "1")
    line = StatusLine()
    with pytest.raises(ZeroDivisionError):
        line.guard(lambda: 1 / 0)()
    assert line.problem["sentence"]


def test_two_threads_take_turns():
    """JupyterLab may call from a second thread of the kernel: callbacks never overlap."""
    inside, met = [], []

    def slow(name):
        inside.append(name)
        met.append(len(inside))
        time.sleep(0.02)
        inside.remove(name)

    line = StatusLine()
    threads = [threading.Thread(target=line.guard(slow), args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert met == [1, 1, 1, 1]
    assert line.problem == {}
