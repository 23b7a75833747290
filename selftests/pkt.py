#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Crafted packets and UDP endpoints, in any network namespace.

One process serves a whole test, as starting python in an emulated machine
costs seconds. It reads commands, one a line, and answers each with one line:

open NAME NETNS DEV MAC [whole|sniff|ipv6|bare]...
                              a wire's end, for send and recv; the peer is MAC.
                              whole: with what the offloads know of a packet;
                              sniff: all that comes, before the stack has it,
                              and as tcpdump does, with the time at which;
                              ipv6: hear IPv6 instead of IPv4, without what
                              neighbours have to say to each other;
                              bare: to send by a device without a link header
send NAME [WISH]... PACKET    -> ok; see below for wishes
recv NAME MS [REGEX]          -> the next PACKET that matches, or none
recv_whole NAME MS            -> the next PACKET, put together from fragments
                              of IPv6, or none
gather NAME MS PACKET         -> the headers, and in what sizes the data came in
                              packets that have all of them alike; or the first
                              packet that differs. The source port of GUE, and
                              rco, are left out
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
    ip6    src dst hlim=64 tc=0 flow=0 proto
    hbh    opts=HEX (hop-by-hop options, without the two bytes before them)
    dopt   opts=HEX (destination options)
    rh     type=0 left=0 rest=HEX (routing header, what follows "left")
    frag   id=0 off=0 mf proto; when received, without the id
    tcp    sport dport seq=0 ack=0 flags=SAFRPU win=8192 opts=HEX; of received
           ones only a SACK and those of a SYN
    udp    sport dport csum=none|bad|HEX
    sctp   sport dport tag=0 csum=bad|HEX chunks=init+abort, of which the last has
           the data that follows; a first fragment tells its checksum
    esp    spi=0 seq=0
    ah     spi=0 seq=0 next=59 (no more headers)
    icmp   type code mtu=0, or id seq for an echo
    icmp6  the same
    gre    only received; csum
    gue    only received, behind udp dport=6080; rco if the checksum inside was
           left to the receiver
    data   N (bytes of a known pattern), text=WORD or hex=HEX; when received, N crc=...
           if the bytes are neither, and no text of less than 80

What the sender may wish:

    frag=N        in fragments of N bytes of payload; those of IPv6 are cut
                  behind hbh and rh, or where the packet has a frag
    gso=N         as one packet that the device cuts, N bytes of data in each,
                  and whose checksum (right or not) is left to it, too
    partial       in one piece, but with the checksum left to the device
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
ETH_P_IPV6 = 0x86dd
ETH_P_8021Q = 0x8100
SO_TIMESTAMP = 29
SO_RCVBUFFORCE = 33
SOL_PACKET = 263
PACKET_VNET_HDR = 15
VNET_HDR = "=BBHHHH"    # flags, gso, header length, gso size, csum from, at
VNET_NEEDS_CSUM = 1
VNET_GSO_TCPV4 = 1
VNET_GSO_TCPV6 = 4
VNET_GSO_UDP_L4 = 5
PACKET_AUXDATA = 8
TP_STATUS_CSUMNOTREADY = 8
PROTO = {"hbh": 0, "icmp": 1, "ip": 4, "tcp": 6, "udp": 17, "ip6": 41,
         "rh": 43, "frag": 44, "gre": 47, "esp": 50, "ah": 51, "icmp6": 58,
         "dopt": 60, "sctp": 132}
GUE_PORT = 6080
NAME = {number: name for name, number in PROTO.items()}
EXTENSIONS = ("hbh", "rh", "frag", "dopt")
PADDING = "010400000000"    # options that say nothing
TCP_FLAGS = "FSRPAU"
ICMP_ERRORS = (3, 4, 5, 11, 12)
ICMP_ECHO = (0, 8)
ICMP6_ERRORS = (1, 2, 3, 4)
ICMP6_ECHO = (128, 129)
CHUNKS = ("data", "init", "init-ack", "sack", "heartbeat", "heartbeat-ack",
          "abort", "shutdown", "shutdown-ack", "error", "cookie-echo",
          "cookie-ack", "ecne", "cwr", "shutdown-complete")

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
    if len(src) == 16:
        return src + dst + struct.pack("!II", length, proto)
    return src + dst + struct.pack("!BBH", 0, proto, length)


def crc32c_table():
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82f63b78 if value & 1 else 0)
        yield value


CRC32C = tuple(crc32c_table())


def crc32c(data):
    """The checksum of SCTP as it stands in a packet: RFC 9260 appendix A."""
    value = 0xffffffff
    for byte in data:
        value = value >> 8 ^ CRC32C[(value ^ byte) & 0xff]
    return struct.pack("<I", value ^ 0xffffffff)


def pattern(length):
    return (bytes(range(251)) * (length // 251 + 1))[:length]


def describe_data(data):
    if data == pattern(len(data)):
        return "data %d" % len(data)
    if len(data) < 80 and re.fullmatch(rb"[!-~]+", data):
        return "data text=" + data.decode()
    if len(data) < 80 and re.fullmatch(rb"[\r\n -~]+", data):
        return "data hex=" + data.hex()
    return "data %d crc=%08x" % (len(data), binascii.crc32(data))


def build_data(words):
    if words[0].startswith("text="):
        return words[0][5:].encode()
    if words[0].startswith("hex="):
        return bytes.fromhex(words[0][4:])
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
    if name in EXTENSIONS:
        return build_extension(name, opt, rest, outer)
    return {"ip": build_ip, "ip6": build_ip6, "tcp": build_tcp,
            "udp": build_udp, "icmp": build_icmp, "icmp6": build_icmp,
            "sctp": build_sctp, "esp": build_esp,
            "ah": build_ah}[name](opt, rest, outer)


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


def build_ip6(opt, rest, _outer):
    src = socket.inet_pton(socket.AF_INET6, opt["src"])
    dst = socket.inet_pton(socket.AF_INET6, opt["dst"])
    proto = next((PROTO[name] for name, _ in rest
                  if name not in EXTENSIONS and name != "data"), 0)
    body = build_layers(rest, (src, dst, proto))
    word = 6 << 28 | int(opt.get("tc", 0)) << 20 | int(opt.get("flow", 0))
    return struct.pack("!IHBB", word, len(body), next_header(opt, rest),
                       int(opt.get("hlim", 64))) + src + dst + body


def next_header(opt, rest):
    return int(opt.get("proto") or PROTO[rest[0][0]])


def build_extension(name, opt, rest, outer):
    body = build_layers(rest, outer)
    if name == "frag":
        field = int(opt.get("off", 0)) | ("mf" in opt)
        return struct.pack("!BBHI", next_header(opt, rest), 0, field,
                           int(opt.get("id", 0))) + body
    if name == "rh":
        data = bytes((int(opt.get("type", 0)), int(opt.get("left", 0))))
        data += bytes.fromhex(opt.get("rest", "00000000"))
    else:
        data = bytes.fromhex(opt.get("opts", PADDING))
    return bytes((next_header(opt, rest), len(data) // 8)) + data + body


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
    opts = bytes.fromhex(opt.get("opts", ""))
    head = struct.pack("!HHIIBBHHH", int(opt["sport"]), int(opt["dport"]),
                       int(opt.get("seq", 0)), int(opt.get("ack", 0)),
                       0x50 + len(opts) * 4, flags, int(opt.get("win", 8192)),
                       0, 0) + opts
    return transport_checksum(head, 16, build_layers(rest, None), outer, opt)


def build_udp(opt, rest, outer):
    body = build_layers(rest, None)
    head = struct.pack("!HHHH", int(opt["sport"]), int(opt["dport"]),
                       8 + len(body), 0)
    return transport_checksum(head, 6, body, outer, opt)


def build_sctp(opt, rest, _outer):
    last = build_layers(rest, None)
    body = b""
    names = opt["chunks"].split("+")
    for i, name in enumerate(names):
        data = last if i == len(names) - 1 else b""
        body += struct.pack("!BBH", CHUNKS.index(name), 0, 4 + len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack("!HHI", int(opt["sport"]), int(opt["dport"]),
                       int(opt.get("tag", 0)))
    check = crc32c(head + bytes(4) + body)
    wish = opt.get("csum", "ok")
    if wish == "bad":
        check = bytes(byte ^ 0x55 for byte in check)
    elif wish != "ok":
        check = bytes.fromhex(wish)
    return head + check + body


def build_esp(opt, rest, _outer):
    return struct.pack("!II", int(opt.get("spi", 0)), int(opt.get("seq", 0))) \
        + build_layers(rest, None)


def build_ah(opt, rest, _outer):
    return struct.pack("!BBHII", int(opt.get("next", 59)), 4, 0,
                       int(opt.get("spi", 0)), int(opt.get("seq", 0))) \
        + bytes(12) + build_layers(rest, None)


def build_icmp(opt, rest, outer):
    kind = int(opt["type"])
    first, second = divmod(int(opt.get("mtu", 0)), 1 << 16)
    if kind in ICMP_ECHO + ICMP6_ECHO:
        first, second = int(opt.get("id", 0)), int(opt.get("seq", 0))
    head = struct.pack("!BBHHH", kind, int(opt.get("code", 0)), 0,
                       first, second)
    body = build_layers(rest, None)
    extra = b""
    if len(outer[0]) == 16:
        extra = pseudo(*outer, len(head + body))
    value = checksum(extra + head + body)
    if opt.get("csum") == "bad":
        value ^= 0x5555
    return put_checksum(head, 2, value) + body


def walk6(packet):
    """Where each header behind that of IPv6 is, and what it is.

    Ends with the first that is no extension, or part of a later fragment.
    """
    at, proto = 40, packet[6]
    while NAME.get(proto) in EXTENSIONS and at + 8 <= len(packet):
        yield at, proto
        if proto == PROTO["frag"]:
            if struct.unpack_from("!H", packet, at + 2)[0] & 0xfff8:
                yield at + 8, packet[at]
                return
            length = 8
        else:
            length = 8 + packet[at + 1] * 8
        at, proto = at + length, packet[at]
    yield at, proto


def find_fragment(packet):
    """Where the fragment header is, or where it ought to be, and if it is."""
    before = 6
    for at, proto in walk6(packet):
        if proto == PROTO["frag"]:
            return before, at, True
        before = at
    before = 6
    for at, proto in walk6(packet):
        if proto not in (PROTO["hbh"], PROTO["rh"]):
            return before, at, False
        before = at
    raise ValueError("no end of headers")


def payload_length(packet):
    return packet[:4] + struct.pack("!H", len(packet) - 40) + packet[6:]


def fragment6(packet, size):
    before, at, there = find_fragment(packet)
    ident, proto, body = b"\0\0\0\1", packet[before:before + 1], packet[at:]
    if there:
        ident, proto, body = body[4:8], body[:1], body[8:]
    head = packet[:before] + b"\x2c" + packet[before + 1:at]
    for start in range(0, len(body), size):
        part = body[start:start + size]
        more = start + size < len(body)
        yield payload_length(head + proto + b"\0" +
                             struct.pack("!H", start | more) + ident + part)


def unfragment6(parts):
    """The packet that these fragments make, if they do."""
    found, end, more = {}, 0, True
    for packet in parts:
        before, at, _ = find_fragment(packet)
        field = struct.unpack_from("!H", packet, at + 2)[0]
        found[field & 0xfff8] = (packet, before, at, field & 1)
    whole = b""
    while more:
        if end not in found:
            return None
        packet, before, at, more = found[end]
        if not end:
            whole = (packet[:before] + packet[at:at + 1] +
                     packet[before + 1:at])
        whole += packet[at + 8:]
        end += len(packet) - at - 8
    return payload_length(whole)


def fragment(packet, size):
    """The packet in fragments of size bytes of payload, a multiple of 8."""
    if packet[0] >> 4 == 6:
        yield from fragment6(packet, size)
        return
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
    ipv6 = packet[0] >> 4 == 6
    packet = packet[:int(at)] + new + packet[int(at) + len(new):]
    return packet if ipv6 else ip_checksum(packet, 0)


def ip_checksum(packet, error):
    ihl = (packet[0] & 15) * 4
    head = put_checksum(packet[:ihl], 10, 0)
    return put_checksum(head, 10, checksum(head) ^ error) + packet[ihl:]


def leave_checksum(packet, at):
    """The packet as it is before a device has put in its checksum."""
    if packet[0] >> 4 == 6:
        value = checksum(pseudo(packet[8:24], packet[24:40], packet[6],
                                len(packet) - 40))
        return put_checksum(packet, at, ~value & 0xffff)
    value = checksum(pseudo(packet[12:16], packet[16:20], packet[9],
                            len(packet) - 20))
    return put_checksum(packet, at, ~value & 0xffff)


# --- describing -----------------------------------------------------------

def describe(packet, partial=False, inner=False):
    """The description of a packet from its bytes.

    partial: the sender left the transport checksum to the device.
    inner: quoted by an ICMP error, so cut, and not answering for checksums.
    """
    return " / ".join(describe_any(packet, partial, inner))


def describe_any(packet, partial, inner):
    how = describe_ip6 if packet[0] >> 4 == 6 else describe_ip
    return how(packet, partial, inner)


def describe_ip6(packet, partial, inner):
    word, length, proto, hlim = struct.unpack("!IHBB", packet[:8])
    src, dst = packet[8:24], packet[24:40]
    packet = packet[:40 + length]
    words = ["ip6", "src=" + socket.inet_ntop(socket.AF_INET6, src),
             "dst=" + socket.inet_ntop(socket.AF_INET6, dst), "hlim=%d" % hlim]
    words += ["tc=%d" % (word >> 20 & 255)] if word >> 20 & 255 else []
    words += ["flow=%d" % (word & 0xfffff)] if word & 0xfffff else []
    layers, whole, at = [], not inner, 40
    for at, proto in walk6(packet):
        if NAME.get(proto) not in EXTENSIONS:
            break
        field = struct.unpack_from("!H", packet, at + 2)[0]
        layers.append(describe_extension(packet, at, proto))
        if proto == PROTO["frag"] and field:
            whole = False
            if field & 0xfff8:
                layers[-1] += " proto=%d" % packet[at]
                return [" ".join(words), *layers,
                        describe_data(packet[at + 8:])]
    body = packet[at:]
    if proto not in NAME or NAME[proto] in EXTENSIONS:
        words += ["proto=%d" % proto]
        return [" ".join(words), *layers, describe_data(body)]
    layers.insert(0, " ".join(words))
    if proto in (PROTO["ip"], PROTO["ip6"]):
        return layers + describe_any(body, partial, inner)
    if proto == PROTO["gre"] and whole:
        return layers + describe_gre(body)
    state = "partial" if partial else ""
    right = proto not in (PROTO["tcp"], PROTO["udp"], PROTO["icmp6"]) or \
        not checksum(pseudo(src, dst, proto, len(body)) + body)
    if whole and not right and not partial:
        state = "bad"
    if proto == PROTO["icmp6"]:
        return layers + describe_icmp(body, state, whole, "icmp6")
    return layers + {
        "tcp": describe_tcp, "udp": describe_udp, "sctp": describe_sctp,
        "esp": describe_esp, "ah": describe_ah}[NAME[proto]](
            body, state, whole)


def describe_extension(packet, at, proto):
    """Options that say nothing, and a fragment's number, are not told."""
    name = NAME[proto]
    data = packet[at + 2:at + 8 + packet[at + 1] * 8]
    if name == "frag":
        field = struct.unpack_from("!H", packet, at + 2)[0]
        return "frag" + (" off=%d" % (field & 0xfff8) if field & 0xfff8
                         else "") + (" mf" if field & 1 else "")
    if name == "rh":
        return "rh type=%d left=%d rest=%s" % (data[0], data[1],
                                               data[2:].hex())
    return name + ("" if data.hex() == PADDING else " opts=" + data.hex())


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
    if proto == PROTO["sctp"] and frag & 0x2000 and not inner:
        state = body[8:12].hex()    # to be compared with that of the whole
    if offset or proto not in NAME or NAME[proto] in EXTENSIONS:
        words += ["proto=%d" % proto]
        return [" ".join(words), describe_data(body)]
    if proto in (PROTO["ip"], PROTO["ip6"]):
        return [" ".join(words)] + describe_any(body, partial, inner)
    if proto == PROTO["gre"] and whole:
        return [" ".join(words)] + describe_gre(body)
    if proto == PROTO["icmp"] and whole and checksum(body):
        state = "bad"
    return [" ".join(words)] + {
        "tcp": describe_tcp, "udp": describe_udp, "icmp": describe_icmp,
        "sctp": describe_sctp, "esp": describe_esp,
        "ah": describe_ah}[NAME[proto]](body, state, whole)


def describe_gre(body):
    """GRE and what is in it; a checksum covers all of it."""
    flags, _ = struct.unpack("!HH", body[:4])
    if flags != 0x8000:
        return ["gre" + (" flags=%x" % flags if flags else "")] + \
            describe_any(body[4:], False, False)
    return ["gre csum" + ("=bad" if checksum(body) else "")] + \
        describe_any(body[8:], False, False)


def describe_gue(body):
    """GUE and what is in it, completed as the receiver does."""
    inner, words = body[4 + (body[0] & 31) * 4:], ["gue"]
    if body[3] & 1:
        start, offset = struct.unpack("!HH", body[8:12])
        inner = put_checksum(inner, offset, checksum(inner[start:]))
        words += ["rco"]
    return [" ".join(words)] + describe_any(inner, False, False)


def describe_tcp(body, state, _whole):
    sport, dport, seq = struct.unpack("!HHI", body[:8])
    words = ["tcp", "sport=%d" % sport, "dport=%d" % dport, "seq=%d" % seq]
    layers = []
    if len(body) >= 20:
        ack, offset, flags = struct.unpack("!IBB", body[8:14])
        words += ["ack=%d" % ack, "flags=" + "".join(
            f for bit, f in enumerate(TCP_FLAGS) if flags & 1 << bit)]
        data = body[(offset >> 4) * 4:]
        sack = body[20:23] == b"\1\1\5"
        if offset >> 4 > 5 and (sack or flags & 2):
            words.append("opts=" + body[20:(offset >> 4) * 4].hex())
        layers = [describe_data(data)] if data else []
    words += ["csum=" + state] if state else []
    return [" ".join(words)] + layers


def describe_udp(body, state, whole):
    sport, dport, _, csum = struct.unpack("!HHHH", body[:8])
    words = ["udp", "sport=%d" % sport, "dport=%d" % dport]
    if not csum:
        state = "none"
    elif csum == 0xffff and not state:
        state = "ffff"
    words += ["csum=" + state] if state else []
    if dport == GUE_PORT and whole and len(body) > 32:
        return [" ".join(words)] + describe_gue(body[8:])
    layers = [describe_data(body[8:])] if len(body) > 8 else []
    return [" ".join(words)] + layers


def describe_sctp(body, state, whole):
    sport, dport = struct.unpack("!HH", body[:4])
    words = ["sctp", "sport=%d" % sport, "dport=%d" % dport]
    if len(body) < 16:
        return [" ".join(words)]
    words += ["tag=%d" % struct.unpack("!I", body[4:8])]
    check = crc32c(body[:8] + bytes(4) + body[12:])
    if whole and not state and check != body[8:12]:
        state = "bad"
    names, at, data = [], 12, b""
    while at + 4 <= len(body):
        kind, _, length = struct.unpack("!BBH", body[at:at + 4])
        names += [CHUNKS[kind] if kind < len(CHUNKS) else str(kind)]
        data = body[at + 4:at + length]
        at += max(length + 3 & ~3, 4)
    words += ["chunks=" + "+".join(names)]
    words += ["csum=" + state] if state else []
    return [" ".join(words)] + ([describe_data(data)] if data else [])


def describe_esp(body, _state, _whole):
    spi, seq = struct.unpack("!II", body[:8])
    return ["esp spi=%d seq=%d" % (spi, seq)] + (
        [describe_data(body[8:])] if len(body) > 8 else [])


def describe_ah(body, _state, _whole):
    kind, _, _, spi, seq = struct.unpack("!BBHII", body[:12])
    return ["ah spi=%d seq=%d next=%d" % (spi, seq, kind)] + (
        [describe_data(body[24:])] if len(body) > 24 else [])


def describe_icmp(body, state, _whole, name="icmp"):
    kind, code, _, first, second = struct.unpack("!BBHHH", body[:8])
    echo, errors, too_big = ICMP_ECHO, ICMP_ERRORS, kind == 3 and code == 4
    if name == "icmp6":
        echo, errors, too_big = ICMP6_ECHO, ICMP6_ERRORS, kind == 2
        second |= first << 16 if too_big else 0
    words = [name, "type=%d" % kind, "code=%d" % code]
    if kind in echo:
        words += ["id=%d" % first, "seq=%d" % second]
    elif too_big:
        words += ["mtu=%d" % second]
    words += ["csum=bad"] if state == "bad" else []
    if kind in errors:
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
        self.proto = ETH_P_IPV6 if "ipv6" in how else ETH_P_IP
        proto = ETH_P_ALL if "sniff" in how else self.proto
        self.sock = in_netns(netns, lambda: socket.socket(
            socket.AF_PACKET, socket.SOCK_RAW, 0))
        self.sock.bind((dev, proto))
        self.sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        if "sniff" in how:
            self.sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMP, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24)
        own = self.sock.getsockname()[4]
        self.header = bytes.fromhex(mac.replace(":", "")) + own
        self.queue = []
        self.frames = []
        # With what the offloads know of each packet.
        self.whole = "whole" in how
        self.bare = "bare" in how
        if self.whole:
            self.sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)

    def send(self, packet, wishes=None):
        wishes = wishes or {}
        ipv6 = wishes.get("ipv6", packet[0] >> 4 == 6)
        proto = struct.pack("!H", ETH_P_IPV6 if ipv6 else ETH_P_IP)
        header, meta = self.header + proto, b""
        if self.bare:
            header = b""
        if "mac" in wishes:
            header = bytes.fromhex(wishes["mac"].replace(":", "")) + header[6:]
        if "vlan" in wishes:
            header = header[:12] + struct.pack("!HH", ETH_P_8021Q,
                                               int(wishes["vlan"])) + proto
        if self.whole:
            meta = bytes(10)
        if "gso" in wishes or "partial" in wishes:
            ip_len = 40 if ipv6 else 20
            kind, l4_len, at = (VNET_GSO_TCPV6 if ipv6 else VNET_GSO_TCPV4,
                                20, 16)
            if packet[6 if ipv6 else 9] == PROTO["udp"]:
                kind, l4_len, at = VNET_GSO_UDP_L4, 8, 6
            meta = struct.pack(VNET_HDR, VNET_NEEDS_CSUM,
                               kind if "gso" in wishes else 0,
                               len(header) + ip_len + l4_len,
                               int(wishes.get("gso", 0)),
                               len(header) + ip_len, at)
            packet = leave_checksum(packet, ip_len + at)
        self.sock.send(meta + header + packet +
                       bytes(int(wishes.get("pad", 0))))

    def read(self):
        try:
            frame, ancillary, _, source = self.sock.recvmsg(1 << 17, 256)
        except OSError:     # the device went down, or away
            return
        if source[1] != self.proto or source[2] == socket.PACKET_OUTGOING:
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
        if self.proto == ETH_P_IPV6 and frame[:2] == b"\x33\x33":
            return
        if self.whole:
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
    family = socket.AF_INET6 if ":" in addr else socket.AF_INET
    sock = in_netns(netns, lambda: socket.socket(family, socket.SOCK_DGRAM))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((addr, int(port)))
    return sock


# --- commands -------------------------------------------------------------

def cmd_open(name, netns, dev, mac, *how):
    wires[name] = Wire(netns, dev, mac, how)


def cmd_send(name, *words):
    first = next(n for n, word in enumerate(words) if word in ("ip", "ip6"))
    wishes = dict(w.partition("=")[::2] for w in words[:first])
    packet = build(" ".join(words[first:]))
    wishes["ipv6"] = packet[0] >> 4 == 6
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


def cmd_recv_whole(name, milliseconds):
    queue, parts = wires[name].queue, []

    def take():
        while queue:
            packet, partial = queue.pop(0)
            if not find_fragment(packet)[2]:
                return describe(packet, partial)
            parts.append(packet)
            whole = unfragment6(parts)
            if whole:
                return "%d fragments: %s" % (len(parts), describe(whole))
        return None
    return poll_until(milliseconds, take) or "none"


def cmd_gather(name, milliseconds, *words):
    """Each packet is to have the headers, and its part of the data."""
    text, _, length = " ".join(words).rpartition(" / data ")
    queue, data, sizes = wires[name].queue, pattern(int(length)), []

    def take():
        while queue:
            seen, at = describe(*queue.pop(0)), sum(sizes)
            seen = re.sub(r"sport=\d+ (dport=%d )" % GUE_PORT, r"\1", seen)
            seen = seen.replace("gue rco", "gue")
            size = int(re.search(r"/ data (\d+)|$", seen)[1] or 0)
            want = text.replace("seq=0", "seq=%d" % at)
            if seen != want + " / " + describe_data(data[at:at + size]):
                return seen
            sizes.append(size)
            if at + size >= len(data):
                return text + " / data " + "+".join(map(str, sizes))
        return None
    return poll_until(milliseconds, take) or "none after %s" % sizes


def cmd_drain(name):
    while poll(0):
        pass
    count = len(wires[name].queue)
    wires[name].queue.clear()
    wires[name].frames.clear()
    return str(count)


def cmd_dump(name, path):
    if not wires[name].whole:
        raise ValueError("a wire that was not opened whole")
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
    if packet[0] >> 4 == 6:
        at = find_fragment(packet)[1]
        if packet[6] == PROTO["frag"]:
            packet = packet[:at + 4] + bytes(4) + packet[at + 8:]
        return packet
    if packet[9] in (PROTO["icmp"], PROTO["ip"], PROTO["ip6"]):
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
