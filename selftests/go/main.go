// SPDX-License-Identifier: GPL-2.0-only

// What programs in Go do with IPVS: those that use the library moby/ipvs, as
// Docker and kube-proxy do, and requests of theirs looked at byte by byte. What
// comes of each is a line, so that two systems can be compared.
package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"

	"github.com/moby/ipvs"
	"golang.org/x/sys/unix"
)

var commands = map[string]func([]string) error{
	"list":    list,
	"api":     api,
	"spaces":  spaces,
	"wire":    wire,
	"probe":   probe,
	"sync":    syncService,
	"drain":   drain,
	"sweep":   sweep,
	"cleanup": cleanup,
}

func main() {
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: ipvsgo COMMAND [ARGUMENT]...")
		os.Exit(2)
	}
	if err := commands[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Printf("%s: %s\n", os.Args[1], name(err))
		os.Exit(1)
	}
}

// name is that of an error number, or what else an error says.
func name(err error) string {
	var errno syscall.Errno

	if err == nil {
		return "ok"
	}
	if errors.As(err, &errno) {
		return unix.ErrnoName(errno)
	}
	return err.Error()
}

// endpoint is an address and a port.
func endpoint(text string) (net.IP, uint16) {
	host, portText, err := net.SplitHostPort(text)
	if err != nil {
		panic(err)
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		panic(err)
	}
	return net.ParseIP(host), uint16(port)
}

// service is one as kube-proxy describes it.
func service(protocol uint16, text string) *ipvs.Service {
	ip, port := endpoint(text)
	s := &ipvs.Service{
		Address:       ip,
		Port:          port,
		Protocol:      protocol,
		SchedName:     ipvs.RoundRobin,
		AddressFamily: unix.AF_INET,
		Netmask:       0xffffffff,
	}
	if ip.To4() == nil {
		s.AddressFamily = unix.AF_INET6
		s.Netmask = 128
	}
	return s
}

// marked is a service as Docker describes it.
func marked(mark uint32) *ipvs.Service {
	return &ipvs.Service{
		FWMark:        mark,
		SchedName:     ipvs.RoundRobin,
		AddressFamily: unix.AF_INET,
	}
}

func destination(text string, weight int) *ipvs.Destination {
	ip, port := endpoint(text)
	return &ipvs.Destination{Address: ip, Port: port, Weight: weight}
}
