"""Loaded once by the fork server: what ``COMPENDIUM_PRELOAD`` names is in every kernel that is forked from it."""

import gc
import os
from importlib import import_module

gc.disable()  # there is no garbage to look for yet
for _name in os.environ.get("COMPENDIUM_PRELOAD", "").split():
    try:
        import_module(_name)
    except Exception:  # the chapter that imports it will say what is wrong
        continue

gc.freeze()  # a kernel that looks for garbage leaves what it shares with all others untouched, and so shared
