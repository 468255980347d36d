/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FAULT(id, name, contexts, what, parameters…): one row a fault, done by act_ID() in memory.c.
 * ARG(name, type, default, least, most, words, what): types as in lib/text/param.h (INT, SIZE, TIME, CHOICE); no comma
 * between.
 */
/* clang-format off */
#define GFP_WORD(word, flags) " " word
#define GFP_WORDS             (&("" FUKA_GFP_LIST(GFP_WORD))[1])
#define FUKA_PIECE_BYTES 32 /* what is taken holds its own link */
#define FUKA_MOST_ORDER  10
#define FUKA_MOST_OBJECT 4194304

FAULT(leak_pages, "leak-pages", FUKA_ANYWHERE | FUKA_ASKS_GFP, "takes pages from the page allocator and keeps them",
      ARG("size", SIZE, "0", 0, 1099511627776, NULL, "how much each time; 0: until nothing is left")
      ARG("gfp", CHOICE, "atomic", 0, 0, GFP_WORDS, "how it asks: atomic never waits, kernel reclaims and may kill")
      ARG("order", INT, "0", 0, FUKA_MOST_ORDER, NULL, "pages at a time, as a power of two")
      ARG("keep", CHOICE, "yes", 0, 0, "yes no", "yes: until released or unloaded; no: until disarmed"))
FAULT(leak_kmalloc, "leak-kmalloc", FUKA_ANYWHERE | FUKA_ASKS_GFP, "takes objects from the slab allocator and keeps them",
      ARG("size", SIZE, "0", 0, 1099511627776, NULL, "how much each time; 0: until nothing is left")
      ARG("gfp", CHOICE, "atomic", 0, 0, GFP_WORDS, "how it asks: atomic never waits, kernel reclaims and may kill")
      ARG("object", SIZE, "1K", FUKA_PIECE_BYTES, FUKA_MOST_OBJECT, NULL, "bytes of an object")
      ARG("keep", CHOICE, "yes", 0, 0, "yes no", "yes: until released or unloaded; no: until disarmed"))
FAULT(leak_vmalloc, "leak-vmalloc", FUKA_ANYWHERE, "takes virtually contiguous memory and keeps it; in an interrupt, a mistake",
      ARG("size", SIZE, "0", 0, 1099511627776, NULL, "how much each time; 0: until nothing is left")
      ARG("gfp", CHOICE, "kernel", 0, 0, GFP_WORDS, "how it asks: kernel reclaims and may kill")
      ARG("object", SIZE, "64K", 4096, 67108864, NULL, "bytes at a time")
      ARG("keep", CHOICE, "yes", 0, 0, "yes no", "yes: until released or unloaded; no: until disarmed"))
