"""A picture of ours, by which it is seen whether the picture workers still clean."""

import base64

PROBE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAADElEQVR4nGNgGB4AAADIAAGtQHYiAAAAAElFTkSuQmCC"
)
"""A PNG of eight by eight black pixels."""
