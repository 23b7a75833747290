// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/moby/ipvs"
	"golang.org/x/sys/unix"
)

// printAll shows all that a handle finds, in an order of its own: that of a dump is
// the kernel's affair. Rates are not shown, as they depend on time.
func printAll(h *ipvs.Handle) error {
	var texts []string

	services, err := h.GetServices()
	if err != nil {
		return err
	}
	for _, s := range services {
		text := describe(s)
		dests, err := h.GetDestinations(s)
		if err != nil {
			return err
		}
		var lines []string
		for _, d := range dests {
			lines = append(lines, describeDest(d))
		}
		sort.Strings(lines)
		texts = append(texts, text+strings.Join(lines, ""))
	}
	sort.Strings(texts)
	for _, text := range texts {
		fmt.Print(text)
	}
	return nil
}

func describe(s *ipvs.Service) string {
	return fmt.Sprintf("service af=%d proto=%d %v:%d mark=%d %s flags=%#x "+
		"timeout=%d netmask=%#x pe=%q %s\n", s.AddressFamily,
		s.Protocol, s.Address, s.Port, s.FWMark, s.SchedName, s.Flags,
		s.Timeout, s.Netmask, s.PEName, counts(s.Stats))
}

func describeDest(d *ipvs.Destination) string {
	return fmt.Sprintf("  dest af=%d %v:%d weight=%d flags=%#x "+
		"thresholds=%d,%d conns=%d,%d %s\n", d.AddressFamily,
		d.Address, d.Port, d.Weight, d.ConnectionFlags,
		d.UpperThreshold, d.LowerThreshold, d.ActiveConnections,
		d.InactiveConnections, counts(ipvs.SvcStats(d.Stats)))
}

func counts(s ipvs.SvcStats) string {
	return fmt.Sprintf("conns=%d packets=%d,%d bytes=%d,%d", s.Connections,
		s.PacketsIn, s.PacketsOut, s.BytesIn, s.BytesOut)
}

func list([]string) error {
	h, err := ipvs.New("")
	if err != nil {
		return err
	}
	defer h.Close()
	return printAll(h)
}

// api calls all that the library has.
func api([]string) error {
	h, err := ipvs.New("")
	if err != nil {
		return err
	}
	defer h.Close()

	fmt.Println("# none")
	printAll(h)
	apiServices(h)
	apiDests(h)
	apiConfig(h)
	fmt.Println("flush:", name(h.Flush()))
	printAll(h)
	return nil
}

func apiServices(h *ipvs.Handle) {
	web := service(unix.IPPROTO_TCP, "192.0.2.1:80")
	all := []*ipvs.Service{
		web,
		service(unix.IPPROTO_UDP, "192.0.2.1:53"),
		service(unix.IPPROTO_SCTP, "192.0.2.1:36412"),
		service(unix.IPPROTO_TCP, "[2001:db8::1]:80"),
		service(unix.IPPROTO_TCP, "192.0.2.2:0"),
		marked(256),
	}
	all[4].Flags = 1 // persistent
	all[4].Timeout = 10800
	all[4].Netmask = 0x00ffffff

	fmt.Println("# services")
	for _, s := range all {
		fmt.Println("is there:", h.IsServicePresent(s))
		fmt.Println("add:", name(h.NewService(s)))
		fmt.Println("add again:", name(h.NewService(s)))
		fmt.Println("is there:", h.IsServicePresent(s))
		seen, err := h.GetService(s)
		fmt.Println("get:", name(err))
		if err == nil {
			fmt.Print(describe(seen))
		}
	}
	printAll(h)

	for _, scheduler := range []string{"wlc", "lc", "wrr", "sh", "dh", "sed",
		"nq", "mh", "no-such", ""} {
		web.SchedName = scheduler
		fmt.Printf("scheduler %q: %s\n", scheduler,
			name(h.UpdateService(web)))
	}
	web.SchedName = "rr"
	web.Flags, web.Timeout = 1, 60
	fmt.Println("persistent:", name(h.UpdateService(web)))
	printAll(h)
	web.Flags, web.Timeout = 0, 0
	fmt.Println("no longer:", name(h.UpdateService(web)))

	none := service(unix.IPPROTO_TCP, "192.0.2.9:80")
	fmt.Println("update of none:", name(h.UpdateService(none)))
	fmt.Println("removal of none:", name(h.DelService(none)))
	_, err := h.GetService(none)
	fmt.Println("get none:", name(err))
	none.SchedName = "no-such"
	fmt.Println("add with no such scheduler:", name(h.NewService(none)))
	none.SchedName, none.PEName = "rr", "no-such"
	fmt.Println("add with no such engine:", name(h.NewService(none)))
	none.PEName, none.AddressFamily = "", 99
	fmt.Println("add of no family:", name(h.NewService(none)))
	none = service(unix.IPPROTO_TCP, "[2001:db8::2]:80")
	none.Netmask = 129
	fmt.Println("add with a long prefix:", name(h.NewService(none)))
	fmt.Println("removal:", name(h.DelService(all[1])))
	printAll(h)
}

func apiDests(h *ipvs.Handle) {
	web := service(unix.IPPROTO_TCP, "192.0.2.1:80")
	six := service(unix.IPPROTO_TCP, "[2001:db8::1]:80")
	none := service(unix.IPPROTO_TCP, "192.0.2.9:80")
	d := destination("10.0.0.1:8080", 1)

	fmt.Println("# dests")
	fmt.Println("add:", name(h.NewDestination(web, d)))
	fmt.Println("add again:", name(h.NewDestination(web, d)))
	for _, method := range []uint32{ipvs.ConnFwdMasq, ipvs.ConnFwdTunnel,
		ipvs.ConnFwdDirectRoute} {
		d := destination(fmt.Sprintf("10.0.1.%d:80", method), 65535)
		d.ConnectionFlags = method
		fmt.Println("method", method, name(h.NewDestination(web, d)))
	}
	printAll(h)

	d.Weight = 70000
	d.UpperThreshold, d.LowerThreshold = 100, 50
	fmt.Println("update:", name(h.UpdateDestination(web, d)))
	printAll(h)
	d.LowerThreshold = 200
	fmt.Println("thresholds:", name(h.UpdateDestination(web, d)))
	d.LowerThreshold, d.Weight = 0, -1
	fmt.Println("weight:", name(h.UpdateDestination(web, d)))

	other := destination("10.0.0.9:8080", 1)
	fmt.Println("update of none:", name(h.UpdateDestination(web, other)))
	fmt.Println("removal of none:", name(h.DelDestination(web, other)))
	fmt.Println("to none:", name(h.NewDestination(none, other)))
	dests, err := h.GetDestinations(none)
	fmt.Println("of none:", len(dests), name(err))
	other = destination("224.0.0.1:80", 1)
	fmt.Println("multicast:", name(h.NewDestination(web, other)))
	other = destination("[2001:db8:1::1]:80", 1)
	fmt.Println("by IPv6:", name(h.NewDestination(six, other)))
	printAll(h)
	fmt.Println("removal:", name(h.DelDestination(web, d)))
	printAll(h)
}

func apiConfig(h *ipvs.Handle) {
	fmt.Println("# timeouts")
	for _, c := range []ipvs.Config{
		{},
		{TimeoutTCP: 800 * time.Second},
		{TimeoutTCPFin: 60 * time.Second, TimeoutUDP: 30 * time.Second},
		{TimeoutTCP: 900 * time.Second, TimeoutTCPFin: 120 * time.Second,
			TimeoutUDP: 300 * time.Second},
		{TimeoutTCP: 10000000 * time.Second},
	} {
		c := c
		fmt.Println("set:", name(h.SetConfig(&c)))
		seen, err := h.GetConfig()
		fmt.Println("get:", name(err))
		if err == nil {
			fmt.Println(*seen)
		}
	}
}

// spaces PATH...: a handle for each namespace, as Docker has one for each of its
// networks, all open at once.
func spaces(paths []string) error {
	var handles []*ipvs.Handle

	for _, path := range paths {
		h, err := ipvs.New(path)
		if err != nil {
			return err
		}
		defer h.Close()
		handles = append(handles, h)
	}
	for i, h := range handles {
		s := marked(256 + uint32(i))
		fmt.Println("service:", name(h.NewService(s)))
		for j := 0; j <= i; j++ {
			d := destination(fmt.Sprintf("10.0.%d.%d:0", i, j+1), 1)
			fmt.Println("dest:", name(h.NewDestination(s, d)))
		}
	}
	for i, h := range handles {
		fmt.Println("# namespace", i)
		if err := printAll(h); err != nil {
			return err
		}
	}
	return nil
}
