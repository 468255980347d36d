/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `fuka export` can write. EXPORT(name, what): collect/show/exports/NAME.c has export_NAME(), the option is --NAME.
 * No include guard: included once per expansion.
 */
EXPORT(openmetrics, "node_exporter's names and types, for Prometheus and Grafana")
EXPORT(csv, "a row a sample, a column a metric (fuka's own names, as in expectations)")
EXPORT(json, "JSON lines: an object a sample with all metrics, and one an event or report line")
EXPORT(sadf, "one JSON document of sadf -j's structure")
EXPORT(promtool, "a promtool rule test: the rules of a file against this recording's series")
