"""What a document may be and may be called."""

import re
import unicodedata

MAX_NAME_LENGTH = 100
EXTENSIONS = frozenset(
    [
        "pdf",
        "png",
        "jpg",
        "jpeg",
        "gif",
        "webp",
        "heic",
        "txt",
        "csv",
        "doc",
        "docx",
        "xls",
        "xlsx",
        "ppt",
        "pptx",
        "odt",
        "ods",
        "odp",
        "rtf",
        "eml",
        "msg",
        "dwg",
        "dxf",
        "zip",
    ]
)
# what the file must begin with for its name to be believed
SIGNATURES: dict[str, tuple[bytes, ...]] = {
    "pdf": (b"%PDF-",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "gif": (b"GIF87a", b"GIF89a"),
    "webp": (b"RIFF",),
    "zip": (b"PK\x03\x04", b"PK\x05\x06"),
    "docx": (b"PK\x03\x04",),
    "xlsx": (b"PK\x03\x04",),
    "pptx": (b"PK\x03\x04",),
    "odt": (b"PK\x03\x04",),
    "ods": (b"PK\x03\x04",),
    "odp": (b"PK\x03\x04",),
}


def clean_name(name: str, fallback: str = "document") -> str:
    """Return a file name without folders, control characters and tricks."""
    name = unicodedata.normalize("NFC", name or "")
    name = re.split(r"[\\/]", name)[-1]
    # "Cc" and "Cf" hold line breaks, zero bytes and right-to-left overrides
    name = "".join(
        char for char in name if unicodedata.category(char) not in ("Cc", "Cf", "Cs")
    )
    name = re.sub(r'[<>:"|?*]', "_", name)
    name = re.sub(r"\s+", " ", name).lstrip(" ").rstrip(" .")
    stem, dot, extension = name.rpartition(".")
    if not dot:
        stem, extension = name, ""
    stem = stem.strip(" .") or fallback
    extension = extension.lower()
    limit = MAX_NAME_LENGTH - len(extension) - 1
    return f"{stem[:limit]}.{extension}" if extension else stem[:limit]


def is_allowed(name: str, content: bytes) -> bool:
    """Tell whether a file of this (clean) name and content may be kept."""
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    if extension not in EXTENSIONS:
        return False
    signatures = SIGNATURES.get(extension)
    return not signatures or content.startswith(signatures)
