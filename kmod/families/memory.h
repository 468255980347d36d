/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FAULT(id, name, contexts, what, parameters…): one row per fault, whose action is act_ID() in memory.c. ARG(name,
 * type, default, least, most, words, what): types as in lib/text/param.h (INT, SIZE, TIME, CHOICE); no comma between.
 */
/* clang-format off */
#define GFP_WORD(word, flags) " " word
#define GFP_WORDS             (&("" FUKA_GFP_LIST(GFP_WORD))[1])
#define FUKA_PIECE_BYTES 32 /* each piece contains its own list link */
#define FUKA_MOST_ORDER  10
#define FUKA_MOST_OBJECT 4194304

FAULT(leak_pages, "leak-pages", FUKA_ANYWHERE | FUKA_ASKS_GFP, "takes pages from the page allocator and keeps them",
      ARG("size", SIZE, "0", 0, 1099511627776, NULL, "bytes per action; 0: until allocation fails")
      ARG("gfp", CHOICE, "atomic", 0, 0, GFP_WORDS, "allocation flags: atomic never sleeps, kernel reclaims and may invoke the OOM killer")
      ARG("order", INT, "0", 0, FUKA_MOST_ORDER, NULL, "pages per allocation, as a power of two")
      ARG("keep", CHOICE, "yes", 0, 0, "yes no", "yes: until released or unloaded; no: until disarmed"))
FAULT(leak_kmalloc, "leak-kmalloc", FUKA_ANYWHERE | FUKA_ASKS_GFP, "takes objects from the slab allocator and keeps "
"them",
      ARG("size", SIZE, "0", 0, 1099511627776, NULL, "bytes per action; 0: until allocation fails")
      ARG("gfp", CHOICE, "atomic", 0, 0, GFP_WORDS, "allocation flags: atomic never sleeps, kernel reclaims and may invoke the OOM killer")
      ARG("object", SIZE, "1K", FUKA_PIECE_BYTES, FUKA_MOST_OBJECT, NULL, "bytes per object")
      ARG("keep", CHOICE, "yes", 0, 0, "yes no", "yes: until released or unloaded; no: until disarmed"))
FAULT(leak_vmalloc, "leak-vmalloc", FUKA_ANYWHERE, "takes virtually contiguous memory and keeps it; in an interrupt, a "
"mistake",
      ARG("size", SIZE, "0", 0, 1099511627776, NULL, "bytes per action; 0: until allocation fails")
      ARG("gfp", CHOICE, "kernel", 0, 0, GFP_WORDS, "allocation flags: kernel reclaims and may invoke the OOM killer")
      ARG("object", SIZE, "64K", 4096, 67108864, NULL, "bytes per allocation")
      ARG("keep", CHOICE, "yes", 0, 0, "yes no", "yes: until released or unloaded; no: until disarmed"))
