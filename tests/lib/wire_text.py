"""Script text and TFTP packets, as wire.py writes them."""

import re
import struct


class Fail(Exception):
    """What went differently from the script."""


class BadScript(Exception):
    """The .wire file itself is wrong."""


# --- text ---------------------------------------------------------------------------------------

ESCAPES = {"n": b"\n", "r": b"\r", "t": b"\t", "e": b"\x1b", "0": b"\0", "\\": b"\\", '"': b'"',
           "{": b"{"}


def unescape(text, names):
    """Bytes for script text: \\n \\r \\t \\e \\0 \\\\ \\" \\{ \\xNN, {N*text} and {NAME}."""
    out = bytearray()
    i = 0
    while i < len(text):
        if text[i] == "\\" and i + 1 < len(text):
            if text[i + 1] == "x" and re.match(r"[0-9a-fA-F]{2}", text[i + 2:i + 4]):
                out.append(int(text[i + 2:i + 4], 16))
                i += 4
                continue
            if text[i + 1] not in ESCAPES:
                raise BadScript(f"unknown escape \\{text[i + 1]}")
            out += ESCAPES[text[i + 1]]
            i += 2
            continue
        found = re.compile(r"\{(\d+)\*((?:[^}\\]|\\.)*)\}|\{([A-Z][A-Z0-9_]*)\}").match(text, i)
        if found and found.group(1):
            out += unescape(found.group(2), names) * int(found.group(1))
            i = found.end()
        elif found and found.group(3) in names:
            out += names[found.group(3)].encode()
            i = found.end()
        else:
            out += text[i].encode("utf-8", "surrogateescape")
            i += 1
    return bytes(out)


def as_text(data):
    """Bytes as script text, so that a transcript can be pasted into a script."""
    out = []
    for char in data.decode("utf-8", "surrogateescape"):
        code = ord(char)
        if char == "\\":
            out.append("\\\\")
        elif char in "\r\n\t\x1b":
            out.append({"\r": "\\r", "\n": "\\n", "\t": "\\t", "\x1b": "\\e"}[char])
        elif 0xdc80 <= code <= 0xdcff:
            out.append(f"\\x{code - 0xdc00:02x}")
        elif code < 32 or code == 127:
            out.append(f"\\x{code:02x}")
        else:
            out.append(char)
    return "".join(out)


def brief(data, limit=300):
    text = as_text(data) if isinstance(data, bytes) else data
    if len(text) <= limit:
        return text
    return f"{text[:limit]}... ({len(data)} in all)"


def seconds(text):
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s)?", text.strip())
    if not found:
        raise BadScript(f"not a time: {text}")
    return float(found.group(1)) * (0.001 if found.group(2) == "ms" else 1)


def write(path, data):
    with open(path, "wb") as target:
        target.write(data)


# --- TFTP packets -------------------------------------------------------------------------------

OPCODES = {"RRQ": 1, "WRQ": 2, "DATA": 3, "ACK": 4, "ERROR": 5, "OACK": 6}
OPNAMES = {number: name for name, number in OPCODES.items()}


def packet_of(text, names):
    """A packet for its symbolic form; returns (bytes, whether more options are welcome)."""
    kind, _, rest = text.strip().partition(" ")
    rest = rest.strip()
    if kind == "hex":
        return bytes.fromhex(rest), False
    if kind == "raw":
        return unescape(rest, names), False
    if kind not in OPCODES:
        raise BadScript(f"not a packet: {text}")
    words = re.findall(r'"(?:[^"\\]|\\.)*"|\{\d+\*[^}]*\}|\S+', rest)
    more = bool(words) and words[-1] == "..."
    if more:
        words.pop()
    parts = [unescape(word[1:-1] if word[0] == '"' else word, names) for word in words]
    head = struct.pack("!H", OPCODES[kind])
    if kind in ("RRQ", "WRQ"):
        fields = parts[:2] + [piece for part in parts[2:] for piece in part.split(b"=", 1)]
        return head + b"".join(field + b"\0" for field in fields), more
    if kind == "OACK":
        fields = [piece for part in parts for piece in part.split(b"=", 1)]
        return head + b"".join(field + b"\0" for field in fields), more
    number = struct.pack("!H", int(parts[0]) & 0xffff)
    if kind == "ACK":
        return head + number, False
    payload = parts[1] if len(parts) > 1 else b""
    return head + number + payload + (b"\0" if kind == "ERROR" else b""), False


def packet_text(data):
    """The symbolic form of a packet."""
    kind = OPNAMES.get(struct.unpack("!H", data[:2])[0]) if len(data) >= 2 else None
    rest = data[2:]
    if kind in ("RRQ", "WRQ", "OACK") and rest.endswith(b"\0"):
        fields = [as_text(field) for field in rest[:-1].split(b"\0")]
        words = []
        if kind != "OACK":
            words = [f'"{fields[0]}"'] + fields[1:2]
            fields = fields[2:]
        if len(fields) % 2 == 0:
            words += [f"{fields[i]}={fields[i + 1]}" for i in range(0, len(fields), 2)]
            return " ".join([kind] + words)
    if kind == "ACK" and len(rest) == 2:
        return f"ACK {struct.unpack('!H', rest)[0]}"
    if kind == "DATA" and len(rest) >= 2:
        return f'DATA {struct.unpack("!H", rest[:2])[0]} "{as_text(rest[2:])}"'
    if kind == "ERROR" and len(rest) >= 3 and rest.endswith(b"\0"):
        return f'ERROR {struct.unpack("!H", rest[:2])[0]} "{as_text(rest[2:-1])}"'
    return ("hex " + data.hex(" ")).strip()


def packet_matches(data, expected, more):
    if data == expected:
        return True
    if not more or data[:2] != expected[:2]:
        return False
    fixed = 0 if data[1] == OPCODES["OACK"] else 2

    def split(packet):
        fields = packet[2:].split(b"\0")[:-1]
        options = fields[fixed:]
        return fields[:fixed], set(zip(options[::2], options[1::2]))
    start, options = split(data)
    wanted_start, wanted_options = split(expected)
    return start == wanted_start and wanted_options <= options
