"""The bar moves from a thread while the page lives on, and hides at the end."""

import asyncio

from galactolab.views.progress_bar import ProgressBar


def test_a_thread_moves_its_part_of_the_bar():
    async def worked():
        bar = ProgressBar("taking pictures")
        seen = []
        bar.observe(lambda change: seen.append(change["new"]), "value")
        told = bar.steps(0.2, 0.6)
        assert bar.layout.visibility == "visible"
        await asyncio.to_thread(lambda: [told(done, 4) for done in range(1, 5)])
        await asyncio.sleep(0.01)
        return bar, seen

    bar, seen = asyncio.run(worked())
    assert seen == [20, 30, 40, 50, 60]
    assert bar.layout.visibility == "visible"
    bar.at(1.0)
    assert bar.layout.visibility == "hidden"
