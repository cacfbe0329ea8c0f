"""What Python runs first where this folder is in PYTHONPATH: scripts there know the tiny net."""
from tests.toys import tiny_net

tiny_net.register()
