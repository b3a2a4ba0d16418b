"""What phones and editors hang on to a picture: provenance boxes, more pictures, films, and trailers of their own."""

import io
import struct
import zipfile

from tests.images.metadata import FILE_NAME, NAME, PLACE, SERIAL, png_chunk


def box(kind: bytes, body: bytes) -> bytes:
    """One box of the ISO base media file format, which JUMBF shares."""
    return struct.pack(">I", len(body) + 8) + kind + body


def jumbf() -> bytes:
    """A C2PA manifest store: a superbox labelled `c2pa` with one assertion in JSON (ISO 19566-5, C2PA 1.3)."""
    c2pa = bytes.fromhex("63327061 0011 0010 8000 00aa00389b71")
    json = bytes.fromhex("6a736f6e 0011 0010 8000 00aa00389b71")
    words = f'{{"@type":"CreativeWork","author":[{{"name":"{NAME}","identifier":"{SERIAL}"}}]}}'.encode()
    assertion = box(b"jumb", box(b"jumd", json + b"\x03stds.schema-org.CreativeWork\0") + box(b"json", words))
    return box(b"jumb", box(b"jumd", c2pa + b"\x03c2pa\0") + assertion)


def app11(store: bytes) -> bytes:
    """The payload of an APP11 segment that carries a JUMBF box (ISO 18477-3 annex B.1)."""
    return b"JP" + struct.pack(">HI", 1, 1) + store


def photoshop_resource(number: int, body: bytes) -> bytes:
    """One Photoshop image resource, under an empty name."""
    return b"8BIM" + struct.pack(">HHI", number, 0, len(body)) + body + b"\0" * (len(body) % 2)


def photoshop_thumbnail(jpeg: bytes, width: int, height: int) -> bytes:
    """The body of resource 1036: a thumbnail in JFIF."""
    row = (width * 24 + 31) // 32 * 4
    return struct.pack(">6I2H", 1, width, height, row, row * height, len(jpeg), 24, 1) + jpeg


def container_xmp(*items: tuple[str, str, int]) -> bytes:
    """XMP that lists appended items as (MIME type, what it is, bytes), as gain maps and motion photos do."""
    listed = "".join(
        f'<rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="{mime}" Item:Semantic="{semantic}" '
        f'Item:Length="{length}"/></rdf:li>'
        for mime, semantic, length in (("image/jpeg", "Primary", 0), *items)
    )
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:Container="http://ns.google.com/photos/1.0/container/" '
        'xmlns:Item="http://ns.google.com/photos/1.0/container/item/" hdrgm:Version="1.0" '
        f'GCamera:MotionPhoto="1" xmp:CreatorTool="{NAME}"><Container:Directory><rdf:Seq>{listed}</rdf:Seq>'
        "</Container:Directory></rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def film() -> bytes:
    """A tiny MP4 whose user data says where it was taken and by whom."""
    place = b"\xa9xyz" + struct.pack(">HH", len(PLACE), 0x15C7) + PLACE.encode()
    name = b"\xa9nam" + struct.pack(">HH", len(NAME), 0x15C7) + NAME.encode()
    user_data = box(
        b"udta", struct.pack(">I", len(place) + 4) + place + struct.pack(">I", len(name) + 4) + name
    )
    head = box(b"mvhd", bytes(12) + struct.pack(">II", 1000, 1000) + bytes(80))
    return box(b"ftyp", b"mp42\0\0\0\0isommp42") + box(b"moov", head + user_data) + box(b"mdat", bytes(64))


def samsung_trailer() -> bytes:
    """Samsung's trailer: blocks named in a directory between SEFH and SEFT, which is read from the end."""
    blocks, directory = b"", b""
    for kind, name, words in (
        (0x0A01, b"Image_UTC_Data", b"1790932364000"),
        (0x0A41, b"Samsung_Capture_Info", NAME.encode()),
        (0x0A30, b"MotionPhoto_Data", film()),
    ):
        block = struct.pack("<HHI", 0, kind, len(name)) + name + words
        blocks += block
        directory += struct.pack("<HHI", 0, kind, len(block))
    offsets, end = b"", len(blocks)
    for at in range(0, len(directory), 8):
        size = struct.unpack_from("<I", directory, at + 4)[0]
        offsets += directory[at : at + 4] + struct.pack("<II", end, size)
        end -= size
    table = b"SEFH" + struct.pack("<II", 106, len(directory) // 8) + offsets
    return blocks + table + struct.pack("<I", len(table)) + b"SEFT"


def archive() -> bytes:
    """A ZIP archive with a letter in it; appended to a picture, the file is both."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        target.writestr(zipfile.ZipInfo(FILE_NAME, (2026, 10, 3, 9, 12, 44)), NAME)
    return buffer.getvalue()


def vendor_trailers() -> dict[str, bytes]:
    """Trailers that cameras and editors leave after the end of a picture, by their maker."""
    words = NAME.encode()
    length = struct.pack(">I", len(words))
    return {
        "canon vrd": b"CANON OPTIONAL DATA\0\0\1\0\0" + length + words + b"CANON OPTIONAL DATA\0" + bytes(44),
        "photo mechanic": words + length + b"cbipcbbl",
        "afcp": b"AXS!" + bytes(8) + words + b"AXS!" + struct.pack(">II", len(words), 0),
        "fotostation": words + struct.pack(">II", 1, len(words) + 10) + b"\xa1\xb2",
        "vivo": b'{"deviceName":"' + words + b'"}vivo',
        "mie": b"~\x10\x04\xfe0MIE" + b"~\x20\x00" + bytes((len(words),)) + words + b"~\0\x04\0",
        "another png": b"\x89PNG\r\n\x1a\n" + png_chunk(b"tEXt", b"Author\0" + words),
    }
