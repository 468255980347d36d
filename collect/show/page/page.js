/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page of `fuka report --html`: one chart a kind of figure over one common time axis. All charts share their rows, one
 * cursor, one zoom and the marks of what happened. The data stands in the page as JSON:
 *
 *	{"name": …, "time": [s, …], "charts": [{"title", "unit", "stacked", "series": [{"name", "colour", "values"}]}],
 *	 "events": [{"time", "who", "text"}]}
 */
(function () {
	"use strict";
	var data = JSON.parse(document.getElementById("data").textContent);
	var charts = [], cursors = [], values = [];
	var at = document.getElementById("at"), near = document.getElementById("near"), place = document.getElementById("place");

	function clock(s) {
		var sign = s < 0 ? "-" : "", m, rest;
		s = Math.abs(s);
		if (s < 120)
			return sign + (Math.round(s * 1000) / 1000) + " s";
		m = Math.floor(s / 60);
		rest = Math.round((s - m * 60) * 10) / 10;
		return sign + m + ":" + (rest < 10 ? "0" : "") + rest;
	}

	/* On the axis: minutes throughout once there are some. */
	function tick(s, granularity, opts, g) {
		var range = g.xAxisRange(), m;
		if (range[1] - range[0] <= 120)
			return clock(s).replace(" s", "s");
		m = Math.floor(Math.round(s) / 60);
		return m + ":" + ("0" + (Math.round(s) - m * 60)).slice(-2);
	}

	/* Few figures stand far apart: the latest one counts. */
	function valueAt(series, row) {
		while (series.dots && row > 0 && series.values[row] === null)
			row--;
		return series.values[row];
	}

	function number(v, unit) {
		if (v === null || v === undefined || isNaN(v))
			return "–";
		if (!unit && Number.isInteger(v))
			return "" + v;
		return (Math.abs(v) >= 1000 ? v.toFixed(0) : Math.abs(v) >= 100 ? v.toFixed(1) : v.toFixed(2)) + (unit ? " " + unit : "");
	}

	function css(name) {
		return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
	}

	/* Everything that happened is a dashed line through every chart. */
	function marks(e) {
		var ctx = e.drawingContext, g = e.dygraph, area = g.getArea(), colour = css("--mark");
		data.events.forEach(function (e) {
			var x = g.toDomXCoord(e.time);
			if (x < area.x || x > area.x + area.w)
				return;
			ctx.save();
			ctx.strokeStyle = colour;
			ctx.globalAlpha = 0.65;
			ctx.setLineDash([3, 3]);
			ctx.beginPath();
			ctx.moveTo(x + 0.5, area.y);
			ctx.lineTo(x + 0.5, area.y + area.h);
			ctx.stroke();
			ctx.restore();
		});
	}

	function nearest(s) {
		var range = charts[0].xAxisRange(), reach = (range[1] - range[0]) * 0.012;
		return data.events.filter(function (e) {
			return Math.abs(e.time - s) <= reach;
		}).map(function (e) {
			return clock(e.time) + " " + e.text;
		}).join(" · ");
	}

	function show(row) {
		at.textContent = clock(data.time[row]);
		near.textContent = nearest(data.time[row]);
		near.title = near.textContent;
		place.value = row;
		charts.forEach(function (g, i) {
			var area = g.getArea(), x = g.toDomXCoord(data.time[row]), c = cursors[i];
			var inside = x >= area.x && x <= area.x + area.w;
			c.style.display = inside ? "block" : "none";
			c.style.left = x + "px";
			c.style.top = area.y + "px";
			c.style.height = area.h + "px";
			values[i].forEach(function (v) {
				v.out.textContent = number(valueAt(v.series, row), v.unit);
			});
		});
	}

	function select(row) {
		row = Math.max(0, Math.min(data.time.length - 1, row));
		charts.forEach(function (g) {
			g.setSelection(row);
		});
		show(row);
	}

	function rowAt(s) {
		var lo = 0, hi = data.time.length - 1, mid;
		while (lo < hi) {
			mid = (lo + hi) >> 1;
			if (data.time[mid] < s)
				lo = mid + 1;
			else
				hi = mid;
		}
		return lo > 0 && s - data.time[lo - 1] < data.time[lo] - s ? lo - 1 : lo;
	}

	function section(chart) {
		var s = document.createElement("section"), h = document.createElement("h2"), v = document.createElement("div");
		var box = document.createElement("div"), c = document.createElement("div");
		h.textContent = chart.title;
		v.className = "values";
		box.className = "chart";
		c.className = "cursor";
		s.append(h, v, box);
		document.getElementById("charts").append(s);
		values.push(chart.series.map(function (series) {
			var one = document.createElement("span"), i = document.createElement("i"), out = document.createElement("b");
			one.className = "one";
			i.style.background = series.colour;
			out.dataset.name = series.name;
			out.textContent = "–";
			one.append(i, series.name + " ", out);
			v.append(one);
			return {series: series, out: out, unit: chart.unit};
		}));
		cursors.push(c);
		return box;
	}

	function draw(chart) {
		var box = section(chart), dots = {};
		/* dygraphs puts the first of a stack on top */
		var drawn = chart.stacked ? chart.series.slice().reverse() : chart.series;
		var rows = data.time.map(function (t, i) {
			return [t].concat(drawn.map(function (s) {
				return s.values[i];
			}));
		});
		chart.series.forEach(function (s) {
			if (s.dots)
				dots[s.name] = {drawPoints: true, pointSize: 2, strokeWidth: 1, strokePattern: [4, 3]};
		});
		var g = new Dygraph(box, rows, {
			labels: ["time"].concat(drawn.map(function (s) { return s.name; })),
			colors: drawn.map(function (s) { return s.colour; }),
			stackedGraph: chart.stacked, fillAlpha: chart.stacked ? 0.85 : 0.15, strokeWidth: chart.stacked ? 0.5 : 1.6,
			valueRange: chart.stacked ? [0, 100.5] : null, includeZero: true, connectSeparatedPoints: true,
			series: dots, legend: "never", gridLineColor: "rgba(128,140,150,0.25)", axisLineColor: "rgba(128,140,150,0.6)",
			highlightCircleSize: 3, plugins: [{activate: function () { return {didDrawChart: marks}; }}], rightGap: 8,
			axes: {
				x: {axisLabelFormatter: tick, axisLabelWidth: 56},
				y: {axisLabelWidth: 44}
			},
			highlightCallback: function (event, x, points, row) { show(row); },
			drawCallback: function (g, first) {
				if (!first && at.textContent)
					show(+place.value);
			}
		});
		box.append(cursors[cursors.length - 1]);
		charts.push(g);
	}

	function list() {
		var table = document.getElementById("events");
		data.events.forEach(function (e) {
			var tr = table.insertRow(), first = tr.insertCell();
			first.textContent = clock(e.time);
			first.onclick = function () { select(rowAt(e.time)); };
			tr.insertCell().textContent = e.who;
			tr.insertCell().textContent = e.text;
		});
	}

	data.charts.forEach(draw);
	if (charts.length > 1)
		Dygraph.synchronize(charts, {selection: true, zoom: true, range: false});
	place.max = data.time.length - 1;
	place.oninput = function () { select(+place.value); };
	document.getElementById("reset").onclick = function () { charts[0].resetZoom(); };
	document.getElementById("theme").onclick = function () {
		var root = document.documentElement, dark = css("--bg") === "#14181c";
		root.dataset.theme = dark ? "light" : "dark";
		charts.forEach(function (g) { g.updateOptions({}, false); });
	};
	list();
	if (window.innerWidth <= 560)
		document.querySelector("details").open = false;
	window.fuka = {charts: charts, select: select, rowAt: rowAt, data: data};
	select(data.time.length - 1);
})();
