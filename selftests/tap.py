#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Packets whose bytes lie in several pieces of memory, as from real devices.

tap.py NETNS MAC: makes a device tap0 there, and lets each packet come in by it
that standard input describes, one a line:

    linear=N [ext] [cut=FROM-TO] PACKET

The first N bytes of the packet, which is as pkt.py builds it, are in one piece,
the rest in another. {PACKET} stands for its bytes in hex, as in data hex={...}.

ext     behind the packet that an ICMP error is about, cut or padded to 128 bytes,
        comes an extension (RFC 4884)
cut=    one of each length from FROM to TO, of a longer one: lengths and
        checksums in its IP and ICMP headers are right
"""

import fcntl
import os
import re
import struct
import subprocess
import sys

import pkt

TUNSETIFF = 0x400454ca
IFF_TAP, IFF_NAPI, IFF_NAPI_FRAGS, IFF_NO_PI = 0x2, 0x10, 0x20, 0x1000


def open_tap(netns):
    def make():
        tap = os.open("/dev/net/tun", os.O_RDWR)
        flags = IFF_TAP | IFF_NAPI | IFF_NAPI_FRAGS | IFF_NO_PI
        fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", b"tap0", flags))
        return tap
    tap = pkt.in_netns(netns, make)
    subprocess.run(["ip", "-n", netns, "link", "set", "tap0", "up"],
                   check=True)
    with subprocess.Popen(["ip", "-n", netns, "-br", "link", "show", "tap0"],
                          stdout=subprocess.PIPE) as shown:
        mac = shown.stdout.read().split()[2].decode()
    return tap, bytes.fromhex(mac.replace(":", ""))


def mend(packet, l4):
    """Lengths and checksums of an ICMP packet whose length has changed."""
    body = pkt.put_checksum(packet[l4:], 2, 0)
    if packet[0] >> 4 == 6:
        extra = pkt.pseudo(packet[8:24], packet[24:40], 58, len(body))
        head = pkt.payload_length(packet)[:l4]
    else:
        extra = b""
        head = packet[:2] + struct.pack("!H", len(packet)) + packet[4:l4]
        head = pkt.ip_checksum(head, 0)
    return head + pkt.put_checksum(body, 2, pkt.checksum(extra + body))


def extend(packet, l4):
    quoted = packet[l4 + 8:][:128].ljust(128, b"\0")
    at, unit = (l4 + 4, 8) if packet[0] >> 4 == 6 else (l4 + 5, 4)
    head = packet[:at] + bytes((128 // unit,)) + packet[at + 1:l4 + 8]
    extension = struct.pack("!HHHBBI", 0x2000, 0, 8, 1, 1, 0xdeadbeef)
    return mend(head + quoted + pkt.put_checksum(
        extension, 2, pkt.checksum(extension)), l4)


def packets(line):
    line = re.sub(r"\{([^}]*)\}", lambda m: pkt.build(m[1]).hex(), line)
    wishes, _, text = line.partition("ip")
    wishes = dict(w.partition("=")[::2] for w in wishes.split())
    packet = pkt.build("ip" + text)
    l4 = 40 if packet[0] >> 4 == 6 else (packet[0] & 15) * 4
    if "ext" in wishes:
        packet = extend(packet, l4)
    if "cut" not in wishes:
        yield packet, int(wishes["linear"])
        return
    first, _, last = wishes["cut"].partition("-")
    for length in range(int(first), int(last) + 1):
        yield mend(packet[:length], l4), int(wishes["linear"])


def main():
    tap, mac = open_tap(sys.argv[1])
    peer = bytes.fromhex(sys.argv[2].replace(":", ""))
    for line in sys.stdin:
        for packet, linear in packets(line):
            proto = pkt.ETH_P_IPV6 if packet[0] >> 4 == 6 else pkt.ETH_P_IP
            frame = mac + peer + struct.pack("!H", proto) + packet
            pieces = [frame[:14 + linear], frame[14 + linear:]]
            os.writev(tap, [piece for piece in pieces if piece])


if __name__ == "__main__":
    main()
