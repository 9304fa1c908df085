"""Whatever is logged, by whomever, names nobody."""

import json
import re
import subprocess
import sys

SCRIPT = """\
import logging, warnings
from workers.logs import configure, log
configure()
log.info("effect", activity="contact", journey="journey-LN-1", name="Winifred Quill", facts=["contact_made"])
other = logging.getLogger("somebody.elses")
other.warning("could not reach %s", "winifred@example.com", extra={"phone": "+12025550100"})
try:
    try:
        raise KeyError("Winifred Quill")
    except KeyError as error:
        raise ValueError("no number +12025550100") from error
except ValueError:
    other.exception("that went wrong")
    log.exception("and here")
other.warning("Winifred Quill is not available")
import asyncio

async def never_awaited():
    async def fails():
        raise ValueError("Winifred Quill +12025550100")
    asyncio.create_task(fails())
    await asyncio.sleep(0)

asyncio.run(never_awaited())
warnings.warn("7 Nightingale Row is no address")
"""


def test_a_line_is_a_fixed_sentence_and_known_keys_and_quotes_nobody():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    for personal in ("Winifred", "Quill", "@example", "+1202", "Nightingale"):
        assert personal not in done.stderr
    assert lines[0]["journey"] == "journey-LN-1" and lines[0]["facts"] == ["contact_made"]
    assert (lines[1]["event"], lines[1]["logger"]) == ("could not reach %s", "somebody.elses")
    for raised in lines[2:4]:
        assert [one["type"] for one in raised["error"]] == ["ValueError", "KeyError"]
        assert raised["error"][0]["at"] == ["<string>:11 <module>"]
    assert lines[2]["level"] == "error"
    assert lines[4]["event"] == "said something at <string>:15"
    assert re.fullmatch(r"said something at \S+base_events\.py:\d+", lines[5]["event"])
    assert [(one["type"], one["at"][-1]) for one in lines[5]["error"]] == [
        ("ValueError", "<string>:20 fails")
    ]
    assert lines[6]["error"] == [{"type": "UserWarning", "at": ["<string>:25"]}]
