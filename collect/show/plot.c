// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The upper panel has the measured load averages as lines and, as circles, the result of the kernel's formula for the
 * declared tasks; the lower one has CPU time by mode, stacked; dashed lines mark starts, stops and a panic. gnuplot
 * reads its script, including the data, from a pipe, and writes to a file that is already open, so no path must be
 * quoted.
 */
#include "collect/show/plot.h"
#include "collect/analyse/events.h"
#include "collect/analyse/klog.h"
#include "collect/analyse/loadmodel.h"
#include "lib/kernel/loadavg.h"
#include "collect/show/views/columns.h"
#include "lib/base/outfile.h"
#include "lib/base/say.h"
#include "lib/base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROWS_MOST  400
#define STEPS_MOST 4096
#define GNUPLOT_NS (60 * SYS_NS) /* a picture takes a second or two */
#define LOOK_MS    10

extern char **environ;

static const char *const loads[] = {"load1", "load5", "load15"};

/* In order from the bottom; the colours are distinguishable in greyscale. */
static const struct {
	const char *title, *colour, *metric[3];
} bands[] = {
	{"user", "#d1495b", {"cpu.user", "cpu.nice", NULL}},
	{"guest", "#8f2d56", {"cpu.guest", "cpu.guest_nice", NULL}},
	{"system", "#edae49", {"cpu.system", NULL}},
	{"irq+softirq", "#f4d58d", {"cpu.irq", "cpu.softirq", NULL}},
	{"steal", "#6c757d", {"cpu.steal", NULL}},
	{"iowait", "#30638e", {"cpu.iowait", NULL}},
	{"idle", "#d7e5ec", {"cpu.idle", NULL}},
};

#define BANDS (sizeof(bands) / sizeof(*bands))

/* The data of recording N is written as the data blocks $loadN, $modelN, $cpuN. */
struct picture {
	int64_t end_ns;
	double load_max;
	bool has_band[BANDS];
};

static int data_load(FILE *to, struct recording *r, int i, struct picture *p)
{
	struct series s[3] = {0};
	int err = metric_many(r, loads, 3, s);

	fprintf(to, "$load%d << END\n", i);
	size_t every = s[0].count / (4 * ROWS_MOST) + 1;
	for (size_t k = 0; k < s[0].count && !err; k += every) {
		if (s[0].point[k].at_ns < 0 || k >= s[1].count || k >= s[2].count)
			continue;
		fprintf(to, "%.6f %.4f %.4f %.4f\n", (double)s[0].point[k].at_ns / 1e9, s[0].point[k].value,
			s[1].point[k].value, s[2].point[k].value);
		p->load_max = fmax(p->load_max, s[0].point[k].value);
	}
	fputs("END\n", to);
	for (int k = 0; k < 3; k++)
		series_free(&s[k]);
	return err;
}

/*
 * Computes the formula alone: it starts from the first averages and uses the declared n, and no measured value after
 * that.
 */
static int data_model(FILE *to, struct recording *r, int i)
{
	struct load_model m = {0};
	unsigned long a[3] = {0};
	int err = load_model(r, &m);

	fprintf(to, "$model%d << END\n", i);
	size_t every = m.count / 60 + 1;
	for (size_t k = 0; k < m.count && !err; k++) {
		const struct load_update *u = &m.update[k];
		unsigned long n = u->declared < 0 ? (unsigned long)u->n : (unsigned long)u->declared;

		if (k == 0)
			memcpy(a, u->before, sizeof(a));
		for (unsigned step = 0; step < u->steps && step < STEPS_MOST; step++)
			for (int c = 0; c < 3; c++)
				a[c] = loadavg_step(a[c], loadavg_exp[c], n);
		if (k % every == 0)
			fprintf(to, "%.6f %.4f %.4f %.4f\n", (double)u->seen_ns / 1e9, (double)a[0] / 2048,
				(double)a[1] / 2048, (double)a[2] / 2048);
	}
	fputs("END\n", to);
	if (!err)
		load_model_free(&m);
	return err == -ENODATA ? 0 : err;
}

/* Writes one column per band, each the sum of itself and those below it. */
static int data_cpu(FILE *to, struct recording *r, int i, struct picture *p)
{
	struct column column[2 * BANDS];
	struct column_figures f = {0};
	struct rows rows = {0};
	int err = rows_make(&r, 1, false, ROWS_MOST, &rows);

	for (size_t c = 0; c < 2 * BANDS; c++)
		column[c] = (struct column){.metric = bands[c / 2].metric[c % 2] ?: "", .how = COLUMN_MEAN};
	err = err ?: columns_figures(r, &rows, column, 2 * BANDS, &f);
	fprintf(to, "$cpu%d << END\n", i);
	for (size_t k = 1; k < rows.count && !err; k++) {
		const double *v = &f.value[k * 2 * BANDS];
		double sum = 0;

		if (isnan(v[0]))
			continue;
		fprintf(to, "%.6f 0", (double)rows.at[k] / 1e9);
		for (size_t b = 0; b < BANDS; b++) {
			for (size_t c = 2 * b; c < 2 * b + 2; c++) {
				sum += isnan(v[c]) ? 0 : v[c];
				p->has_band[b] |= v[c] >= 0.05;
			}
			fprintf(to, " %.4f", sum);
		}
		fputc('\n', to);
	}
	fputs("END\n", to);
	if (rows.count && rows.at[rows.count - 1] > p->end_ns)
		p->end_ns = rows.at[rows.count - 1];
	column_figures_free(&f);
	rows_free(&rows);
	return err == -ENODATA ? 0 : err;
}

/* Writes text as a gnuplot string in single quotes, without characters that gnuplot would interpret. */
static void quoted(FILE *to, const char *text)
{
	fputc('\'', to);
	for (; *text; text++)
		fputc(*text == '\'' || (unsigned char)*text < ' ' ? ' ' : *text, to);
	fputc('\'', to);
}

static void mark(FILE *to, int64_t at_ns, int64_t end_ns, const char *text, const char *colour, int turn)
{
	bool late = at_ns > end_ns / 4 * 3; /* its label goes to the left of the line */

	if (at_ns < 0)
		return;
	fprintf(to, "set arrow from %.6f, graph 0 to %.6f, graph 1 nohead dt 2 lc rgb '%s' front\n",
		(double)at_ns / 1e9, (double)at_ns / 1e9, colour);
	fprintf(to, "set label ");
	quoted(to, text);
	fprintf(to, " at %.6f, graph %.2f %s noenhanced font ',9' tc rgb '%s' front\n", (double)at_ns / 1e9,
		0.95 - 0.06 * (turn % 4), late ? "right offset -0.5,0" : "left offset 0.5,0", colour);
}

static int marks(FILE *to, struct recording *r, int64_t end_ns)
{
	struct klog_panic panic;
	struct events t;
	char text[96];
	int err = events_read(r, &t), turn = 0;

	fputs("unset arrow\nunset label\n", to);
	if (err)
		return err;
	for (size_t i = 0; i < t.count && turn < 24; i++) {
		if (strcmp(t.event[i].event, "start") && strcmp(t.event[i].event, "stop"))
			continue;
		snprintf(text, sizeof(text), "%s %s", t.event[i].event, t.event[i].id);
		mark(to, t.event[i].at_ns, end_ns, text, "#333333", turn++);
	}
	events_free(&t);
	err = klog_panic(r, &panic);
	if (err == 1)
		mark(to, panic.at_ns, end_ns, "panic", "#c1121f", turn);
	return err < 0 ? err : 0;
}

static int panels(FILE *to, struct recording *const *r, int n, const struct picture *p)
{
	int err = 0;

	for (int i = 0; i < n && !err; i++) {
		err = marks(to, r[i], p->end_ns);
		fputs("set title ", to);
		quoted(to, recording_title(r[i]));
		fprintf(to, " noenhanced font ',13'\nset yrange [0:%.3f]\nset ylabel 'load average'\n",
			p->load_max * 1.15 + 0.1);
		fprintf(to,
			"plot $load%d u 1:2 w l lw 2 lc rgb '#1b4965' t '1 min', '' u 1:3 w l lw 2 lc rgb '#2a9d8f' t "
			"'5 min',"
			" '' u 1:4 w l lw 2 lc rgb '#e76f51' t '15 min'",
			i);
		fprintf(to,
			", $model%d u 1:2 w p pt 6 ps 0.8 lc rgb '#1b4965' t 'formula, declared tasks', '' u 1:3 w p "
			"pt 6 ps 0.8 lc"
			" rgb '#2a9d8f' not, '' u 1:4 w p pt 6 ps 0.8 lc rgb '#e76f51' not\n",
			i);
	}
	for (int i = 0; i < n && !err; i++) {
		err = marks(to, r[i], p->end_ns);
		fputs("unset title\nset yrange [0:100]\nset ylabel 'CPU time, %'\nset xlabel 'seconds since t0'\nplot ",
		      to);
		for (size_t b = 0; b < BANDS; b++)
			fprintf(to, "%s$cpu%d u 1:%zu:%zu w filledcurves lc rgb '%s' %s%s%s", b ? ", " : "", i, b + 2,
				b + 3, bands[b].colour, p->has_band[b] ? "t '" : "not",
				p->has_band[b] ? bands[b].title : "", p->has_band[b] ? "'" : "");
		fputs("\n", to);
	}
	return err;
}

static int script(FILE *to, struct recording *const *r, int n)
{
	struct picture p = {.load_max = 1};
	int err = 0;

	for (int i = 0; i < n && !err; i++) {
		err = data_load(to, r[i], i, &p);
		err = err ?: data_model(to, r[i], i);
		err = err ?: data_cpu(to, r[i], i, &p);
	}
	fprintf(to, "set terminal pngcairo size %d,800 font 'sans,10'\nset multiplot layout 2,%d\n",
		n == 2 ? 1500 : 1000, n);
	fprintf(to,
		"set xrange [0:%.6f]\nset grid lc rgb '#dddddd'\nset border 3 back\nset tics nomirror\n"
		"set key below horizontal samplen 2\nset style fill solid 0.9 noborder\nset lmargin 9\nset rmargin 3\n",
		(double)(p.end_ns > 0 ? p.end_ns : 1000000000) / 1e9);
	return err ?: panels(to, r, n, &p);
}

/* Starts gnuplot with its standard input on a pipe (*in) and its standard output on `out`. */
static int start(int out, pid_t *pid, int *in)
{
	char *argv[] = {"gnuplot", "-", NULL};
	posix_spawn_file_actions_t actions;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	int err = posix_spawnp(pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[0]);
	if (err) {
		close(ends[1]);
		return -err;
	}
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	*in = ends[1];
	return 0;
}

/* Writes the script into the pipe; if gnuplot gives up early, its exit status shows it. */
static void feed(int in, const char *text, size_t n, uint64_t until_ns)
{
	while (n) {
		struct pollfd p = {.fd = in, .events = POLLOUT};
		ssize_t done = poll(&p, 1, LOOK_MS) > 0 ? write(in, text, n) : 0;

		if ((done < 0 && errno != EINTR && errno != EAGAIN) || sys_now_ns() >= until_ns)
			break;
		text += done > 0 ? done : 0;
		n -= done > 0 ? (size_t)done : 0;
	}
	close(in);
}

static int run(const struct outfile *file, const char *text, size_t n, const char *path)
{
	int out = fileno(file->stream), in = -1;
	uint64_t until_ns = sys_now_ns() + GNUPLOT_NS;
	pid_t pid;
	int err = start(out, &pid, &in);

	if (err == -ENOENT)
		return say_err(err, "--png needs gnuplot, which is not installed: apt-get install gnuplot-nox");
	if (err)
		return say_err(err, "cannot start gnuplot: %s", strerror(-err));
	feed(in, text, n, until_ns);
	int status, late = sys_wait(pid, &status, until_ns);

	if (late)
		return say_err(-ETIMEDOUT, "%s: gnuplot did not end within %llu s and was killed", path,
			       (unsigned long long)(GNUPLOT_NS / SYS_NS));
	if (!WIFEXITED(status) || WEXITSTATUS(status) || (file->regular && lseek(out, 0, SEEK_END) <= 0))
		return say_err(-EIO, "%s: gnuplot failed and made no picture; see its messages above", path);
	return 0;
}

int plot_png(struct recording *const *r, int n, const char *path)
{
	_cleanup_(sys_freep) char *text = NULL;
	struct outfile file;
	size_t length = 0;
	FILE *to = open_memstream(&text, &length);

	if (!to)
		return say_err(-ENOMEM, "no memory for the picture's data");
	int err = script(to, r, n);

	fclose(to);
	if (err)
		return say_err(err, "%s: cannot compute the picture: %s", path, strerror(-err));
	err = outfile_open(&file, path);
	if (err)
		return err;
	err = run(&file, text, length, path);
	if (!err)
		return outfile_commit(&file);
	outfile_discard(&file);
	return err;
}
