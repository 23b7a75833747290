# SPDX-License-Identifier: GPL-2.0-only
# How the tool, and tests that link its parts, are compiled.

FLAGS_DIR := $(dir $(lastword $(MAKEFILE_LIST)))

CC ?= cc
PKG_CONFIG ?= pkg-config
PKGS := libmnl jansson
CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Wshadow -Wformat=2 -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wno-missing-field-initializers
WERROR ?= -Werror
VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' \
	$(FLAGS_DIR)../dkms.conf)

# SANITIZE=1: memory errors and undefined behaviour end the program
ifdef SANITIZE
CFLAGS += -fsanitize=address,undefined -fno-sanitize-recover=all
endif

ALL_CFLAGS := -std=gnu11 -D_GNU_SOURCE -DLBCTL_VERSION=\"$(VERSION)\" \
	-I$(FLAGS_DIR)../kmod/uapi $(WARNINGS) $(WERROR) \
	$(shell $(PKG_CONFIG) --cflags $(PKGS)) $(CFLAGS)
ALL_LIBS := $(shell $(PKG_CONFIG) --libs $(PKGS))

OBJ := $(O)/tool-obj
# Everything but main(), so that tests can link it.
PARTS := apply attrs batch check child confirm connfile diag diff file help hold ipvs \
	ipvs_run json load lost model monitor names netns nl opts parse pick rules save \
	setting show spec spec_gen sync sync_show upgrade words wparse wshow
OBJS := $(PARTS:%=$(OBJ)/%.o)
