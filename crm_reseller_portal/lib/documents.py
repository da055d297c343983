"""What a document may be and may be called."""

import re
import unicodedata

MAX_NAME_LENGTH = 100
MAX_EXTENSION_LENGTH = 10
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
# what the file must begin with, or hold at an offset, for its name to be trusted
ZIP = (b"PK\x03\x04",)
OLE = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",)
RTF = (b"{\\rtf",)
SIGNATURES: dict[str, tuple[bytes, ...]] = {
    "pdf": (b"%PDF-",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "gif": (b"GIF87a", b"GIF89a"),
    "webp": (b"WEBP",),
    "heic": (b"ftyp",),
    "zip": (*ZIP, b"PK\x05\x06"),
    **dict.fromkeys(["docx", "xlsx", "pptx", "odt", "ods", "odp"], ZIP),
    **dict.fromkeys(["xls", "ppt", "msg"], OLE),
    # a word processor may keep rich text under its own ending
    "doc": OLE + RTF,
    "rtf": RTF,
    "dwg": (b"AC10",),
}
OFFSETS = {"webp": 8, "heic": 4}
TEXTS = frozenset(["txt", "csv", "eml", "dxf"])
BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")
BINARY_DRAWING = b"AutoCAD Binary DXF"
# a page or a picture that runs scripts, under any name
MARKUP = re.compile(
    rb"\s*<(!--|(!doctype|\?xml|html|head|body|svg|script|iframe|meta|style|img)\b)",
    re.IGNORECASE,
)


def clean_name(name: str, fallback: str = "document") -> str:
    """A file name without folders, control characters and tricks.

    :param name: the name as it was sent
    :param fallback: used where nothing of the name is left
    :return: the name, with an extension in lower case if it has one
    """
    name = unicodedata.normalize("NFC", name or "")
    name = re.split(r"[\\/]", name)[-1]
    # "Cc" and "Cf" hold line breaks, zero bytes and right-to-left overrides
    name = "".join(
        char for char in name if unicodedata.category(char) not in ("Cc", "Cf", "Cs")
    )
    name = re.sub(r'[<>:"|?*]', "_", name)
    name = re.sub(r"\s+", " ", name).lstrip(" ").rstrip(" .")
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > MAX_EXTENSION_LENGTH:
        stem, extension = name, ""
    stem = stem.strip(" .") or fallback
    extension = extension.lower()
    limit = MAX_NAME_LENGTH - len(extension) - 1
    return f"{stem[:limit]}.{extension}" if extension else stem[:limit]


def is_allowed(name: str, content: bytes) -> bool:
    """Whether a file of this (clean) name and content may be kept.

    :param name: see ``clean_name``
    :param content: the file
    :return: whether its type is accepted and its content fits the extension
    """
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    if extension not in EXTENSIONS:
        return False
    if extension in TEXTS:
        return _is_text(content)
    start = OFFSETS.get(extension, 0)
    return content[start : start + 32].startswith(SIGNATURES[extension])


def _is_text(content: bytes) -> bool:
    """Whether this is text, and no page that a browser would run.

    :param content: the file
    :return: whether it is
    """
    if content.startswith(BINARY_DRAWING):
        return True
    head = content.removeprefix(b"\xef\xbb\xbf")
    if content.startswith(BYTE_ORDER_MARKS):
        head = content.decode("utf-16", errors="replace").encode()
    return b"\x00" not in head and not MARKUP.match(head)
