"""A DevLink3 client that a third party could have written: from the specification alone.

Only Python's standard library; not one line of the project. It speaks to a simulated IP Office
(`testbed pbx`) over TCP and TLS, strictly by the text (devlink3.md, sections 1 to 13), as a
hostile client too, and prints one line a check: "ok NAME" or "not ok NAME: WHY".
"""
import argparse
import hashlib
import json
import re
import socket
import ssl
import struct
import sys
import time
import traceback

# Section 3: packet types and results.
TEST, TEST_RESPONSE = 0x002A0001, 0x802A0001
AUTH, AUTH_RESPONSE = 0x00300001, 0x80300001
EVENTS, EVENTS_RESPONSE, EVENT = 0x00300011, 0x80300011, 0x10300011
READ, READ_RESPONSE = 0x00300041, 0x80300041
RECORD, RECORD_RESPONSE, RECORD_STATUS = 0x003000F1, 0x803000F1, 0x103000F1

SUCCESS, PARTIAL_SUCCESS = 0, 9
CHALLENGE_PLAIN, CHALLENGE_SHA1 = 1, 2
PAYLOAD_TOO_LONG, STREAM_AUTHENTICATION_FAILED = 0x80000001, 0x80000003
UNKNOWN_FLAG, INSUFFICIENT_LICENCE = 0x80000021, 0x80000022
FEATURE_NOT_AVAILABLE, AUTHENTICATION_FAILED = 0x80000023, 0x80000041
LIMITS_EXCEEDED, LICENCE_MISSING = 0x80000042, 0x80000044

APPLICATION, PBX_VERSION, VARIANT = 0x007E0001, 0x007D0001, 0x007D0002
DELTA3, DELTA2, SIPTRACK, CMEXTN = 0x00760001, 0x00760002, 0x00760003, 0x00760004
ANNOUNCEMENT = 0x7FE00001

LIMIT_SECONDS = 15
QUIET_SECONDS = 0.4


class Closed(Exception):
    """The IP Office has closed the stream."""


def frame(payload):
    """Section 2, sending: the short form, or the long one above 32,764 bytes."""
    if len(payload) + 3 <= 0x7FFF:
        return b"\x49" + struct.pack(">H", len(payload) + 3) + payload
    size = len(payload) + 4
    assert size <= 0x3FFFFF, "a longer frame must be refused"
    header = [0x49, 0x80 | (size >> 15), (size >> 8) & 0x7F, size & 0xFF]
    return bytes(header) + payload


def long_frame(payload, forgets_mask=False):
    """The long form though the short one would do: legal to receive."""
    size = len(payload) + 4
    second = (size >> 8) & (0xFF if forgets_mask else 0x7F)
    return bytes([0x49, 0x80 | (size >> 15), second, size & 0xFF]) + payload


def tuples_of(data):
    """Section 3, the tuple table: code, length, data, to the end of the payload."""
    found, at = [], 0
    while at < len(data):
        code, size = struct.unpack(">IH", data[at : at + 6])
        if at + 6 + size > len(data):
            raise AssertionError("a tuple runs past the payload")
        found.append((code, data[at + 6 : at + 6 + size]))
        at += 6 + size
    return found


def tuple_bytes(code, data):
    return struct.pack(">IH", code, len(data)) + data


def text(data):
    return data.decode("utf-8").rstrip("\0")


def nul(words):
    return words.encode("utf-8") + b"\0"


class Client:
    """One stream, blocking, with the deframer of section 2."""

    def __init__(self, options, secure=False):
        address = (options.host, options.tls_port if secure else options.port)
        self.socket = socket.create_connection(address, LIMIT_SECONDS)
        if secure:
            context = ssl.create_default_context(cafile=options.ca)
            self.socket = context.wrap_socket(self.socket, server_hostname=options.host)
        self.socket.settimeout(LIMIT_SECONDS)
        self.buffer = b""
        self.next_id = 0x11
        self.events = []
        self.statuses = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data, piece=0):
        if piece == 0:
            self.socket.sendall(data)
            return
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(data), piece):
            self.socket.sendall(data[at : at + piece])

    def read(self, size):
        while len(self.buffer) < size:
            data = self.socket.recv(65536)
            if not data:
                raise Closed()
            self.buffer += data

    def payload(self):
        self.read(3)
        if self.buffer[0] != 0x49:
            raise AssertionError("a frame does not begin with 0x49")
        if self.buffer[1] & 0x80 == 0:
            header, size = 3, self.buffer[1] << 8 | self.buffer[2]
        else:
            self.read(4)
            first, second, third = self.buffer[1:4]
            assert second & 0x80 == 0 or first & 1 == 1, "bit 7 of B2"
            header, size = 4, (first & 0x7F) << 15 | (second & 0x7F) << 8 | third
            assert size > 0x8000, "the long form though the short one would do"
        assert size >= header + 4, "a frame without a type"
        self.read(size)
        payload, self.buffer = self.buffer[header:size], self.buffer[size:]
        return payload

    def packet(self):
        """The next packet that is no event; events are put aside."""
        while True:
            payload = self.payload()
            kind = struct.unpack(">I", payload[:4])[0]
            if kind == EVENT:
                self.events.append(Event(payload))
            elif kind == RECORD_STATUS:
                self.statuses.append(Event(payload))
            else:
                return kind, payload

    def fresh(self):
        self.next_id += 1
        return self.next_id

    def answer(self, request_id, wanted):
        kind, payload = self.packet()
        assert kind == wanted, f"{kind:08x} in place of {wanted:08x}"
        echoed = struct.unpack(">I", payload[4:8])[0]
        assert echoed == request_id, f"RequestID {echoed:x} in place of {request_id:x}"
        return struct.unpack(">I", payload[8:12])[0], payload

    def is_quiet(self):
        """Nothing but events comes for a moment."""
        self.socket.settimeout(QUIET_SECONDS)
        try:
            kind, _ = self.packet()
            raise AssertionError(f"{kind:08x} came, and nothing should")
        except (TimeoutError, socket.timeout):
            return True
        finally:
            self.socket.settimeout(LIMIT_SECONDS)

    def is_closed(self):
        """The IP Office closes; what it still had to say is passed over."""
        try:
            while True:
                self.packet()
        except (Closed, ConnectionError, ssl.SSLError):
            return True

    # Section 4.
    def test_packet(self, payload=b"", request_id=None, stated=None):
        request_id = self.fresh() if request_id is None else request_id
        size = len(payload) if stated is None else stated
        return request_id, struct.pack(">III", TEST, request_id, size) + payload

    def test(self, payload=b""):
        request_id, packet = self.test_packet(payload)
        self.send(frame(packet))
        result, answer = self.answer(request_id, TEST_RESPONSE)
        size = struct.unpack(">I", answer[12:16])[0]
        assert len(answer) == 16 + size, "the length of a test response"
        return result, answer[16:]

    # Section 5.
    def ask_login(self, user, tuples=b""):
        request_id = self.fresh()
        self.send(frame(struct.pack(">III", AUTH, request_id, 1) + nul(user) + tuples))
        return self.answer(request_id, AUTH_RESPONSE)

    def prove(self, challenge, password, request_id=None):
        code, answer = challenge
        request_id = self.fresh() if request_id is None else request_id
        if code == CHALLENGE_SHA1:
            assert struct.unpack(">I", answer[12:16])[0] == 16 and len(answer) == 32
            padded = password.encode("utf-8")[:16].ljust(16, b"\0")
            proof = hashlib.sha1(answer[16:32] + padded).digest()
            kind = 0x50
        else:
            assert code == CHALLENGE_PLAIN, f"no challenge but {code:08x}"
            assert len(answer) == 12, "a PLAIN challenge carries nothing"
            proof = password.encode("utf-8")[:32].ljust(32, b"\0")
            kind = 0x51
        self.send(frame(struct.pack(">IIII", AUTH, request_id, kind, len(proof)) + proof))
        return self.answer(request_id, AUTH_RESPONSE)

    def log_in(self, options, password=None):
        application = tuple_bytes(APPLICATION, nul("Third party 1.0"))
        challenge = self.ask_login(options.user, application)
        return self.prove(challenge, options.password if password is None else password)

    # Section 6.1.
    def ask_events(self, flags, stated=None, terminator=b"\0"):
        request_id = self.fresh()
        data = flags.encode("utf-8") + terminator
        size = len(data) if stated is None else stated
        self.send(frame(struct.pack(">IIH", EVENTS, request_id, size) + data))
        result, answer = self.answer(request_id, EVENTS_RESPONSE)
        length = struct.unpack(">H", answer[12:14])[0]
        assert len(answer) == 14 + length, "the length of the accepted flags"
        return result, text(answer[14:])

    # Section 7: all responses with this RequestID, until it is quiet.
    def read_file(self, name):
        request_id = self.fresh()
        data = nul(name)
        self.send(frame(struct.pack(">IIH", READ, request_id, len(data)) + data))
        result, answer = self.answer(request_id, READ_RESPONSE)
        return result, answer[12:]

    # Section 13.3.
    def ask_recording(self, operation, *tuples):
        request_id = self.fresh()
        version = tuple_bytes(0x7FE00010, struct.pack(">I", 1 << 16))
        packet = struct.pack(">III", RECORD, request_id, operation) + version
        self.send(frame(packet + b"".join(tuples)))
        result, answer = self.answer(request_id, RECORD_RESPONSE)
        return result, dict(tuples_of(answer[12:]))

    def event(self, is_wanted, what, kind="events"):
        """The next event that is wanted; those before it are passed over."""
        end = time.monotonic() + 40
        while time.monotonic() < end:
            waiting = getattr(self, kind)
            while waiting:
                event = waiting.pop(0)
                if is_wanted(event):
                    return event
            payload = self.payload()
            code = struct.unpack(">I", payload[:4])[0]
            if code == EVENT:
                self.events.append(Event(payload))
            elif code == RECORD_STATUS:
                self.statuses.append(Event(payload))
            else:
                raise AssertionError(f"unexpected {code:08x}")
        raise AssertionError(f"waited in vain for {what}")


class Event:
    """Section 6.2: address, counter, tuples. No RequestID."""

    def __init__(self, payload):
        self.address = socket.inet_ntoa(payload[4:8])
        self.counter = struct.unpack(">I", payload[8:12])[0]
        self.tuples = tuples_of(payload[12:])
        self.records = []
        for code, data in self.tuples:
            if code == DELTA3:
                assert data.endswith(b"\0"), "Delta3 ends in NUL"
                self.records += delta3(text(data))

    def texts(self, code):
        wide = code in (SIPTRACK, CMEXTN)
        return [
            data.decode("utf-16-be" if wide else "utf-8").rstrip("\0")
            for found, data in self.tuples
            if found == code
        ]


# Section 8.1. The reader splits before it decodes; quoted fields end at a mark before a comma.
RECORDS = "Detail|CallLost|LinkLost|AttemptReject"
ENTITIES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}


def decoded(field):
    def one(match):
        name = match.group(1)
        if name.startswith("#x"):
            return chr(int(name[2:], 16))
        return chr(int(name[1:])) if name.startswith("#") else ENTITIES[name]

    return re.sub(r"&(#x[0-9a-fA-F]+|#[0-9]+|lt|gt|amp|quot|apos);", one, field)


def fields_of(content):
    fields, at = [], 0
    while True:
        rest = content[at:]
        quoted = re.match(r'\s*"((?:[^"]|""|"(?!\s*(?:,|$)))*)"\s*(,|$)', rest)
        if quoted:
            fields.append(decoded(quoted.group(1).replace('""', '"')))
            at += quoted.end()
            if quoted.group(2) == "":
                return fields
        else:
            comma = rest.find(",")
            fields.append(decoded((rest if comma < 0 else rest[:comma]).strip()))
            if comma < 0:
                return fields
            at += comma + 1


def section(name, content):
    return [fields_of(each) for each in re.findall(f"<{name}>(.*?)</{name}>", content, re.S)]


def delta3(content):
    records = []
    for kind, inner in re.findall(f"<({RECORDS})>(.*?)</\\1>", content, re.S):
        if kind != "Detail":
            records.append((kind, fields_of(inner)))
            continue
        call = section("Call", inner)
        assert len(call) == 1, "a Detail has one Call"
        parties = section("PartyA", inner) + section("PartyB", inner)
        check_detail(call[0], parties, section("Target", inner))
        records.append((kind, (call[0], parties, section("Target", inner))))
    assert records, f"no record in {content!r}"
    return records


STATES = {0, 1, 2, 3, 7, 8, 9, *range(15, 26)}
HEX16 = re.compile(r"[0-9a-f]{16}")


def check_detail(call, parties, targets):
    """Sections 8.2 to 8.4, field by field."""
    assert 10 <= len(call) <= 18, f"{len(call)} fields in Call"
    assert re.fullmatch(r"[0-9a-f]{8}", call[0]) and call[1].isdigit()
    for at in (5, 11, 12, 13, 14, 15, 17):
        if at < len(call) and call[at] != "":
            int(call[at])
    for party in parties:
        assert 23 <= len(party) <= 26, f"{len(party)} fields in a Party"
        assert HEX16.fullmatch(party[0]), party[0]
        assert party[1] in ("0", "1") and int(party[2]) in STATES and party[3] in ("0", "1")
        assert int(party[4]) in (0, 1, 2, 3, 6) and party[5] in ("0", "1")
        assert party[6] in ("0", "1") and 1 <= int(party[9]) <= 30
        assert int(party[22]) in (0, 1, 2, 100), party[22]
        if len(party) == 26 and party[25] != "":
            assert HEX16.fullmatch(party[25])
    for target in targets:
        assert len(target) == 14, f"{len(target)} fields in a Target"
        assert HEX16.fullmatch(target[0]) and 1 <= int(target[3]) <= 30


class Calls:
    """Section 9.2: calls by node and CallID, ends by view; a call is over when no end is left."""

    def __init__(self):
        self.calls, self.owners, self.over = {}, {}, []

    def take(self, record):
        kind, content = record
        if kind == "Detail":
            call, parties, _ = content
            key = (call[0], call[1])
            ends = {party[0] for party in parties}
            touched = {self.owners.get((key[0], end)) for end in ends} - {None, key}
            for end in ends:
                former = self.owners.get((key[0], end))
                if former is not None and former != key:
                    self.calls[former].discard(end)
                self.owners[(key[0], end)] = key
            for end in self.calls.get(key, set()) - ends:
                self.owners.pop((key[0], end), None)
            self.calls[key] = ends
            self.sweep(touched | {key})
        elif kind in ("CallLost", "LinkLost"):
            node, end = content[0], content[1]
            views = {view for view, each in self.owners if each == end}
            for view in views if end.startswith(node) else views & {node}:
                key = self.owners.pop((view, end))
                self.calls[key].discard(end)
                self.sweep({key})

    def sweep(self, keys):
        for key in keys:
            if key in self.calls and not self.calls[key]:
                del self.calls[key]
                self.over.append(key)


class Endpoint:
    """A recorder in little: answers one INVITE over UDP and hears RTP. Strings, no SIP library."""

    def __init__(self, host):
        self.host = host
        self.sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sip.bind((host, 0))
        self.rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.rtp.bind((host, 0))
        for each in (self.sip, self.rtp):
            each.settimeout(LIMIT_SECONDS)
        self.port = self.sip.getsockname()[1]

    def request(self, method):
        while True:
            data, source = self.sip.recvfrom(65536)
            words = data.decode("utf-8")
            if words.startswith(f"{method} "):
                return words, source

    def respond(self, request, source, body=None):
        head = request.split("\r\n\r\n")[0].split("\r\n")[1:]
        names = ("via", "from", "call-id", "cseq", "record-route")
        kept = [line for line in head if line.split(":")[0].strip().lower() in names]
        to = header(request, "To") + ("" if "tag=" in header(request, "To") else ";tag=py")
        lines = ["SIP/2.0 200 OK", *kept, f"To: {to}", f"Contact: <sip:{self.host}:{self.port}>"]
        if body is not None:
            lines.append("Content-Type: application/sdp")
        content = body or ""
        lines += [f"Content-Length: {len(content)}", "", content]
        self.sip.sendto("\r\n".join(lines).encode("utf-8"), source)

    def sdp(self):
        port = self.rtp.getsockname()[1]
        lines = ["v=0", f"o=- 1 1 IN IP4 {self.host}", "s=-", f"c=IN IP4 {self.host}", "t=0 0"]
        lines += [f"m=audio {port} RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "a=recvonly", ""]
        return "\r\n".join(lines)

    def close(self):
        self.sip.close()
        self.rtp.close()


def header(message, name):
    found = re.search(rf"^{name}\s*:\s*(.*?)\r$", message, re.M | re.I)
    return found.group(1) if found else ""


CHECKS = []


def check(*profiles):
    """A check for sites of these profiles; none named: for those called "any"."""

    def register(function):
        CHECKS.append((function.__name__.replace("_", " "), profiles or ("any",), function))
        return function

    return register


def equal(given, wanted, what=""):
    assert given == wanted, f"{what} {given!r} in place of {wanted!r}"


# ---- Transport and frames ----


@check()
def it_says_nothing_first(options):
    for secure in (False, True):
        with Client(options, secure) as client:
            client.is_quiet()


@check()
def test_packets_are_echoed_before_the_login_by_tcp_and_tls(options):
    for secure in (False, True):
        with Client(options, secure) as client:
            equal(client.test(b"ping"), (SUCCESS, b"ping"))
            equal(client.test(), (SUCCESS, b""))
            equal(client.test(b"x" * 1000), (SUCCESS, b"x" * 1000))


@check()
def request_id_0_wants_no_answer(options):
    with Client(options) as client:
        client.send(frame(client.test_packet(b"quiet", 0)[1]))
        client.is_quiet()
        equal(client.test(b"loud"), (SUCCESS, b"loud"))


@check()
def a_test_of_1001_bytes_is_payload_too_long_and_echoes_nothing(options):
    with Client(options) as client:
        equal(client.test(b"x" * 1001), (PAYLOAD_TOO_LONG, b""))
        equal(client.test(b"still there"), (SUCCESS, b"still there"))


@check()
def frames_may_come_byte_by_byte_and_many_in_one_write(options):
    for secure in (False, True):
        with Client(options, secure) as client:
            first, packet = client.test_packet(b"in pieces")
            client.send(frame(packet), 1)
            equal(client.answer(first, TEST_RESPONSE)[1][16:], b"in pieces")
            many = [client.test_packet(bytes([each])) for each in range(20)]
            client.send(b"".join(frame(packet) for _, packet in many), 7)
            for request_id, packet in many:
                equal(client.answer(request_id, TEST_RESPONSE)[1][16:], packet[12:])


@check()
def a_long_form_that_is_not_minimal_is_taken(options):
    with Client(options) as client:
        request_id, packet = client.test_packet(b"long")
        client.send(long_frame(packet))
        equal(client.answer(request_id, TEST_RESPONSE)[0], SUCCESS)


@check()
def frames_of_both_sides_of_the_border_are_taken(options):
    with Client(options) as client:
        for size in (32764, 32765, 32768, 70000, 300000):
            client.send(frame(struct.pack(">I", 0x00300021) + b"\0" * (size - 4)))
            equal(client.test(b"after"), (SUCCESS, b"after"), f"after {size} bytes")


@check()
def a_forgotten_mask_is_taken_where_it_is_unambiguous(options):
    with Client(options) as client:
        client.send(long_frame(struct.pack(">I", 0x00300021) + b"\0" * 33000, True))
        equal(client.test(b"after"), (SUCCESS, b"after"))


@check()
def lost_integrity_closes_the_stream(options):
    wrong = {
        "another discriminator": b"\x48\x00\x0f" + b"\0" * 12,
        "no room for a type": b"\x49\x00\x06\x00\x2a\x00",
        "bit 7 of B2 alone": b"\x49\x80\x80\x20" + b"\0" * 28,
        "no length at all": b"\x49\x00\x00",
    }
    for what, data in wrong.items():
        with Client(options) as client:
            equal(client.test(b"before"), (SUCCESS, b"before"))
            client.send(data)
            assert client.is_closed(), what


@check()
def no_next_0x49_is_looked_for(options):
    with Client(options) as client:
        client.send(b"\x00" + frame(client.test_packet(b"hidden")[1]))
        try:
            client.packet()
            raise AssertionError("an answer after lost integrity")
        except (Closed, ConnectionError):
            pass


@check()
def unknown_and_malformed_packets_leave_the_link(options):
    with Client(options) as client:
        client.log_in(options)
        for payload in (
            struct.pack(">II", 0x00300021, 5),
            struct.pack(">II", 0x80300011, 5),
            struct.pack(">I", AUTH),
            struct.pack(">III", AUTH, 6, 0x77),
            struct.pack(">III", AUTH, 6, 1) + b"no terminator",
            struct.pack(">IIH", EVENTS, 7, 200) + b"-SIPTrack\0",
            struct.pack(">III", RECORD, 8, 1) + struct.pack(">IH", 0x7FE00010, 400),
            struct.pack(">III", TEST, 9, 500) + b"short",
        ):
            client.send(frame(payload))
        client.is_quiet()
        equal(client.test(b"there"), (SUCCESS, b"there"))


# ---- Login ----


@check("sha1")
def a_sha1_login_tells_version_and_variant(options):
    for secure in (False, True):
        with Client(options, secure) as client:
            challenge = client.ask_login(options.user)
            equal(challenge[0], CHALLENGE_SHA1)
            result, answer = client.prove(challenge, options.password)
            equal(result, SUCCESS)
            found = dict(tuples_of(answer[12:]))
            assert re.search(r"build \d+", text(found[PBX_VERSION])), found
            assert text(found[VARIANT]) != ""
            equal(text(found[ANNOUNCEMENT]), "dl3rec/1")


@check()
def the_answer_may_carry_the_request_id_of_the_first_request(options):
    with Client(options) as client:
        challenge = client.ask_login(options.user)
        equal(client.prove(challenge, options.password, client.next_id)[0], SUCCESS)


@check("sha1")
def each_challenge_is_another_one_and_only_the_last_counts(options):
    with Client(options) as client:
        first = client.ask_login(options.user)
        second = client.ask_login(options.user)
        assert first[1][16:] != second[1][16:], "the same challenge twice"
        equal(client.prove(second, options.password)[0], SUCCESS)
    with Client(options) as client:
        first = client.ask_login(options.user)
        client.ask_login(options.user)
        equal(client.prove(first, options.password)[0], AUTHENTICATION_FAILED)


@check("sha1")
def passwords_agree_in_16_bytes_for_sha1(options):
    # The site's password has 20 ASCII characters.
    with Client(options) as client:
        equal(client.log_in(options, options.password[:16] + "else")[0], SUCCESS)


@check("plain")
def plain_is_asked_for_by_tls_only_and_compares_all(options):
    with Client(options, True) as client:
        challenge = client.ask_login(options.user)
        equal(challenge[0], CHALLENGE_PLAIN)
        equal(client.prove(challenge, options.password)[0], SUCCESS)
    with Client(options, True) as client:
        wrong = options.password[:16] + "else"
        equal(client.log_in(options, wrong)[0], AUTHENTICATION_FAILED)
    with Client(options) as client:
        equal(client.ask_login(options.user)[0], CHALLENGE_SHA1)


@check()
def blanks_of_a_password_are_not_trimmed(options):
    with Client(options) as client:
        equal(client.log_in(options, f" {options.password}")[0], AUTHENTICATION_FAILED)


@check("sha1")
def a_wrong_password_is_a_frame_of_15_bytes_and_the_stream_is_dead(options):
    for secure in (False, True):
        with Client(options, secure) as client:
            result, answer = client.log_in(options, "wrong")
            equal((result, len(answer)), (AUTHENTICATION_FAILED, 12))
            equal(client.test(b"echo"), (STREAM_AUTHENTICATION_FAILED, b""))
            equal(client.ask_events("")[0], AUTHENTICATION_FAILED)
            equal(client.ask_login(options.user)[0], AUTHENTICATION_FAILED)
        with Client(options, secure) as client:
            equal(client.log_in(options)[0], SUCCESS)


@check("sha1")
def an_unknown_user_is_challenged_all_the_same_and_then_refused(options):
    with Client(options) as client:
        challenge = client.ask_login("nobody")
        equal(challenge[0], CHALLENGE_SHA1)
        equal(client.prove(challenge, options.password)[0], AUTHENTICATION_FAILED)


@check("sha1")
def the_other_kind_of_proof_is_no_proof(options):
    with Client(options) as client:
        client.ask_login(options.user)
        plain = (CHALLENGE_PLAIN, b"\0" * 12)
        equal(client.prove(plain, options.password)[0], AUTHENTICATION_FAILED)


@check()
def requests_before_the_login_are_refused(options):
    with Client(options) as client:
        equal(client.ask_events("-SIPTrack")[0], AUTHENTICATION_FAILED)
        equal(client.read_file("nasystem/user_list")[0], AUTHENTICATION_FAILED)


@check("sha1")
def three_connections_and_the_fourth_is_told_the_limit(options):
    clients = [Client(options, each % 2 == 1) for each in range(4)]
    try:
        for client in clients[:3]:
            equal(client.log_in(options)[0], SUCCESS)
        equal(clients[3].log_in(options)[0], LIMITS_EXCEEDED)
        # A login anew on the same stream needs no further one.
        equal(clients[0].log_in(options)[0], SUCCESS)
    finally:
        for client in clients:
            client.socket.close()
    until(lambda: logged_in(options), "the connections are free again")


def logged_in(options):
    with Client(options) as client:
        return client.log_in(options)[0] == SUCCESS


def until(condition, what, seconds=LIMIT_SECONDS):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited in vain: {what}"


@check("locks")
def failures_lock_the_account_across_connections_and_time_opens_it(options):
    for _ in range(2):
        with Client(options) as client:
            equal(client.log_in(options, "wrong")[0], AUTHENTICATION_FAILED)
    # A locked account refuses the right password too.
    with Client(options, True) as client:
        equal(client.log_in(options)[0], AUTHENTICATION_FAILED)
    until(lambda: logged_in(options), "the account opens by itself")


@check("unlicensed")
def without_a_licence_the_login_is_licence_missing(options):
    with Client(options) as client:
        equal(client.log_in(options)[0], LICENCE_MISSING)
        equal(client.test()[0], STREAM_AUTHENTICATION_FAILED)


# ---- Events ----


@check("sha1")
def flags_are_accepted_or_refused_as_specified(options):
    table = [
        ("", SUCCESS, ""),
        ("-SIPTrack", SUCCESS, "-SIPTrack"),
        ("-SCN -SIPTrack", SUCCESS, "-SCN -SIPTrack"),
        ("-CD2", SUCCESS, "-CD2"),
        ("-CD2 -TEXT", SUCCESS, "-CD2 -TEXT"),
        ("-CMExtn", SUCCESS, "-CMExtn"),
        ("-CONN", SUCCESS, "-CONN"),
        ("-SIPTrack -CMExtn -CONN -SCN", SUCCESS, "-SIPTrack -CMExtn -CONN -SCN"),
        ("-SCN -CD2", PARTIAL_SUCCESS, "-CD2"),
        ("-SIPTrack -Nonsense", PARTIAL_SUCCESS, "-SIPTrack"),
        ("-CallDelta3", UNKNOWN_FLAG, ""),
        ("-siptrack", UNKNOWN_FLAG, ""),
        ("SIPTrack", UNKNOWN_FLAG, ""),
    ]
    with Client(options) as client:
        client.log_in(options)
        for flags, result, accepted in table:
            equal(client.ask_events(flags), (result, accepted), flags)


@check("sha1")
def the_vendors_sample_halves_the_length_of_flags(options):
    with Client(options) as client:
        client.log_in(options)
        equal(client.ask_events("-SIPTrack", 5), (SUCCESS, "-SIPTrack"))
        equal(client.ask_events("-SIPTrack", 9, b""), (SUCCESS, "-SIPTrack"))


@check("licences")
def too_few_licences_and_missing_features_are_told_apart(options):
    # One licence, two nodes; this release has no -CMExtn.
    with Client(options) as client:
        client.log_in(options)
        equal(client.ask_events("-SCN -SIPTrack"), (INSUFFICIENT_LICENCE, "-SIPTrack"))
        equal(client.ask_events("-SIPTrack -CMExtn")[0], FEATURE_NOT_AVAILABLE)
        equal(client.ask_events("-SIPTrack"), (SUCCESS, "-SIPTrack"))


@check("sha1")
def calls_can_be_followed_from_their_records_to_their_end(options):
    for secure in (False, True):
        with Client(options, secure) as client:
            client.log_in(options)
            equal(client.ask_events("-SIPTrack -CMExtn")[0], SUCCESS)
            calls, counters, tracked, seen = Calls(), [], [], set()

            def look(event):
                counters.append(event.counter)
                equal(event.address, options.node)
                for record in event.records:
                    seen.add(record[0])
                    calls.take(record)
                tracked.extend(event.texts(SIPTRACK))
                seen.update("extension" for _ in event.texts(CMEXTN))
                return bool(calls.over) and "Detail" in seen and tracked

            client.event(look, "a call begins and ends")
            equal(counters, list(range(counters[0], counters[0] + len(counters))), "counters")
            for line in tracked:
                check_sip_track(line)


def check_sip_track(line):
    event, end, name, kind, direction, call_id = line.split(",", 5)
    assert event in ("START", "END") and kind in ("TRUNK", "PHONE"), line
    assert direction in ("IN", "OUT") and HEX16.fullmatch(end) and call_id, line
    _, number, came_in = name.split(".")
    equal(int(number), int(end[8:], 16), "id of SIPTrack")
    equal(came_in, "1" if direction == "IN" else "0", "in of SIPTrack")


@check("sha1")
def a_call_in_progress_comes_at_once(options):
    with Client(options) as watcher, Client(options) as client:
        watcher.log_in(options)
        watcher.ask_events("")
        in_progress(watcher)
        client.log_in(options)
        client.ask_events("")
        client.socket.settimeout(2)
        first = client.event(lambda event: True, "the snapshot")
        equal(first.counter, 1)
        equal(first.records[0][0], "Detail")


def in_progress(client, state="2"):
    """Call and the phone of a user who talks."""

    found = []

    def look(event):
        for kind, content in event.records:
            if kind != "Detail" or len(content[1]) != 2:
                continue
            for party in content[1]:
                if party[12] != "" and party[9] in ("8", "9", "10") and party[2] == state:
                    found.append((content[0], party))
        return bool(found)

    client.event(look, "somebody talks")
    return found[-1]


@check("network")
def events_of_another_node_come_with_scn_only_and_by_its_address(options):
    with Client(options) as alone, Client(options) as all_nodes:
        for client, flags in ((alone, ""), (all_nodes, "-SCN")):
            client.log_in(options)
            equal(client.ask_events(flags)[0], SUCCESS)
        all_nodes.event(lambda event: event.address == "192.168.20.1", "the other node")
        alone.event(lambda event: True, "an event")
        assert all(event.address == options.node for event in alone.events)


# ---- Files ----


@check()
def the_user_list_names_users_and_their_extensions(options):
    with Client(options, True) as client:
        client.log_in(options)
        for name in ("nasystem/user_list", "nasystem/user_list8"):
            result, data = client.read_file(name)
            equal(result, SUCCESS)
            rows = [line.split(",") for line in data.decode("utf-8").split("\r\n") if line]
            assert [row[1] for row in rows][0] == "2001", rows[0]
        assert client.read_file("nasystem/no_such_list")[0] != SUCCESS


@check("large")
def a_list_of_many_users_comes_in_the_long_form(options):
    for secure in (False, True):
        with Client(options, secure) as client:
            client.log_in(options)
            result, data = client.read_file("nasystem/user_list")
            equal(result, SUCCESS)
            assert len(data) > 0x8000, f"only {len(data)} bytes"
            equal(len(data.decode("utf-8").splitlines()), 3000)


# ---- Recording control ----


def start_tuples(endpoint, call, party, stream):
    uri = f"sip:{stream}@{endpoint.host}:{endpoint.port}"
    return (
        tuple_bytes(0x7FE00011, nul(call[0])),
        tuple_bytes(0x7FE00012, struct.pack(">I", int(call[1]))),
        tuple_bytes(0x7FE00013, nul(party[0])),
        tuple_bytes(0x7FE00014, nul(uri)),
        tuple_bytes(0x7FE00015, nul(stream)),
        tuple_bytes(0x7FE0001A, nul("case 17")),
        tuple_bytes(0x7FE0BEEF, b"an unknown tuple is ignored"),
    )


def wait_state(client, stream, state):
    def look(event):
        found = dict(event.tuples)
        is_ours = text(found.get(0x7FE00015, b"")) == stream
        return is_ours and struct.unpack(">I", found[0x7FE00020])[0] == state

    return dict(client.event(look, f"state {state}", "statuses").tuples)


@check("sha1")
def a_call_is_recorded_from_start_to_stop(options):
    endpoint = Endpoint(options.host)
    with Client(options) as client:
        client.log_in(options)
        client.ask_events("-SIPTrack")
        call, party = in_progress(client)
        stream = "py-1"
        tuples = start_tuples(endpoint, call, party, stream)
        result, found = client.ask_recording(1, *tuples)
        equal(result, SUCCESS)
        equal(text(found[0x7FE00015]), stream)
        invite, source = endpoint.request("INVITE")
        check_invite(options, endpoint, invite, (call, party, stream))
        endpoint.respond(invite, source, endpoint.sdp())
        endpoint.request("ACK")
        packet = endpoint.rtp.recv(2048)
        equal((packet[0] >> 6, packet[1] & 0x7F, len(packet)), (2, 0, 172), "RTP")
        status = wait_state(client, stream, 2)
        equal(text(status[0x7FE00022]), header(invite, "Call-ID"))
        assert HEX16.fullmatch(text(status[0x7FE00021])), "the end of the recording leg"
        equal(client.ask_recording(1, *tuples)[0], SUCCESS, "START again")
        other = [*tuples[:3], *start_tuples(endpoint, call, party, "py-2")[3:]]
        result, found = client.ask_recording(1, *other)
        equal(result, 0x800000E6, "another START of the same end")
        equal(text(found[0x7FE00015]), stream, "whose recording it is")
        pause_and_stop(client, endpoint, stream)
    endpoint.close()


def check_invite(options, endpoint, invite, wanted):
    """Section 13.6."""
    call, party, stream = wanted
    first = invite.split("\r\n")[0]
    assert first.startswith(f"INVITE sip:{stream}@{endpoint.host}:{endpoint.port}"), first
    assert f"sip:{stream}@" in header(invite, "To")
    assert f"sip:{party[12]}@" in header(invite, "From"), header(invite, "From")
    for name, value in (
        ("X-DL3-Ver", "1"),
        ("X-DL3-Stream", stream),
        ("X-DL3-Node", call[0]),
        ("X-DL3-Call", call[1]),
        ("X-DL3-End", party[0]),
        ("X-DL3-Data", "case 17"),
    ):
        equal(header(invite, name), value, name)
    body = invite.split("\r\n\r\n", 1)[1]
    media = re.findall(r"^m=audio (\d+) RTP/AVP ([\d ]+)", body, re.M)
    assert len(media) == 1 and "0" in media[0][1].split() and "a=sendonly" in body, body
    assert int(media[0][0]) % 2 == 0, "RTP on even ports"
    assert "a=ptime:20" in body, body


def pause_and_stop(client, endpoint, stream):
    one = tuple_bytes(0x7FE00015, nul(stream))
    for operation, state in ((3, 3), (3, 3), (4, 2), (4, 2)):
        result, found = client.ask_recording(operation, one)
        equal(result, SUCCESS, f"operation {operation}")
        equal(struct.unpack(">I", found[0x7FE00020])[0], state)
    result, _ = client.ask_recording(5)
    equal(result, SUCCESS, "QUERY")
    queried = dict(client.statuses[-1].tuples)
    equal(text(queried[0x7FE00015]), stream)
    equal(client.ask_recording(2, one)[0], SUCCESS, "STOP")
    bye, source = endpoint.request("BYE")
    assert header(bye, "Reason").startswith("Q.850"), "BYE carries a Reason"
    endpoint.respond(bye, source)
    status = wait_state(client, stream, 4)
    equal(text(status[0x7FE00024]), "stop")
    equal(client.ask_recording(2, one)[0], SUCCESS, "STOP again")
    equal(client.ask_recording(3, one)[0], 0x800000E7, "PAUSE of what is over")


@check("sha1")
def recording_requests_that_cannot_be_met_say_why(options):
    endpoint = Endpoint(options.host)
    with Client(options) as client:
        client.log_in(options)
        client.ask_events("")
        call, party = in_progress(client)
        good = start_tuples(endpoint, call, party, "py-9")
        nowhere = tuple_bytes(0x7FE00012, struct.pack(">I", 0x7FFFFFF0))
        nobody = tuple_bytes(0x7FE00013, nul(f"{call[0]}0000ffff"))
        equal(client.ask_recording(1, good[0], nowhere, *good[2:])[0], 0x800000E3, "no call")
        equal(client.ask_recording(1, *good[:2], nobody, *good[3:])[0], 0x800000E4, "no party")
        for missing in range(5):
            left = [each for at, each in enumerate(good) if at != missing]
            result, found = client.ask_recording(1, *left)
            equal(result, 0x800000E2, f"without tuple {missing}")
            assert 0x7FE00024 in found, "which tuple"
        equal(client.ask_recording(1, *good, good[0])[0], 0x800000E2, "a tuple twice")
        equal(client.ask_recording(9, *good)[0], 0x800000E2, "an unknown operation")
        equal(client.ask_recording(2, good[4])[0], 0x800000E7, "no recording")
        request_id = client.fresh()
        newer = tuple_bytes(0x7FE00010, struct.pack(">I", 2 << 16))
        client.send(frame(struct.pack(">III", RECORD, request_id, 5) + newer))
        result, answer = client.answer(request_id, RECORD_RESPONSE)
        equal(result, 0x800000E1, "another version")
        versions = dict(tuples_of(answer[12:]))[0x7FE00025]
        equal(struct.unpack(">I", versions[:4])[0], 1 << 16)
    endpoint.close()


@check("sha1")
def a_recorder_that_refuses_or_is_not_there_is_told(options):
    endpoint = Endpoint(options.host)
    with Client(options) as client:
        client.log_in(options)
        client.ask_events("")
        call, party = in_progress(client)
        tuples = start_tuples(endpoint, call, party, "py-busy")
        equal(client.ask_recording(1, *tuples)[0], SUCCESS)
        invite, source = endpoint.request("INVITE")
        names = ("via", "from", "call-id", "cseq")
        head = invite.split("\r\n\r\n")[0].split("\r\n")[1:]
        kept = [line for line in head if line.split(":")[0].lower() in names]
        to = f"To: {header(invite, 'To')};tag=py"
        lines = ["SIP/2.0 486 Busy Here", *kept, to, "Content-Length: 0", "", ""]
        endpoint.sip.sendto("\r\n".join(lines).encode(), source)
        endpoint.request("ACK")
        status = wait_state(client, "py-busy", 5)
        equal(struct.unpack(">I", status[0x7FE00023])[0], 486)
    endpoint.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--addresses", required=True, help="what testbed pbx printed")
    parser.add_argument("--profile", required=True, help="what the site is like")
    given = parser.parse_args()
    facts = json.loads(given.addresses)["devlink3"]
    options = argparse.Namespace(
        host=facts["host"],
        port=facts["port"],
        tls_port=facts["tlsPort"],
        ca=facts["ca"],
        user=facts["user"],
        password=facts["password"],
        node="192.168.10.1",
    )
    profiles = given.profile.split(",")
    failures = 0
    for name, wanted, function in CHECKS:
        if not set(wanted) & set(profiles):
            continue
        try:
            function(options)
            print(f"ok {name}", flush=True)
        except Exception as error:  # Whatever it is, it is a deviation, and the next check goes on.
            failures += 1
            where = traceback.extract_tb(error.__traceback__)[-1].lineno
            print(f"not ok {name}: {type(error).__name__} {error} (line {where})", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
