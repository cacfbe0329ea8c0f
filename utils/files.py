"""Files that are whole or absent."""
import os


def write_bytes(path, data):
    """Writes beside, flushes to the disk, then renames: a kill leaves the old file or the new."""
    beside = "{}.tmp{}".format(path, os.getpid())
    try:
        with open(beside, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        if os.path.exists(beside):
            os.remove(beside)
        raise


def write_text(path, text):
    """`write_bytes` for text, UTF-8."""
    write_bytes(path, text.encode("utf-8"))
