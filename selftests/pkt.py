#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Crafted packets and UDP endpoints, in any network namespace.

One process serves a whole test, as starting python in an emulated machine
costs seconds. It reads commands, one a line, and answers each with one line:

open NAME NETNS DEV MAC [whole|sniff]
                              a wire's end, for send and recv; the peer is MAC.
                              whole: with what the offloads know of a packet;
                              sniff: all that comes, before the stack has it
send NAME [WISH]... PACKET    -> ok; see below for wishes
recv NAME MS [REGEX]          -> the next PACKET that matches, or none
drain NAME                    -> how many had not been asked for
dump NAME FILE                -> how many those were; each whole, on a line
run FILE                      the commands in it, for many packets at once
udp_serve NETNS ADDR PORT ID  answer each datagram with ID, a space, and itself
udp_ask NETNS SRC SPORT DST DPORT MS DATA
                              -> DATA of the answer, refused, too big, or none

A PACKET is its layers, "ip src=192.0.2.1 dst=192.0.2.2 ttl=3 df / udp sport=1
dport=2 / data 100"; sent and received ones are written alike. Checksums are
right unless csum= says otherwise; a received one is mentioned if it is not.

    ip     src dst ttl=64 tos=0 id=0 df mf off=0 proto opts=HEX
    tcp    sport dport seq=0 ack=0 flags=SAFRPU win=8192
    udp    sport dport csum=none|bad|HEX
    icmp   type code mtu=0, or id seq for an echo
    data   N (bytes of a known pattern) or text=WORD; when received, N crc=...
           if the bytes are another pattern

What the sender may wish:

    frag=N        in fragments of N bytes of payload
    gso=N         as one packet that the device cuts, N bytes of data in each,
                  and whose checksum (right or not) is left to it, too
    pad=N         N more bytes at the end of the frame
    patch=OFFSET:HEX  bytes of the packet; the IP checksum follows
    ipsum=bad     the IP header's checksum is wrong
    mac=MAC       to that station
    vlan=ID       with a tag
"""

import binascii
import ctypes
import os
import re
import select
import socket
import struct
import sys
import time

CLONE_NEWNET = 0x40000000
ETH_P_ALL = 0x0003
ETH_P_IP = 0x0800
ETH_P_8021Q = 0x8100
SO_RCVBUFFORCE = 33
SOL_PACKET = 263
PACKET_VNET_HDR = 15
VNET_HDR = "=BBHHHH"    # flags, gso, header length, gso size, csum from, at
VNET_NEEDS_CSUM = 1
VNET_GSO_TCPV4 = 1
PACKET_AUXDATA = 8
TP_STATUS_CSUMNOTREADY = 8
PROTO = {"icmp": 1, "ip": 4, "tcp": 6, "udp": 17}
NAME = {number: name for name, number in PROTO.items()}
TCP_FLAGS = "FSRPAU"
ICMP_ERRORS = (3, 4, 5, 11, 12)
ICMP_ECHO = (0, 8)

libc = ctypes.CDLL(None, use_errno=True)
wires = {}      # name -> Wire
servers = {}    # socket -> what it says before the echo


# --- checksums and payload ------------------------------------------------

def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def pseudo(src, dst, proto, length):
    return src + dst + struct.pack("!BBH", 0, proto, length)


def pattern(length):
    return (bytes(range(251)) * (length // 251 + 1))[:length]


def describe_data(data):
    if data == pattern(len(data)):
        return "data %d" % len(data)
    if len(data) < 80 and re.fullmatch(rb"[!-~]+", data):
        return "data text=" + data.decode()
    return "data %d crc=%08x" % (len(data), binascii.crc32(data))


def build_data(words):
    if words[0].startswith("text="):
        return words[0][5:].encode()
    return pattern(int(words[0]))


# --- building -------------------------------------------------------------

def build(text):
    """The bytes of a packet from its description."""
    layers = []
    for layer in text.split("/"):
        name, *words = layer.split()
        layers.append((name, words))
    return build_layers(layers, None)


def build_layers(layers, outer):
    if not layers:
        return b""
    (name, words), rest = layers[0], layers[1:]
    if name == "data":
        return build_data(words)
    opt = dict(w.partition("=")[::2] for w in words)
    return {"ip": build_ip, "tcp": build_tcp, "udp": build_udp,
            "icmp": build_icmp}[name](opt, rest, outer)


def build_ip(opt, rest, _outer):
    src = socket.inet_aton(opt["src"])
    dst = socket.inet_aton(opt["dst"])
    proto = int(opt.get("proto") or PROTO[rest[0][0]])
    body = build_layers(rest, (src, dst, proto))
    options = bytes.fromhex(opt.get("opts", ""))
    frag = int(opt.get("off", 0)) >> 3
    frag |= 0x4000 if "df" in opt else 0
    frag |= 0x2000 if "mf" in opt else 0
    ihl = 5 + len(options) // 4
    head = struct.pack("!BBHHHBBH4s4s", 0x40 | ihl, int(opt.get("tos", 0)),
                       ihl * 4 + len(body), int(opt.get("id", 0)), frag,
                       int(opt.get("ttl", 64)), proto, 0, src, dst) + options
    return put_checksum(head, 10, checksum(head)) + body


def put_checksum(data, at, value):
    return data[:at] + struct.pack("!H", value) + data[at + 2:]


def transport_checksum(head, at, body, outer, opt):
    """The checksum that opt wishes, at that place of the header."""
    src, dst, proto = outer
    value = checksum(pseudo(src, dst, proto, len(head + body)) + head + body)
    if proto == PROTO["udp"]:
        value = value or 0xffff
    wish = opt.get("csum", "ok")
    if wish == "bad":
        value ^= 0x5555
    elif wish == "none":
        value = 0
    elif wish != "ok":
        value = int(wish, 16)
    return put_checksum(head, at, value) + body


def build_tcp(opt, rest, outer):
    flags = sum(1 << TCP_FLAGS.index(f) for f in opt.get("flags", ""))
    head = struct.pack("!HHIIBBHHH", int(opt["sport"]), int(opt["dport"]),
                       int(opt.get("seq", 0)), int(opt.get("ack", 0)), 0x50,
                       flags, int(opt.get("win", 8192)), 0, 0)
    return transport_checksum(head, 16, build_layers(rest, None), outer, opt)


def build_udp(opt, rest, outer):
    body = build_layers(rest, None)
    head = struct.pack("!HHHH", int(opt["sport"]), int(opt["dport"]),
                       8 + len(body), 0)
    return transport_checksum(head, 6, body, outer, opt)


def build_icmp(opt, rest, _outer):
    kind = int(opt["type"])
    first, second = 0, int(opt.get("mtu", 0))
    if kind in ICMP_ECHO:
        first, second = int(opt.get("id", 0)), int(opt.get("seq", 0))
    head = struct.pack("!BBHHH", kind, int(opt.get("code", 0)), 0,
                       first, second)
    body = build_layers(rest, None)
    value = checksum(head + body)
    if opt.get("csum") == "bad":
        value ^= 0x5555
    return put_checksum(head, 2, value) + body


def fragment(packet, size):
    """The packet in fragments of size bytes of payload, a multiple of 8."""
    ihl = (packet[0] & 15) * 4
    body = packet[ihl:]
    for start in range(0, len(body), size):
        part = body[start:start + size]
        more = 0x2000 if start + size < len(body) else 0
        head = (packet[:2] + struct.pack("!H", ihl + len(part)) + packet[4:6] +
                struct.pack("!H", more | start >> 3) + packet[8:10] + b"\0\0" +
                packet[12:ihl])
        yield put_checksum(head, 10, checksum(head)) + part


def patch(packet, wish):
    """The packet with other bytes at a place, and a right IP checksum."""
    at, _, value = wish.partition(":")
    new = bytes.fromhex(value)
    packet = packet[:int(at)] + new + packet[int(at) + len(new):]
    return ip_checksum(packet, 0)


def ip_checksum(packet, error):
    ihl = (packet[0] & 15) * 4
    head = put_checksum(packet[:ihl], 10, 0)
    return put_checksum(head, 10, checksum(head) ^ error) + packet[ihl:]


def leave_checksum(packet, at):
    """The packet as it is before a device has put in its checksum."""
    value = checksum(pseudo(packet[12:16], packet[16:20], packet[9],
                            len(packet) - 20))
    return put_checksum(packet, at, ~value & 0xffff)


# --- describing -----------------------------------------------------------

def describe(packet, partial=False, inner=False):
    """The description of a packet from its bytes.

    partial: the sender left the transport checksum to the device.
    inner: quoted by an ICMP error, so cut, and not answering for checksums.
    """
    return " / ".join(describe_ip(packet, partial, inner))


def describe_ip(packet, partial, inner):
    ihl = (packet[0] & 15) * 4
    (_, tos, length, _, frag, ttl, proto, _, src, dst) = struct.unpack(
        "!BBHHHBBH4s4s", packet[:20])
    offset = (frag & 0x1fff) * 8
    words = ["ip", "src=" + socket.inet_ntoa(src),
             "dst=" + socket.inet_ntoa(dst), "ttl=%d" % ttl]
    words += ["tos=%d" % tos] if tos else []
    words += ["df"] if frag & 0x4000 else []
    words += ["mf"] if frag & 0x2000 else []
    words += ["off=%d" % offset] if offset else []
    words += ["opts=" + packet[20:ihl].hex()] if ihl > 20 else []
    words += ["csum=bad"] if checksum(packet[:ihl]) else []
    body = packet[ihl:length]
    whole = not inner and not frag & 0x3fff
    state = "partial" if partial else ""
    if whole and proto in (PROTO["tcp"], PROTO["udp"]) and not partial:
        if checksum(pseudo(src, dst, proto, len(body)) + body):
            state = "bad"
    if offset or proto not in NAME:
        words += ["proto=%d" % proto]
        return [" ".join(words), describe_data(body)]
    if proto == PROTO["ip"]:
        return [" ".join(words)] + describe_ip(body, partial, inner)
    return [" ".join(words)] + {
        "tcp": describe_tcp, "udp": describe_udp,
        "icmp": describe_icmp}[NAME[proto]](body, state, whole)


def describe_tcp(body, state, _whole):
    sport, dport, seq = struct.unpack("!HHI", body[:8])
    words = ["tcp", "sport=%d" % sport, "dport=%d" % dport, "seq=%d" % seq]
    layers = []
    if len(body) >= 20:
        ack, offset, flags = struct.unpack("!IBB", body[8:14])
        words += ["ack=%d" % ack, "flags=" + "".join(
            f for bit, f in enumerate(TCP_FLAGS) if flags & 1 << bit)]
        data = body[(offset >> 4) * 4:]
        layers = [describe_data(data)] if data else []
    words += ["csum=" + state] if state else []
    return [" ".join(words)] + layers


def describe_udp(body, state, _whole):
    sport, dport, _, csum = struct.unpack("!HHHH", body[:8])
    words = ["udp", "sport=%d" % sport, "dport=%d" % dport]
    if not csum:
        state = "none"
    elif csum == 0xffff and not state:
        state = "ffff"
    words += ["csum=" + state] if state else []
    layers = [describe_data(body[8:])] if len(body) > 8 else []
    return [" ".join(words)] + layers


def describe_icmp(body, _state, whole):
    kind, code, _, first, second = struct.unpack("!BBHHH", body[:8])
    words = ["icmp", "type=%d" % kind, "code=%d" % code]
    if kind in ICMP_ECHO:
        words += ["id=%d" % first, "seq=%d" % second]
    elif kind == 3 and code == 4:
        words += ["mtu=%d" % second]
    words += ["csum=bad"] if whole and checksum(body) else []
    if kind in ICMP_ERRORS:
        return [" ".join(words), describe(body[8:], inner=True)]
    return [" ".join(words)] + ([describe_data(body[8:])]
                                if len(body) > 8 else [])


# --- sockets --------------------------------------------------------------

def in_netns(name, make):
    """What make() returns, made in that namespace."""
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open("/run/netns/" + name, os.O_RDONLY)
    try:
        if libc.setns(there, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns " + name)
        return make()
    finally:
        libc.setns(home, CLONE_NEWNET)
        os.close(home)
        os.close(there)


class Wire:
    """An end of a wire: frames go out to the peer, and come in from it."""

    def __init__(self, netns, dev, mac, how):
        proto = ETH_P_ALL if how == "sniff" else ETH_P_IP
        self.sock = in_netns(netns, lambda: socket.socket(
            socket.AF_PACKET, socket.SOCK_RAW, 0))
        self.sock.bind((dev, proto))
        self.sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24)
        own = self.sock.getsockname()[4]
        self.header = bytes.fromhex(mac.replace(":", "")) + own + b"\x08\0"
        self.queue = []
        self.frames = []
        # With what the offloads know of each packet.
        self.whole = how == "whole"
        if self.whole:
            self.sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)

    def send(self, packet, wishes=None):
        wishes = wishes or {}
        header, meta = self.header, b""
        if "mac" in wishes:
            header = bytes.fromhex(wishes["mac"].replace(":", "")) + header[6:]
        if "vlan" in wishes:
            header = header[:12] + struct.pack("!HHH", ETH_P_8021Q,
                                               int(wishes["vlan"]), ETH_P_IP)
        if self.whole:
            meta = bytes(10)
        if "gso" in wishes:
            meta = struct.pack(VNET_HDR, VNET_NEEDS_CSUM, VNET_GSO_TCPV4,
                               len(header) + 40, int(wishes["gso"]),
                               len(header) + 20, 16)
            packet = leave_checksum(packet, 36)
        self.sock.send(meta + header + packet +
                       bytes(int(wishes.get("pad", 0))))

    def read(self):
        try:
            frame, ancillary, _, source = self.sock.recvmsg(1 << 17, 256)
        except OSError:     # the device went down, or away
            return
        if source[1] != ETH_P_IP or source[2] == socket.PACKET_OUTGOING:
            return
        status = 0
        for level, kind, value in ancillary:
            if level == SOL_PACKET and kind == PACKET_AUXDATA:
                status = struct.unpack_from("=I", value)[0]
        partial = bool(status & TP_STATUS_CSUMNOTREADY)
        meta = ""
        if self.whole:
            flags, gso, _, *rest = struct.unpack_from(VNET_HDR, frame)
            meta = " ".join(str(n) for n in (flags, gso, *rest))
            frame = frame[10:]
            self.frames.append((meta, frame, partial))
        self.queue.append((frame[14:], partial))


def poll(seconds):
    """Serve every socket that has something; false when none had."""
    readers = {wire.sock: wire for wire in wires.values()}
    ready, _, _ = select.select([*readers, *servers], [], [], seconds)
    for sock in ready:
        if sock in readers:
            readers[sock].read()
        else:
            data, peer = sock.recvfrom(1 << 16)
            sock.sendto(servers[sock] + b" " + data, peer)
    return bool(ready)


def poll_until(milliseconds, check):
    """The first true answer of check(), or None when time is up."""
    end = time.monotonic() + int(milliseconds) / 1000
    while True:
        found = check()
        left = end - time.monotonic()
        if found or left <= 0:
            return found
        poll(left)


def udp_socket(netns, addr, port):
    sock = in_netns(netns, lambda: socket.socket(
        socket.AF_INET, socket.SOCK_DGRAM))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((addr, int(port)))
    return sock


# --- commands -------------------------------------------------------------

def cmd_open(name, netns, dev, mac, how=None):
    wires[name] = Wire(netns, dev, mac, how)


def cmd_send(name, *words):
    first = words.index("ip")
    wishes = dict(w.partition("=")[::2] for w in words[:first])
    packet = build(" ".join(words[first:]))
    if "patch" in wishes:
        packet = patch(packet, wishes["patch"])
    if "ipsum" in wishes:
        packet = ip_checksum(packet, 0x5555)
    size = int(wishes.get("frag", 0))
    for part in fragment(packet, size) if size else [packet]:
        wires[name].send(part, wishes)


def cmd_recv(name, milliseconds, *regex):
    wanted = re.compile(" ".join(regex))
    queue = wires[name].queue

    def take():
        while queue:
            text = describe(*queue.pop(0))
            if wanted.search(text):
                return text
        return None
    return poll_until(milliseconds, take) or "none"


def cmd_drain(name):
    while poll(0):
        pass
    count = len(wires[name].queue)
    wires[name].queue.clear()
    wires[name].frames.clear()
    return str(count)


def cmd_dump(name, path):
    while poll(0.05):
        pass
    frames = wires[name].frames
    with open(path, "w", encoding="ascii") as out:
        for meta, frame, partial in frames:
            packet = anonymous(frame[14:])
            out.write("%s | %s | %s | %s %08x\n" % (
                try_describe(packet, partial), meta, frame[:14].hex(),
                packet[:64].hex(), binascii.crc32(packet)))
    return cmd_drain(name)


def try_describe(packet, partial):
    try:
        return describe(packet, partial)
    except struct.error:
        return "cut"


def anonymous(packet):
    """The packet, without the number that a sender behind us made up."""
    if packet[9] in (PROTO["icmp"], PROTO["ip"]):
        packet = ip_checksum(packet[:4] + b"\0\0" + packet[6:], 0)
    return packet


def cmd_udp_serve(netns, addr, port, ident):
    servers[udp_socket(netns, addr, port)] = ident.encode()


def cmd_udp_ask(netns, src, sport, dst, dport, milliseconds, *data):
    sock = udp_socket(netns, src, sport)
    sock.connect((dst, int(dport)))
    sock.setblocking(False)

    def answer():
        try:
            ident, _, echo = sock.recv(1 << 16).partition(b" ")
            return ident.decode() + " " + describe_data(echo)
        except BlockingIOError:
            poll(0.01)
            return None
    try:
        sock.send(build_data(data))
        return poll_until(milliseconds, answer) or "none"
    except ConnectionRefusedError:
        return "refused"
    except OSError as error:
        return error.strerror.lower()
    finally:
        sock.close()


def cmd_run(path):
    with open(path, encoding="ascii") as lines:
        for line in lines:
            reply = obey(line)
            if reply.startswith("error"):
                return reply
    return "ok"


def obey(line):
    """The answer to a command."""
    name, *words = line.split()
    try:
        return globals()["cmd_" + name](*words) or "ok"
    except (OSError, ValueError, KeyError, TypeError) as error:
        return "error: %s: %r" % (line, error)


def main():
    # On one CPU frames arrive in the order in which they were sent.
    cpus = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cpus[os.getpid() % len(cpus)]})
    pending = b""
    while True:
        select.select([0, *servers, *(w.sock for w in wires.values())], [], [])
        while poll(0):
            pass
        if not select.select([0], [], [], 0)[0]:
            continue
        more = os.read(0, 1 << 16)
        if not more:
            return
        *lines, pending = (pending + more).split(b"\n")
        for line in lines:
            sys.stdout.write(obey(line.decode()) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
