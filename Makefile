# SPDX-License-Identifier: GPL-2.0-only
# lb: a layer-4 load balancer for Linux. "make help" lists the targets.

BUILD := $(CURDIR)/build
VM := selftests/vm
KVER ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KVER)/build
DESTDIR ?=
PREFIX ?= /usr/local

# Where DKMS looks for sources, and how it is called
DKMS ?= dkms
DKMS_SRC ?= /usr/src
VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
DKMS_DIR = $(DESTDIR)$(DKMS_SRC)/lb-$(VERSION)

.PHONY: all
all: module tool

.PHONY: help
help:
	@echo 'Build:'
	@echo '  all             module and tool (default)'
	@echo '  module          build/host/kmod/lb.ko for KDIR=$(KDIR)'
	@echo '  tool            build/lbctl'
	@echo '  codegen         write anew what is generated from the netlink spec'
	@echo '  clean           remove build/'
	@echo 'Try:'
	@echo '  demo            show a director at work, in a VM;'
	@echo '                  HOST=1: in namespaces of this machine'
	@echo 'Check:'
	@echo '  check           everything, on all kernels, in VMs'
	@echo '  check-quick     each subject once, on 6.12'
	@echo '  check-long      attacks by two CPUs, and the whole suite on a'
	@echo '                  debug kernel with two CPUs: hours; MINUTES=10'
	@echo '  lint            checkpatch, sparse, W=1, shellcheck, layers'
	@echo '  codegen-check   is the generated code up to date?'
	@echo 'Measure (in VMs, which count instructions):'
	@echo '  bench           lb, IPVS, nftables and forwarding side by side;'
	@echo '                  tables, build/bench/*.json and *.svg'
	@echo '  bench-quick     what a packet costs each of them'
	@echo 'Install (DESTDIR=, PREFIX=$(PREFIX)):'
	@echo '  install         module for KDIR, lbctl, man page, completion'
	@echo '  uninstall       remove them'
	@echo '  dkms-install    let DKMS build the module for KVER=$(KVER)'
	@echo '  dkms-remove     take it from DKMS again'
	@echo '  deb             Debian packages lb-dkms and lbctl in build/deb'

.PHONY: module
module:
	@test -d "$(KDIR)" || { echo "No kernel headers at $(KDIR)." \
		"Install linux-headers-$(KVER) or set KDIR=." >&2; exit 1; }
	KDIR="$(KDIR)" $(VM)/build.sh host

.PHONY: tool
tool:
	@mkdir -p $(BUILD)
	$(MAKE) -C tool O=$(BUILD)

# What tests need beside the tool
.PHONY: test-programs
test-programs: tool
	$(MAKE) -C selftests/tool O=$(BUILD)
	$(MAKE) -C selftests/go O=$(BUILD)

.PHONY: codegen codegen-check
codegen:
	scripts/codegen
codegen-check:
	scripts/codegen --check

.PHONY: demo
demo:
	scripts/install-deps
ifdef HOST
	$(MAKE) -s all
	LB_KO=$(BUILD)/host/kmod/lb.ko LBCTL=$(BUILD)/lbctl \
		PATH="$(BUILD):$$PATH" selftests/demo/demo.sh
else
	$(VM)/run.sh -k 6.12 selftests/demo/demo.sh
endif

.PHONY: check check-quick check-long
check:
	scripts/install-deps
	$(VM)/check.sh
check-quick:
	scripts/install-deps
	$(VM)/check.sh quick
check-long:
	scripts/install-deps
	$(VM)/long.sh $(MINUTES)

.PHONY: lint
lint:
	scripts/install-deps
	selftests/lint.sh

BENCHES := packet tcp services flows restore smp native sync join
.PHONY: bench bench-quick
bench:
	scripts/install-deps
	scripts/install-deps selftests/bench/deps
	rm -rf $(BUILD)/bench
	set -e; for name in $(BENCHES); do \
		selftests/bench/run.sh $$name; done
	selftests/bench/report.py show
	selftests/bench/report.py plot $(BUILD)/bench
bench-quick:
	scripts/install-deps
	selftests/bench/run.sh quick
	selftests/bench/report.py show quick

# A directory of their own, so that all that was installed can be removed
MOD_DIR := updates/lb
.PHONY: install uninstall
# Without the distribution's key the module cannot be signed in its name.
install: all
	$(MAKE) -C $(KDIR) M=$(BUILD)/host CONFIG_MODULE_SIG_ALL= \
		INSTALL_MOD_DIR=$(MOD_DIR) \
		$(if $(DESTDIR),INSTALL_MOD_PATH=$(DESTDIR)) modules_install
	$(MAKE) -C tool O=$(BUILD) DESTDIR=$(DESTDIR) PREFIX=$(PREFIX) install
uninstall:
	rm -rf $(DESTDIR)/lib/modules/$(KVER)/$(MOD_DIR)
	$(if $(DESTDIR),,depmod $(KVER))
	$(MAKE) -C tool O=$(BUILD) DESTDIR=$(DESTDIR) PREFIX=$(PREFIX) uninstall

.PHONY: dkms-install dkms-remove
dkms-install:
	DKMS='$(DKMS)' scripts/dkms-install $(DESTDIR)$(DKMS_SRC) $(VERSION) \
		$(KVER)
dkms-remove:
	$(DKMS) remove -m lb -v $(VERSION) --all
	rm -rf $(DKMS_DIR)

.PHONY: deb
deb:
	scripts/install-deps debian/deps
	scripts/deb $(BUILD)/deb

.PHONY: clean
clean:
	rm -rf $(BUILD)
