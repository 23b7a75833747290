# SPDX-License-Identifier: GPL-2.0-only
# lb: a layer-4 load balancer for Linux. "make help" lists the targets.

BUILD := $(CURDIR)/build
KDIR ?= /lib/modules/$(shell uname -r)/build

.PHONY: all
all: module tool

.PHONY: module
module:
	$(MAKE) -C $(KDIR) M=$(CURDIR)/kmod modules

.PHONY: tool
tool:
	@mkdir -p $(BUILD)
	$(MAKE) -C tool O=$(BUILD)

.PHONY: clean
clean:
	rm -rf $(BUILD)
