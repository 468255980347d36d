/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The forms of `fuka export`. EXPORT(name, type, what): collect/show/exports/NAME.c has export_NAME(), the option is
 * --NAME; its type is BOOL, or TEXT if it takes a file. No include guard: included once per expansion.
 */
EXPORT(openmetrics, BOOL, "node_exporter's names and types, for Prometheus and Grafana")
EXPORT(csv, BOOL, "one row per sample, one column per metric (fuka's own names, as in expectations)")
EXPORT(json, BOOL, "JSON lines: one object per sample with all metrics, and one per event or kernel log event")
EXPORT(sadf, BOOL, "one JSON document with the structure of sadf -j")
EXPORT(promtool, TEXT, "a promtool rule test: the rules of a file against this recording's series")
