"""Writes pictures.json: small picture files, and the numbers that PIL decodes them to.

    python make.py > pictures.json        (Pillow 12.3.0, NumPy 2)

Each entry has the file's bytes, the bytes of convert("RGB") and of the alpha of convert("RGBA"), and what torchvision's
Resize(8), CenterCrop(7) make of the former, all in base64.
"""

import base64
import io
import json
import struct
import zlib

import numpy as np
from PIL import Image, ImageCms

W, H = 9, 7
pictures = {}


def pattern(bands, w=W, h=H):
    y, x = np.mgrid[0:h, 0:w]
    return np.stack([(x * (13 + 5 * i) + y * (7 + 3 * i) + 40 * i) % 256 for i in range(bands)], -1).astype("u1")


def seen(image):
    """torchvision.transforms: the shorter side becomes 8 pixels, bilinear with antialiasing, and 7 x 7 are cut out."""
    w, h = image.size
    size = (8, int(8 * h / w)) if w <= h else (int(8 * w / h), 8)
    left, top = (int(round((side - 7) / 2.0)) for side in size)
    return image.resize(size, Image.Resampling.BILINEAR).crop((left, top, left + 7, top + 7))


def add(name, data):
    image = Image.open(io.BytesIO(data))
    pictures[name] = {
        "mode": image.mode,
        "width": image.width,
        "height": image.height,
        "file": base64.b64encode(data).decode(),
        "rgb": base64.b64encode(np.asarray(image.convert("RGB")).tobytes()).decode(),
        "alpha": base64.b64encode(np.asarray(image.convert("RGBA"))[..., 3].tobytes()).decode(),
        "seen": base64.b64encode(np.asarray(seen(image.convert("RGB"))).tobytes()).decode(),
    }


def save(name, image, **options):
    file = io.BytesIO()
    image.save(file, {"jpg": "JPEG", "tif": "TIFF"}.get(name.split(".")[1], name.split(".")[1].upper()), **options)
    add(name, file.getvalue())


def swapped_profile():
    """sRGB with red and blue exchanged: nobody can overlook whether it is applied."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    places = {}
    for i in range(struct.unpack(">I", profile[128:132])[0]):
        tag, place, _ = struct.unpack(">4sII", profile[132 + 12 * i : 144 + 12 * i])
        places[tag] = place
    r, b = places[b"rXYZ"], places[b"bXYZ"]
    profile[r : r + 20], profile[b : b + 20] = profile[b : b + 20], profile[r : r + 20]
    return bytes(profile)


def png(name, depth, kind, rows, chunks=(), width=W, height=H):
    def chunk(tag, data):
        return struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))

    raw = rows.tobytes()
    stride = len(raw) // height
    lines = b"".join(b"\0" + raw[i * stride : (i + 1) * stride] for i in range(height))
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    parts = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b"")]
    add(name, b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts))


def deep(values):
    wide = values.astype("u4")
    return ((wide * 211 + wide**2) % 65536).astype(">u2")


profile = swapped_profile()
rgb, rgba, grey = pattern(3), pattern(4), pattern(1)[..., 0]
colour, opaque, plain = Image.fromarray(rgb), Image.fromarray(rgba), Image.fromarray(grey)
grey_alpha = Image.fromarray(np.stack([grey, 255 - grey], -1))
palette = colour.quantize(8)
photo = Image.fromarray(pattern(3, 33, 18))
gamma = (b"gAMA", struct.pack(">I", 100000))

save("plain.png", colour)
save("profile.png", colour, icc_profile=profile)
save("alpha.png", opaque)
save("alpha-profile.png", opaque, icc_profile=profile)
save("grey.png", plain)
save("grey-alpha.png", grey_alpha)
save("1-bit.png", plain.convert("1"))
save("palette.png", palette)
save("palette-transparent.png", palette, transparency=3)
save("palette-opacities.png", palette, transparency=bytes(range(0, 240, 30)))
save("one-colour-transparent.png", colour, transparency=tuple(int(v) for v in rgb[0, 0]))
save("one-grey-transparent.png", plain, transparency=int(grey[0, 0]))
png("gamma.png", 8, 2, rgb, [gamma])
png("2-bit.png", 2, 0, grey[:, :2].copy(), width=8)
png("4-bit.png", 4, 0, grey[:, :4].copy(), width=8)
png("16-bit.png", 16, 2, deep(rgb))
png("16-bit-gamma-profile.png", 16, 2, deep(rgb), [gamma, (b"iCCP", b"x\0\0" + zlib.compress(profile, 9))])
png("16-bit-alpha.png", 16, 6, deep(rgba))
png("16-bit-grey.png", 16, 0, deep(grey))
png("16-bit-grey-transparent.png", 16, 0, deep(grey), [(b"tRNS", b"\1\2")])
png("16-bit-grey-alpha.png", 16, 4, deep(rgba[..., :2]))
png("12-in-16-bit.png", 16, 2, (rgb.astype("u2") * 16).astype(">u2"))

save("full-chroma.jpg", photo, quality=80, subsampling=0)
save("half-chroma.jpg", photo, quality=80, subsampling=1)
save("quarter-chroma.jpg", photo, quality=80, subsampling=2)
save("progressive.jpg", photo, progressive=True)
save("profile.jpg", photo, icc_profile=profile)
save("grey.jpg", Image.fromarray(pattern(1, 33, 18)[..., 0]))
save("cmyk.jpg", photo.convert("CMYK"))

save("lzw.tif", colour, compression="tiff_lzw")
save("profile.tif", colour, icc_profile=profile)
save("alpha.tif", opaque)
save("palette.tif", palette)
save("cmyk.tif", colour.convert("CMYK"))
save("fax.tif", plain.convert("1"), compression="group4")
save("16-bit-grey.tif", Image.fromarray(grey.astype("u2") * 3))
save("float.tif", Image.fromarray(grey.astype("f4") * 1.37 - 20))
save("int.tif", Image.fromarray(grey.astype("i4") * 3 - 90))

save("lossless.webp", colour, lossless=True, icc_profile=profile)
save("lossy.webp", photo)
save("alpha.webp", opaque, lossless=True, exact=True)

save("palette.gif", palette)
save("transparent.gif", palette, transparency=3)
save("moving.gif", palette, transparency=2, save_all=True, append_images=[palette.transpose(Image.Transpose.FLIP_LEFT_RIGHT)])


def on_larger_screen(name, **options):
    """A GIF whose only frame is smaller than its screen."""
    file = io.BytesIO()
    palette.save(file, "GIF", **options)
    data = bytearray(file.getvalue())
    data[6:10] = struct.pack("<HH", W + 3, H + 2)
    add(name, bytes(data))


on_larger_screen("small-frame.gif")
on_larger_screen("small-transparent-frame.gif", transparency=3)

random = np.random.default_rng(1)


def noise(count):
    return random.integers(0, 256, count, dtype="u1").tobytes()


def rows(stride, height=3, most=256):
    """Rows of a BMP, each filled up to a multiple of four bytes."""
    return b"".join(bytes(v % most for v in noise(stride)) + b"\0" * (-stride % 4) for _ in range(height))


def colours(count, entry=4):
    return b"".join(noise(3) + b"\0" * (entry - 3) for _ in range(count))


def bmp(name, width, height, bits, data, packing=0, table=b"", size=40, masks=b"", used=0):
    if size == 12:
        header = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        header = struct.pack("<IiiHHIIiiII", size, width, height, 1, bits, packing, len(data), 0, 0, used, 0)
        if size > 40:
            header, masks = header + masks.ljust(size - 40, b"\0"), b""
    start = 14 + len(header) + len(masks) + len(table)
    add(name, b"BM" + struct.pack("<IHHI", start + len(data), 0, 0, start) + header + masks + table + data)


bmp("1-bit.bmp", 11, 3, 1, rows(2), table=colours(2))
bmp("4-bit.bmp", 5, 3, 4, rows(3), table=colours(16))
bmp("4-bit-os2.bmp", 5, 3, 4, rows(3), table=colours(16, 3), size=12)
bmp("8-bit-top-down.bmp", 5, -3, 8, rows(5, most=16), table=colours(16), used=16)
bmp("8-bit-beyond-palette.bmp", 5, 3, 8, rows(5, most=7), table=colours(4), used=4)
bmp("16-bit.bmp", 5, 3, 16, rows(10))
bmp("16-bit-565.bmp", 5, 3, 16, rows(10), packing=3, masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F))
bmp("24-bit.bmp", 3, 3, 24, rows(9))
bmp("24-bit-top-down.bmp", 3, -3, 24, rows(9))
bmp("32-bit.bmp", 3, 3, 32, rows(12))
bmp("32-bit-masks.bmp", 3, 3, 32, rows(12), packing=3, masks=struct.pack("<III", 0xFF0000, 0xFF00, 0xFF))
alpha_masks = struct.pack("<IIII", 0xFF, 0xFF00, 0xFF0000, 0xFF000000)
bmp("32-bit-alpha.bmp", 3, 3, 32, rows(12), packing=3, masks=alpha_masks, size=124)
bmp("32-bit-no-masks.bmp", 3, 3, 32, rows(12), packing=3, masks=b"", size=56)
runs = bytes([3, 1, 0, 3, 2, 3, 4, 0, 1, 5, 0, 0, 2, 6, 0, 2, 1, 1, 2, 7, 0, 0, 0, 1])
bmp("8-bit-runs.bmp", 7, 3, 8, runs, packing=1, table=colours(8), used=8)
bmp("8-bit-runs-too-long.bmp", 4, 2, 8, bytes([9, 1, 0, 0, 4, 2, 0, 1]), packing=1, table=colours(4), used=4)
runs = bytes([3, 0x12, 0, 4, 0x34, 0x56, 0, 0, 5, 0x70, 0, 0, 2, 0x12, 0, 2, 2, 0, 3, 0x89, 0, 0, 7, 0xAB, 0, 1])
bmp("4-bit-runs.bmp", 7, 4, 4, runs, packing=2, table=colours(16))

print("{\n" + ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in pictures.items()) + "\n}")
