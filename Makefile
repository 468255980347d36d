# fuka: `make` builds, `make demo` shows, `make check` proves, `make bench` measures.
BUILD ?= build
ifeq ($(origin CC),default)
CC := gcc
endif
# `make V=1` shows the whole command lines.
Q := $(if $(V),,@)
O ?= -O2
WARN := -Wall -Wextra -Werror -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes -Wshadow -Wno-missing-field-initializers
CFLAGS_ALL := -std=gnu11 $(O) -g $(WARN) -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I. -pthread $(SAN) $(CFLAGS)
# Libraries that only the host's side uses are linked in, so that the guest's copy of fuka needs none of their files.
LIBS := -Wl,-Bstatic -lyaml -ljansson -lzstd -llzma -llz4 -lelf -lz -lcgroup -Wl,-Bdynamic -lm

DIRS := $(sort $(dir $(wildcard $(addsuffix /*.c,lib/* loadgen loadgen/* collect collect/* collect/*/* lab lab/* lab/*/*))))
# What an architecture has of its own is in files NAME_ARCH.c: only this one's are compiled.
ARCHES := x86
ARCH := $(patsubst x86_64,x86,$(firstword $(subst -, ,$(shell $(CC) -dumpmachine))))
SRC := $(filter-out $(foreach a,$(filter-out $(ARCH),$(ARCHES)),%_$a.c),$(sort $(wildcard $(addsuffix *.c,$(DIRS)))))
OBJ := $(SRC:%.c=$(BUILD)/obj/%.o)

.PHONY: all docs setup kernel kernels demo check bench bench-ready clean format lint fuzz tests units fuzzers tools races kmod modules grid matrix tables
all: $(BUILD)/fuka

$(BUILD)/fuka: $(OBJ)
	@echo "  LINK $@"
	$(Q)$(CC) $(CFLAGS_ALL) -o $@ $^ $(LIBS)

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC   $<"
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# The page's own files are linked in as they are.
$(BUILD)/obj/collect/show/html.o $(BUILD)/tests/fuzz/obj/collect/show/html.o: collect/show/page/page.css collect/show/page/page.js

-include $(OBJ:.o=.d)

# Set-up comes first and by itself: on a new machine there is not even a compiler to build with.
SUBFLAGS = --no-print-directory $(if $(V),,-s) $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

setup:
	@lab/tools/setup

kernel:
	@lab/tools/fetch-kernel 6.1 $(BUILD)/kernels

demo:
	@lab/tools/setup build run demo
	@$(MAKE) $(SUBFLAGS) all kernel
	@FUKA=$(BUILD)/fuka lab/tools/demo

# A goal that is missed prints `short` and fails nothing; a benchmark that cannot run fails. One at a time.
BENCHES := $(patsubst tests/bench/%.sh,%,$(filter-out %/lib.sh,$(sort $(wildcard tests/bench/*.sh))))

bench: bench-ready
	@failed=0; for name in $(BENCHES); do FUKA=$(BUILD)/fuka tests/bench/$$name.sh || failed=1; done; exit $$failed

bench-ready:
	@lab/tools/setup build run test
	@$(MAKE) $(SUBFLAGS) all kernel kmod tools

bench-%: tests/bench/%.sh bench-ready
	@FUKA=$(BUILD)/fuka $<

# Tests. Unit tests are built twice, as they are and with the sanitizers; fuzz targets by clang, with objects of their own.
PARTS := $(filter-out $(BUILD)/obj/lab/main.o,$(OBJ))
UNITS := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/test_*.c))
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FUZZ_OBJ := $(patsubst $(BUILD)/obj/%,$(BUILD)/tests/fuzz/obj/%,$(PARTS))
MADE := $(patsubst tests/%-to-bats,$(BUILD)/tests/%.bats,$(wildcard tests/*-to-bats))
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))

check:
	@lab/tools/setup build run test
	@$(MAKE) $(SUBFLAGS) all kernel kmod tests
	@BUILD=$(BUILD) tests/run

# Programs that tests run in a guest: static, so that they need nothing there.
TOOLS := $(patsubst tests/tools/%.c,$(BUILD)/tests/tools/%,$(wildcard tests/tools/*.c))

tests: units fuzzers tools $(BUILD)/tests/guest-alone $(MADE)
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/tests/san SAN="$(SANITIZE)" O=-O1 units all
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/tests/tsan SAN="-fsanitize=thread -Wno-tsan" O=-O1 races
units: $(UNITS)
fuzzers: $(FUZZERS)
tools: $(TOOLS)

# What runs in the guest links without any of the host's files.
GUEST := lib loadgen collect/sample lab/scenario lab/guest
GUEST_OBJ := $(filter-out %/command_load.o,$(filter $(addprefix $(BUILD)/obj/,$(addsuffix /%,$(GUEST))),$(OBJ)))

$(BUILD)/tests/guest-alone: tests/guest-alone.c $(GUEST_OBJ)
	@echo "  LINK $@"
	$(Q)$(CC) $(CFLAGS_ALL) -o $@ $^ $(LIBS)

races: $(BUILD)/tests/race/race_guest

$(BUILD)/tests/race/race_guest: tests/race/race_guest.c tests/fuzz/fuzz_guest.c $(PARTS)
	@mkdir -p $(@D)
	@echo "  LINK $@"
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -o $@ $(filter %.c %.o,$^) $(LIBS)

$(BUILD)/tests/tools/%: tests/tools/%.c lib/record/lane.c lib/record/frame.c $(filter lib/base/crc32c%,$(SRC)) lib/record/source.c
	@mkdir -p $(@D)
	@echo "  LINK $@"
	$(Q)$(CC) $(CFLAGS_ALL) -static -MMD -MP -o $@ $(filter %.c,$^)

# It makes recordings, for which it needs the writer.
$(BUILD)/tests/tools/make-recording: tests/tools/make-recording.c $(PARTS)
	@mkdir -p $(@D)
	@echo "  LINK $@"
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -o $@ $(filter %.c %.o,$^) $(LIBS)

# Files of fuka.ko as they are, beside the few headers of the kernel that user space has not.
$(addprefix $(BUILD)/tests/unit/test_,packet fire kmod_memory): private CFLAGS_ALL += -Itests/unit/kernel

# What the test has of its own in the place of the harness, the clock and the kernel.
PRETENDED := load_ready load_declare load_achieved load_event load_stopping load_went_ns load_level load_level_at load_is_profiled \
	load_wait load_workers load_workers_end load_workers_alive load_worker_pid load_worker_cpu_ns load_group_dir \
	sys_now_ns sys_sleep_until sys_tick_ns sys_schedstat sys_read_file loadcount_find sysinfo sendto kill setpriority
$(BUILD)/tests/unit/test_generators: private CFLAGS_ALL += $(PRETENDED:%=-Wl,--wrap=%)

$(BUILD)/tests/unit/%: tests/unit/%.c $(PARTS)
	@mkdir -p $(@D)
	@echo "  LINK $@"
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -o $@ $< $(filter %.o,$^) $(LIBS)

$(BUILD)/tests/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(FUZZ_OBJ)
	@echo "  LINK $@"
	$(Q)clang $(CFLAGS_ALL) $(SANITIZE) -fsanitize=fuzzer -MMD -MP -o $@ $(filter %.c %.o,$^) $(LIBS)

$(BUILD)/tests/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo "  FUZZ $<"
	$(Q)clang $(CFLAGS_ALL) $(SANITIZE) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

# Tests made from catalogues, because Debian 12's bats cannot make tests in a loop: tests/X-to-bats prints X.bats.
$(BUILD)/tests/kills.bats: loadgen/generators/list.h
$(BUILD)/tests/scenarios.bats: $(wildcard scenarios/*.yaml)
$(BUILD)/tests/broken.bats: $(wildcard scenarios/broken/*.yaml)
$(BUILD)/tests/grid.bats: kmod/grid
$(MADE): $(BUILD)/tests/%.bats: tests/%-to-bats
	@mkdir -p $(@D)
	@$< >$@.new && mv $@.new $@

-include $(UNITS:=.d) $(FUZZERS:=.d) $(TOOLS:=.d) $(FUZZ_OBJ:.o=.d)
.SECONDARY: $(FUZZ_OBJ)

# What is written from the commands' tables: a test (help.bats) holds that it is what they say now.
docs: all
	@mkdir -p docs/man docs/completion
	@$(BUILD)/fuka help --man docs/man
	@$(BUILD)/fuka help --completion bash >docs/completion/fuka.bash
	@$(BUILD)/fuka help --completion zsh >docs/completion/_fuka
	@$(BUILD)/fuka help --completion fish >docs/completion/fuka.fish

lint:
	@lab/tools/setup test
	@tests/run tests/lint

format:
	@clang-format -i $(shell git ls-files '*.c' '*.h')

# Fuzzing in earnest: ten minutes a target. What it finds is in build/tests/fuzz/found.
fuzz: fuzzers
	@BUILD=$(BUILD) FILE_DEADLINE=86400 FUZZ_SECONDS=$${FUZZ_SECONDS:-600} tests/run $(FUZZERS)

# The kernel module: for a kernel of lab/kernels, or against any build tree. C=1 runs sparse on it.
KERNEL ?= 6.1
kmod: kernel
	@lab/tools/build-kmod $(or $(KDIR),$(KERNEL)) $(BUILD)/kmod

# Every cell of kmod/grid on one kernel, a machine each: a markdown table.
grid: all kmod
	@FUKA=$(BUILD)/fuka lab/tools/grid -k $(KERNEL) -o $(BUILD)/grid/$(KERNEL) $(CELLS)

# The kernel module's scenarios on every kernel and both clocks: a markdown table.
matrix: all kernels modules
	@FUKA=$(BUILD)/fuka lab/tools/matrix -o $(BUILD)/matrix $(NAMES)

# What the documents quote as measured, docs/tables: the demo, the matrix, and the grid of each kernel. About two hours.
KERNELS := $(shell awk '$$1 ~ /^[0-9]/ { print $$1 }' lab/kernels)
TABLES := table-demo table-matrix $(addprefix table-grid-,$(KERNELS))
tables: $(TABLES)

table-demo: all kernel
	@FUKA=$(BUILD)/fuka lab/tools/table demo lab/tools/demo

table-matrix: all kernels modules
	@FUKA=$(BUILD)/fuka lab/tools/table matrix lab/tools/matrix -o $(BUILD)/matrix

table-grid-%: all kernels modules
	@FUKA=$(BUILD)/fuka lab/tools/table grid-$* lab/tools/grid -k $* -o $(BUILD)/grid/$*

# Every kernel of the matrix, lab/kernels, and the module for each.
kernels:
	@for name in $(KERNELS); do lab/tools/fetch-kernel $$name $(BUILD)/kernels || exit 1; done

modules: kernels
	@for name in $(KERNELS); do lab/tools/build-kmod $$name $(BUILD)/kmod || exit 1; done

clean:
	rm -rf $(BUILD)/obj $(BUILD)/fuka $(BUILD)/tests
