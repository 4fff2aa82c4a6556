"""Which processes there are."""

from geoserver_app.processes.difference import DIFFERENCE
from geoserver_app.processes.echo import ECHO
from geoserver_app.processes.process import Process
from geoserver_app.processes.shapes import BUFFER
from geoserver_app.processes.shipping import SHIPPING
from geoserver_app.processes.statistics import STATISTICS
from geoserver_app.processes.terrain import CONTOURS, PROFILE, SLOPE, VIEWSHED
from layers.errors import NotFound

PROCESSES = {
    each.id: each for each in (STATISTICS, BUFFER, PROFILE, SLOPE, CONTOURS, VIEWSHED, SHIPPING, DIFFERENCE, ECHO)
}


def process(name: str) -> Process:
    """Return a process by its id; raises NotFound."""
    if name not in PROCESSES:
        raise NotFound
    return PROCESSES[name]
