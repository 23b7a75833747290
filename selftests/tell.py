#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""tell.py SYNCID FLAGS SERVER VIP N [again]

A peer at 10.99.0.2 tells of N connections by UDP, of one client, in IPVS's
version 0: once, or again and again.
"""
import socket
import struct
import sys
import time

syncid, flags, n = (int(sys.argv[i]) for i in (1, 2, 5))
ends = struct.pack("!II", 0, 600) + b"".join(
    map(socket.inet_aton, ("192.168.1.5", sys.argv[4], sys.argv[3])))
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.setsockopt(socket.SOL_IP, socket.IP_MULTICAST_IF,
                socket.inet_aton("10.99.0.2"))
again = True
while again:
    for first in range(1, n, 40):
        conns = b"".join(struct.pack("!BBHIHHHH", 0, 17, 36, flags, 0, port,
                                     53, 53) + ends
                         for port in range(first, first + 40))
        sock.sendto(struct.pack("!BBHBBH", 0, syncid, 8 + len(conns), 40, 1, 0) +
                    conns, ("224.0.0.81", 8848))
        time.sleep(0.002)
    again = len(sys.argv) > 6
