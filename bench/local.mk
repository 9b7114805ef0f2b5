# SPDX-License-Identifier: BSD-2-Clause
EXTRA_PROGRAMS += bench/gen
bench_gen_SOURCES = bench/gen.c
EXTRA_DIST += bench/run.py
