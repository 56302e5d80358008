"""The first chart of a kernel does not wait for what no chart needs."""

import subprocess
import sys

_FIRST = """
import sys
import plotly.graph_objects as go
from galactolab.views.chart import chart
made = chart(go.Figure())
assert made._config["responsive"]
assert "rfc3987_syntax" not in sys.modules
import nbformat, jsonschema, rfc3987_syntax
assert rfc3987_syntax.is_valid_syntax("iri", "https://example.org")
"""


def test_the_first_chart_builds_no_grammar_of_addresses():
    """It is left out for the chart only: whoever imports it afterwards gets it."""
    command = [sys.executable, "-c", _FIRST]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
