// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tests/fuzz/fuzz_guest.c under the thread sanitizer, for RACE_SECONDS (10): what the host reads of memory that the
 * guest writes, other than by copying a frame out once, is a race and is reported. Not by libFuzzer: its counters race
 * by themselves. Programs of the guest's are made by chance from a number, which a report names.
 */
#include "tests/unit/tap.h"

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#define PROGRAM_MAX 2000

static uint64_t state;

static uint32_t chance(void)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull; /* Knuth's MMIX */
	return state >> 33;
}

int main(int argc, char **argv)
{
	const char *said = getenv("RACE_SECONDS");
	time_t end = time(NULL) + (said ? atol(said) : 10);
	uint8_t program[PROGRAM_MAX];
	unsigned long runs = 0;

	LLVMFuzzerInitialize(&argc, &argv);
	for (; time(NULL) < end; runs++) {
		size_t n = 1 + chance() % sizeof(program);

		state = runs;
		for (size_t i = 0; i < n; i++)
			program[i] = chance();
		LLVMFuzzerTestOneInput(program, n);
	}
	ok(runs > 0, "H2: %lu programs of a guest raced with the host: frames are copied once, nothing is read twice",
	   runs);
	return tap_end();
}
