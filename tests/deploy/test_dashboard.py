"""The Grafana dashboard asks for numbers that there are, and all of them."""

import json
import re
from pathlib import Path
from typing import Any

from doctocbot.health.metrics import Metrics

DASHBOARD = Path(__file__).parents[2] / "deploy" / "grafana" / "doctocbot.json"
_LABELS = {"kind", "format", "outcome", "age", "state", "file", "le"}


def _panels() -> list[dict[str, Any]]:
    panels: list[dict[str, Any]] = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    return panels


def _told() -> set[str]:
    metrics = Metrics()
    metrics.count_scrub("jpeg", 0.1)
    lines = metrics.text().decode().splitlines()
    return {re.split(r"[{ ]", line)[0] for line in lines if not line.startswith("#")}


def test_every_number_of_the_dashboard_is_told() -> None:
    """A panel that stays empty for ever is noticed here."""
    asked = {
        name
        for panel in _panels()
        for target in panel["targets"]
        for name in re.findall(r"doctocbot_\w+", target["expr"])
    }
    assert asked <= _told() | {"doctocbot_undecryptable", "doctocbot_cases", "doctocbot_file_bytes"}
    counted = {name for name in _told() if not name.endswith(("_created", "_sum", "_count"))}
    assert counted <= asked


def test_panels_stand_beside_each_other_and_name_no_machine() -> None:
    """No two overlap, each has its own number, and whose Prometheus it is is chosen at the import."""
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in _panels()}
    assert len(places) == len({panel["id"] for panel in _panels()}) == len(_panels())
    assert {panel["datasource"]["uid"] for panel in _panels()} == {"${datasource}"}
