// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/moby/ipvs"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// What kube-proxy does, in its order.

const (
	device     = "kube-ipvs0"
	flagHashed = 2
)

// kube-proxy gives up when one of the files is not there.
var sysctls = []struct{ name, value string }{
	{"conntrack", "1"},
	{"conn_reuse_mode", "0"},
	{"expire_nodest_conn", "1"},
	{"expire_quiescent_template", "1"},
}

// probe SCHEDULER: can services be balanced by it? The device to which the
// addresses of services will belong, the settings, and a service that nobody
// uses, which must be found with its scheduler and be there as the kernel has it.
func probe(args []string) error {
	h, err := ipvs.New("")
	if err != nil {
		return err
	}
	defer h.Close()

	for _, s := range sysctls {
		path := "/proc/sys/net/ipv4/vs/" + s.name
		before, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err = os.WriteFile(path, []byte(s.value), 0640); err != nil {
			return err
		}
		after, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		fmt.Printf("%s: %q, then %q\n", s.name, before, after)
	}
	attrs := netlink.NewLinkAttrs()
	attrs.Name = device
	if err = netlink.LinkAdd(&netlink.Dummy{LinkAttrs: attrs}); err != nil {
		return err
	}

	s := service(unix.IPPROTO_TCP, "198.51.100.0:20000")
	s.SchedName = args[0]
	if err = h.NewService(s); err != nil {
		return err
	}
	seen, err := h.GetServices()
	if err != nil {
		return err
	}
	for _, found := range seen {
		if found.SchedName == args[0] && found.Address.Equal(s.Address) {
			fmt.Println("probed", found.SchedName)
			return h.DelService(s)
		}
	}
	return errors.New("the service is not there")
}

// syncService VIP DEST...: the service is there with exactly these, and its
// address is the director's.
func syncService(args []string) error {
	h, err := ipvs.New("")
	if err != nil {
		return err
	}
	defer h.Close()

	s := service(unix.IPPROTO_TCP, args[0])
	if err = bind(s.Address); err != nil {
		return err
	}
	if _, err = h.GetService(s); err != nil {
		fmt.Println("no service:", name(err))
		if err = h.NewService(s); err != nil {
			return err
		}
	} else if err = h.UpdateService(s); err != nil {
		return err
	}
	found, err := h.GetService(s)
	if err != nil {
		return err
	}
	if found.Flags&flagHashed == 0 {
		return errors.New("the service is not hashed")
	}
	for _, text := range args[1:] {
		d := destination(text, 1)
		err := h.NewDestination(s, d)
		if errors.Is(err, unix.EEXIST) {
			err = h.UpdateDestination(s, d)
		}
		fmt.Println(text, name(err))
	}
	return nil
}

func bind(ip net.IP) error {
	link, err := netlink.LinkByName(device)
	if err != nil {
		return err
	}
	err = netlink.AddrAdd(link, &netlink.Addr{IPNet: netlink.NewIPNet(ip)})
	if errors.Is(err, unix.EEXIST) {
		return nil
	}
	return err
}

// drain VIP DEST: no new connections go there.
func drain(args []string) error {
	h, err := ipvs.New("")
	if err != nil {
		return err
	}
	defer h.Close()
	return h.UpdateDestination(service(unix.IPPROTO_TCP, args[0]),
		destination(args[1], 0))
}

// sweep VIP: those that are drained go when their connections have ended.
func sweep(args []string) error {
	h, err := ipvs.New("")
	if err != nil {
		return err
	}
	defer h.Close()

	s := service(unix.IPPROTO_TCP, args[0])
	dests, err := h.GetDestinations(s)
	if err != nil {
		return err
	}
	for _, d := range dests {
		left := d.ActiveConnections + d.InactiveConnections
		if d.Weight != 0 {
			continue
		}
		fmt.Println(d.Address, "has", left)
		if left == 0 {
			fmt.Println("removal:", name(h.DelDestination(s, d)))
		}
	}
	return nil
}

// cleanup: as with --cleanup, no service and no device is left.
func cleanup([]string) error {
	h, err := ipvs.New("")
	if err != nil {
		return err
	}
	defer h.Close()
	if err = h.Flush(); err != nil {
		return err
	}
	link, err := netlink.LinkByName(device)
	if err != nil {
		return err
	}
	return netlink.LinkDel(link)
}
