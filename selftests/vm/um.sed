# SPDX-License-Identifier: GPL-2.0-only
# What get-kernel.sh changes in the kernel's source for User-Mode Linux

# What ptrace returns of the FPU's state grew by 8 KiB with AMX.
s/\(DEFINE_LONGS(HOST_FP_SIZE,\) 2696)/\1 12288)/

# Each process begins as a clone of the kernel's, with a copy of the page tables of
# KASAN's shadow memory, and then a fault for each page of it that is written:
# unless it is shared.
s/MAP_FIXED|MAP_ANONYMOUS|MAP_PRIVATE|MAP_NORESERVE/MAP_FIXED|MAP_ANONYMOUS|MAP_SHARED|MAP_NORESERVE/
