#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The page of fuka report --html in a real browser, as a person uses it: open, point, zoom, read. Chromium by WebDriver.

load lib.bash

setup_file() {
	export REC=$BATS_FILE_TMPDIR FUKA_HOME=${FUKA_HOME:-$root/build}
	"$FUKA" run --out "$REC/calm" "$root/tests/fixtures/d-state.yaml" >"$REC/log" 2>&1 3>&- || { cat "$REC/log"; return 1; }
	CALM=$(recording_in "$REC/calm")
	export CALM PAGE=$REC/page.html
	"$FUKA" report "$CALM" --html "$PAGE" >"$REC/log" 2>&1 || { cat "$REC/log"; return 1; }
	export DRIVER_LOG=$REC/driver.log
	chromedriver --port=0 >"$DRIVER_LOG" 2>&1 3>&- &
	echo $! >"$REC/driver.pid"
	for ((i = 0; i < 100; i++)); do
		port=$(sed -n 's/.*started successfully on port \([0-9]*\).*/\1/p' "$DRIVER_LOG")
		[ -n "$port" ] && break
		sleep 0.1
	done
	[ -n "$port" ] || { cat "$DRIVER_LOG"; return 1; }
	export WIRE=http://127.0.0.1:$port
}

teardown_file() {
	kill "$(cat "$REC/driver.pid")" 2>/dev/null || true
}

# post PATH JSON: a WebDriver command; prints its value.
post() {
	curl -s --max-time 60 --noproxy '*' -H 'Content-Type: application/json' -d "$2" "$WIRE/$1" | jq -c .value
}

# open_page WIDTH HEIGHT: a browser of its own, with the page in it.
open_page() {
	local flags='"--headless=new","--no-sandbox","--disable-dev-shm-usage","--disable-gpu","--disable-quic","--no-first-run","--disable-background-networking","--disable-component-update","--disable-sync","--host-resolver-rules=MAP * ~NOTFOUND"'

	session=$(post session "{\"capabilities\":{\"alwaysMatch\":{\"goog:chromeOptions\":{\"args\":[$flags,\"--user-data-dir=$BATS_TEST_TMPDIR/profile\",\"--window-size=$1,$2\"]},\"goog:loggingPrefs\":{\"browser\":\"ALL\"}}}}" | jq -r .sessionId)
	[ "$session" != null ] || skip "a browser: Chromium does not start on this machine ($(tail -n 1 "$DRIVER_LOG" | cut -c 1-200))"
	post "session/$session/url" "{\"url\":\"file://$PAGE\"}" >"$BATS_TEST_TMPDIR/opened"
}

teardown() {
	[ -z "$session" ] || curl -s --noproxy '*' -X DELETE "$WIRE/session/$session" >"$BATS_TEST_TMPDIR/closed"
}

js() {
	post "session/$session/execute/sync" "$(jq -cn --arg script "$1" '{script: $script, args: []}')"
}

# pointer ACTIONS: moves and presses of a mouse, as WebDriver writes them.
pointer() {
	post "session/$session/actions" "{\"actions\":[{\"type\":\"pointer\",\"id\":\"mouse\",\"parameters\":{\"pointerType\":\"mouse\"},\"actions\":[$1]}]}" >"$BATS_TEST_TMPDIR/moved"
}

# centre CHART SECONDS: "x y" in the window of that time in that chart.
place() {
	js "const g = fuka.charts[$1], b = document.querySelectorAll('.chart')[$1]; b.scrollIntoView({block: 'center'});
		const r = b.getBoundingClientRect(); return Math.round(r.left + g.toDomXCoord($2)) + ' ' + Math.round(r.top + r.height / 2)" | tr -d '"'
}

value_of() {
	js "return document.querySelector('[data-name=\"$1\"]').textContent" | tr -d '"'
}

@test "page: is one file that names nothing outside itself" {
	run grep -oiE "<(script|img|iframe)[^>]* src=[^>]*|<link[^>]*|url\([^)]*|@import[^;]*" "$PAGE"
	[ -z "$output" ]
	grep -q "@license" "$PAGE"
}

@test "page: opens without a network and without an error; all charts have lines" {
	open_page 1200 900
	[ "$(js 'return fuka.charts.length')" = 5 ]
	[ "$(js 'return fuka.charts.every(g => g.numRows() > 100)')" = true ]
	errors=$(post "session/$session/se/log" '{"type":"browser"}' | jq '[.[] | select(.level == "SEVERE")]')
	[ "$errors" = "[]" ] || { echo "$errors"; return 1; }
}

@test "page: pointing at one chart reads every chart at that time" {
	open_page 1200 900
	read -r x y < <(place 0 100)
	pointer "{\"type\":\"pointerMove\",\"duration\":50,\"x\":$((x - 5)),\"y\":$y},{\"type\":\"pointerMove\",\"duration\":50,\"x\":$x,\"y\":$y}"
	[[ $(js "return document.getElementById('at').textContent") =~ ^\"(99|100|101) ]]
	load=$(value_of load1)
	awk -v v="$load" 'BEGIN { exit !(v > 6 && v < 7.5) }' || { echo "load1 $load"; return 1; }
	[ "$(value_of "in D state")" = 8 ]
	[ "$(value_of "load1 by the formula")" = "$load" ]
	[ "$(js "return [...document.querySelectorAll('.cursor')].filter(c => c.style.display === 'block').length")" = 5 ]
	[ "$(js "return new Set([...document.querySelectorAll('.cursor')].map(c => Math.round(parseFloat(c.style.left)))).size")" = 1 ]
}

@test "page: dragging over a chart zooms all of them, and a double click shows the whole time again" {
	open_page 1200 900
	read -r x y < <(place 1 40)
	read -r to y < <(place 1 80)
	pointer "{\"type\":\"pointerMove\",\"x\":$x,\"y\":$y},{\"type\":\"pointerDown\",\"button\":0},{\"type\":\"pointerMove\",\"duration\":200,\"x\":$to,\"y\":$y},{\"type\":\"pointerUp\",\"button\":0}"
	[ "$(js 'return fuka.charts.every(g => Math.abs(g.xAxisRange()[0] - 40) < 2 && Math.abs(g.xAxisRange()[1] - 80) < 2)')" = true ] ||
		{ js 'return fuka.charts.map(g => g.xAxisRange())'; return 1; }
	js "document.getElementById('reset').click()" >"$BATS_TEST_TMPDIR/clicked"
	until_true 5 whole
}

whole() {
	[ "$(js 'return fuka.charts.every(g => g.xAxisRange()[0] < 5 && g.xAxisRange()[1] > 125)')" = true ]
}

@test "page: what happened is marked, and named where one points" {
	open_page 1200 900
	js "fuka.select(fuka.rowAt(5))" >"$BATS_TEST_TMPDIR/selected"
	[[ $(js "return document.getElementById('near').textContent") == *"start sleepers"* ]]
	[[ $(js "return document.getElementById('events').textContent") == *"stop sleepers"* ]]
}

@test "page: light and dark, and nothing wider than a phone" {
	open_page 500 900
	light=$(js "return getComputedStyle(document.body).backgroundColor")
	js "document.getElementById('theme').click()" >"$BATS_TEST_TMPDIR/clicked"
	[ "$(js "return getComputedStyle(document.body).backgroundColor")" != "$light" ]
	[ "$(js "return document.documentElement.scrollWidth <= window.innerWidth")" = true ]
	js "document.body.style.width = '360px'; window.dispatchEvent(new Event('resize'))" >"$BATS_TEST_TMPDIR/narrow"
	[ "$(js "return [...document.querySelectorAll('section')].every(s => s.getBoundingClientRect().width <= 360 && s.scrollWidth <= s.clientWidth)")" = true ]
}
