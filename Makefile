# fuka: `make` builds, `make demo` shows, `make check` proves, `make bench` measures.
BUILD ?= build
ifeq ($(origin CC),default)
CC := gcc
endif
# `make V=1` shows the whole command lines.
Q := $(if $(V),,@)
O ?= -O2
WARN := -Wall -Wextra -Werror -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes -Wshadow
CFLAGS_ALL := -std=gnu11 $(O) -g $(WARN) -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I. -pthread $(SAN) $(CFLAGS)
# Libraries that only the host's side uses are linked in, so that the guest's copy of fuka needs none of their files.
LIBS := -Wl,-Bstatic -lfyaml -ljansson -lzstd -lelf -lz -Wl,-Bdynamic -lm

ROOMS := lib loadgen lab collect collect/sources collect/views
SRC := $(sort $(wildcard $(addsuffix /*.c,$(ROOMS))))
OBJ := $(SRC:%.c=$(BUILD)/obj/%.o)
SHELLS := $(wildcard lab/setup lab/fetch-kernel lab/demo tests/*.bash tests/bench/*.sh tests/run .ci/run)

.PHONY: all setup kernel kernels demo check bench bench-ready clean format lint fuzz
all: $(BUILD)/fuka

$(BUILD)/fuka: $(OBJ)
	@echo "  LINK $@"
	$(Q)$(CC) $(CFLAGS_ALL) -o $@ $^ $(LIBS)

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC   $<"
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

-include $(OBJ:.o=.d)

# Set-up comes first and by itself: on a new machine there is not even a compiler to build with.
PARALLEL = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

setup:
	@lab/setup

kernel:
	@lab/fetch-kernel 6.1 $(BUILD)/kernels

demo:
	@lab/setup build run demo
	@$(MAKE) --no-print-directory $(PARALLEL) all kernel
	@FUKA=$(BUILD)/fuka lab/demo

# A goal that is missed prints `short` and fails nothing; a benchmark that cannot run fails. One at a time.
BENCHES := $(patsubst tests/bench/%.sh,%,$(filter-out %/lib.sh,$(sort $(wildcard tests/bench/*.sh))))

bench: bench-ready
	@failed=0; for name in $(BENCHES); do FUKA=$(BUILD)/fuka tests/bench/$$name.sh || failed=1; done; exit $$failed

bench-ready:
	@lab/setup build run test
	@$(MAKE) --no-print-directory $(PARALLEL) all kernel

bench-%: tests/bench/%.sh bench-ready
	@FUKA=$(BUILD)/fuka $<

clean:
	rm -rf $(BUILD)/obj $(BUILD)/fuka $(BUILD)/tests
