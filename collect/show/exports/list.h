/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `fuka export` can write. EXPORT(name, type, what): collect/show/exports/NAME.c has export_NAME(), the option is --NAME; its
 * type is BOOL, or TEXT when it takes a file.
 * No include guard: included once per expansion.
 */
EXPORT(openmetrics, BOOL, "node_exporter's names and types, for Prometheus and Grafana")
EXPORT(csv, BOOL, "a row a sample, a column a metric (fuka's own names, as in expectations)")
EXPORT(json, BOOL, "JSON lines: an object a sample with all metrics, and one an event or kernel log event")
EXPORT(sadf, BOOL, "one JSON document of sadf -j's structure")
EXPORT(promtool, TEXT, "a promtool rule test: the rules of a file against this recording's series")
