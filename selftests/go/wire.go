// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"encoding/hex"
	"fmt"
	"strings"
	"syscall"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// Commands and attributes that the library does not have, or not for others.
const (
	cmdNewService = 1
	cmdGetService = 4
	cmdNewDest    = 5
	cmdGetDest    = 8
	cmdGetDaemon  = 11
	cmdGetConfig  = 13
	cmdGetInfo    = 15
	cmdZero       = 16
	cmdFlush      = 17

	attrService = 1
	attrDest    = 2
)

// request asks and returns the answers whole. The type tells the end: an error
// number, or the end of a dump.
type request struct {
	cmd   uint8
	flags int
	attrs []*nl.RtAttr
}

func (r request) send(family int) {
	s, err := nl.Subscribe(unix.NETLINK_GENERIC)
	if err != nil {
		panic(err)
	}
	defer s.Close()
	req := nl.NewNetlinkRequest(family, r.flags)
	req.AddData(&nl.Genlmsg{Command: r.cmd, Version: 1})
	for _, attr := range r.attrs {
		req.AddData(attr)
	}
	if err = s.Send(req); err != nil {
		panic(err)
	}
	for !r.finished(s, family) {
	}
}

// finished shows what one read brings, and tells whether that was all.
func (r request) finished(s *nl.NetlinkSocket, family int) bool {
	msgs, _, err := s.Receive()
	if err != nil {
		panic(err)
	}
	done := false
	for _, m := range msgs {
		multi := m.Header.Flags & unix.NLM_F_MULTI
		fmt.Printf("%s, flags %#x", kind(m.Header.Type, family),
			m.Header.Flags&^unix.NLM_F_CAPPED)
		switch m.Header.Type {
		case unix.NLMSG_ERROR:
			errno := syscall.Errno(-int32(
				nl.NativeEndian().Uint32(m.Data[:4])))
			if errno == 0 {
				fmt.Println(": 0")
			} else {
				fmt.Println(":", unix.ErrnoName(errno))
			}
			done = true
		case unix.NLMSG_DONE:
			fmt.Println()
			done = true
		default:
			fmt.Printf(": command %d, version %d\n", m.Data[0],
				m.Data[1])
			show(m.Data[4:], 1)
			done = done || multi == 0 &&
				r.flags&unix.NLM_F_ACK == 0
		}
	}
	return done
}

func kind(t uint16, family int) string {
	switch int(t) {
	case unix.NLMSG_ERROR:
		return "error"
	case unix.NLMSG_DONE:
		return "done"
	case family:
		return "answer"
	}
	return fmt.Sprint("type ", t)
}

// Of the top's attributes these are nests, and of a service's and a real
// server's those with what was counted.
func isNest(depth int, path string) bool {
	switch path {
	case "1", "2", "3", "1.10", "1.12", "2.10", "2.12":
		return true
	}
	return false
}

// show prints attributes in their order, with type, length and value, and what
// they hold; of what was counted no more than that. Trailing bytes show.
func show(b []byte, depth int) { showIn(b, depth, "") }

func showIn(b []byte, depth int, above string) {
	indent := strings.Repeat("  ", depth)
	for len(b) >= unix.SizeofNlAttr {
		size := int(nl.NativeEndian().Uint16(b))
		t := nl.NativeEndian().Uint16(b[2:])
		path := fmt.Sprint(above, t&0x3fff)
		fmt.Printf("%s%#x length %d", indent, t, size)
		if size < unix.SizeofNlAttr || size > len(b) {
			fmt.Println(": bad")
			return
		}
		value := b[unix.SizeofNlAttr:size]
		if isNest(depth, path) {
			fmt.Println()
			showIn(value, depth+1, path+".")
		} else {
			fmt.Println("", hex.EncodeToString(value))
		}
		size = (size + 3) &^ 3
		if size > len(b) {
			size = len(b)
		}
		b = b[size:]
	}
	if len(b) > 0 {
		fmt.Printf("%s%d bytes left\n", indent, len(b))
	}
}

func nest(t int, children ...*nl.RtAttr) *nl.RtAttr {
	attr := nl.NewRtAttr(t, nil)
	for _, child := range children {
		attr.AddChild(child)
	}
	return attr
}

// key is a service by address and port; how long the address is differs between
// programs.
func key(address ...byte) []*nl.RtAttr {
	return []*nl.RtAttr{
		nl.NewRtAttr(1, nl.Uint16Attr(unix.AF_INET)),
		nl.NewRtAttr(2, nl.Uint16Attr(unix.IPPROTO_TCP)),
		nl.NewRtAttr(3, address),
		nl.NewRtAttr(4, []byte{0, 80}),
	}
}

func full(key []*nl.RtAttr) []*nl.RtAttr {
	return append(key,
		nl.NewRtAttr(6, nl.ZeroTerminated("rr")),
		nl.NewRtAttr(7, []byte{0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}),
		nl.NewRtAttr(8, nl.Uint32Attr(0)),
		nl.NewRtAttr(9, nl.Uint32Attr(0xffffffff)))
}

func dest(address ...byte) []*nl.RtAttr {
	return []*nl.RtAttr{
		nl.NewRtAttr(1, address),
		nl.NewRtAttr(2, []byte{0x1f, 0x90}),
		nl.NewRtAttr(3, nl.Uint32Attr(0)),
		nl.NewRtAttr(4, nl.Uint32Attr(7)),
		nl.NewRtAttr(5, nl.Uint32Attr(20)),
		nl.NewRtAttr(6, nl.Uint32Attr(10)),
	}
}

// wire looks at requests in the layouts of the library (addresses of 4 bytes,
// nests that are not flagged as such) and of libnl (16 bytes, flagged), at
// requests that lack something, and at the answers.
func wire([]string) error {
	four := []byte{192, 0, 2, 1}
	sixteen := append([]byte{192, 0, 2, 2}, make([]byte, 12)...)
	server := append([]byte{10, 0, 0, 2}, make([]byte, 12)...)
	flagged := unix.NLA_F_NESTED
	ack, dump := unix.NLM_F_ACK, unix.NLM_F_DUMP

	f, err := netlink.GenlFamilyGet("IPVS")
	if err != nil {
		return err
	}
	fmt.Println("family version", f.Version, "header", f.HdrSize,
		"attributes", f.MaxAttr)
	for _, op := range f.Ops {
		fmt.Printf("command %d flags %#x\n", op.ID, op.Flags)
	}
	fmt.Println("groups", len(f.Groups))

	one := nest(attrService, full(key(four...))...)
	two := nest(attrService|flagged, full(key(sixteen...))...)
	for _, step := range []struct {
		what string
		request
	}{
		{"no services", request{cmdGetService, dump, []*nl.RtAttr{nest(attrService)}}},
		{"add", request{cmdNewService, ack, []*nl.RtAttr{one}}},
		{"add, as libnl", request{cmdNewService, ack, []*nl.RtAttr{two}}},
		{"get", request{cmdGetService, ack, []*nl.RtAttr{one}}},
		{"get without ack", request{cmdGetService, 0, []*nl.RtAttr{one}}},
		{"get by key", request{cmdGetService, 0, []*nl.RtAttr{nest(attrService, key(four...)...)}}},
		{"add by key", request{cmdNewService, ack, []*nl.RtAttr{nest(attrService, key(10, 1, 1, 1)...)}}},
		{"add of nothing", request{cmdNewService, ack, nil}},
		{"add of an empty one", request{cmdNewService, ack, []*nl.RtAttr{nest(attrService)}}},
		{"get of nothing", request{cmdGetService, ack, nil}},
		{"short address", request{cmdGetService, ack, []*nl.RtAttr{nest(attrService, key(192, 0, 2)...)}}},
		{"long address", request{cmdGetService, ack, []*nl.RtAttr{nest(attrService, key(make([]byte, 17)...)...)}}},
		{"dest", request{cmdNewDest, ack, []*nl.RtAttr{one, nest(attrDest, dest(10, 0, 0, 1)...)}}},
		{"dest, as libnl", request{cmdNewDest, ack, []*nl.RtAttr{two, nest(attrDest|flagged, dest(server...)...)}}},
		{"dest by key", request{cmdNewDest, ack, []*nl.RtAttr{one, nest(attrDest, dest(10, 0, 0, 3)[:2]...)}}},
		{"no dest", request{cmdNewDest, ack, []*nl.RtAttr{one}}},
		{"dest of none", request{cmdNewDest, ack, []*nl.RtAttr{nest(attrService, key(10, 1, 1, 1)...), nest(attrDest, dest(10, 0, 0, 1)...)}}},
		{"dests", request{cmdGetDest, dump, []*nl.RtAttr{one}}},
		{"dests, as libnl", request{cmdGetDest, dump, []*nl.RtAttr{two}}},
		{"dests of none", request{cmdGetDest, dump, []*nl.RtAttr{nest(attrService, key(10, 1, 1, 1)...)}}},
		{"dests without a service", request{cmdGetDest, dump, nil}},
		{"dests, no dump", request{cmdGetDest, ack, []*nl.RtAttr{one}}},
		{"daemons", request{cmdGetDaemon, dump, nil}},
		{"timeouts", request{cmdGetConfig, 0, nil}},
		{"timeouts with ack", request{cmdGetConfig, ack, nil}},
		{"zero", request{cmdZero, ack, nil}},
		{"zero one", request{cmdZero, ack, []*nl.RtAttr{one}}},
		{"zero none", request{cmdZero, ack, []*nl.RtAttr{nest(attrService, key(10, 1, 1, 1)...)}}},
		{"no such command", request{18, ack, nil}},
		{"flush", request{cmdFlush, ack, nil}},
		{"services", request{cmdGetService, dump, nil}},
	} {
		fmt.Println("#", step.what)
		step.send(int(f.ID))
	}
	return nil
}
